import type { Pool } from 'pg';
import { type AnnouncementRecord, listAnnouncements } from '../../database/announcement.ts';
import { type JournalRecord, readJournal } from '../../database/journal.ts';
import { type LaunchRecord, loadLaunch } from '../../database/launch-record.ts';
import { listScopes, loadScope, type ScopeRecord } from '../../database/reading.ts';
import type { Plan } from '../../domain/plan.ts';
import type { LaunchStatus } from '../../workflows/messages.ts';
import type { LaunchClient } from '../launch-client.ts';
import { withRecorded } from '../launch-overview.ts';
import type { LaunchClock } from './launch-clock.ts';

/** What is to be seen of a launch at one moment. */
export interface Scene {
  readonly plan: Plan;
  readonly clock: LaunchClock;
  /** The wall clock, which is the launch's own: it is only its durations that are short. */
  readonly now: number;
  readonly record: LaunchRecord;
  /** The last answer of the launch itself; absent before the first. */
  readonly status: LaunchStatus | undefined;
  readonly scopes: Readonly<Record<string, ScopeRecord>>;
  readonly uiUrl: string | undefined;
}

/** What came since the scene before. */
export interface Happened {
  readonly journal: readonly JournalRecord[];
  readonly announcements: readonly AnnouncementRecord[];
}

/** What a scene is looked up with. */
export interface Audience {
  readonly pool: Pool;
  readonly client: LaunchClient;
  readonly plan: Plan;
  readonly launch: string;
  readonly uiUrl: string | undefined;
}

/** Looks at a launch again and again, and tells what is new each time. */
export function openEyes({ pool, client, plan, launch, uiUrl }: Audience): () => Promise<{ scene: Scene; happened: Happened }> {
  let seen = 0;
  let heard = 0;
  let status: LaunchStatus | undefined;
  return async () => {
    const record = await loadLaunch(pool, launch);
    if (record === undefined) throw new Error(`The launch ${launch} was started and is not in the database.`);
    const [answer, journal, announcements, names] = await Promise.all([
      record.outcome === null ? client.status(launch) : undefined,
      readJournal(pool, launch, { after: seen }),
      listAnnouncements(pool, launch),
      listScopes(pool, launch),
    ]);
    const scopes = await Promise.all(names.map(async (scope) => [scope, await loadScope(pool, launch, scope)] as const));
    const recorded = Object.fromEntries(scopes);
    status = answer ? withRecorded(answer, { plan, scopes: recorded }) : status;
    seen = journal.at(-1)?.seq ?? seen;
    const fresh = announcements.slice(heard);
    heard = announcements.length;
    const clock = { midnightAt: status?.state.midnightAt ?? record.startedAt, dayMs: plan.dayMs };
    const scene = { plan, clock, now: Date.now(), record, status, scopes: recorded, uiUrl };
    return { scene, happened: { journal, announcements: fresh } };
  };
}
