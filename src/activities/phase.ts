import { applyChange, type RowChange } from '../database/change.ts';
import { appendJournal } from '../database/journal.ts';
import { restartEvidence } from '../database/reading.ts';
import { phaseOf } from '../domain/launch.ts';
import { softlaunch } from '../domain/news.ts';
import type { PhaseName, Plan } from '../domain/plan.ts';
import { communityScope } from '../domain/rollback.ts';
import { settingNow } from '../domain/tune.ts';
import type { journalActivities } from './journal.ts';
import type { Resources } from './resources.ts';

/** One try to turn a phase's features on. */
export interface PhaseOpening {
  readonly launch: string;
  readonly phase: PhaseName;
  readonly entry: number;
  readonly attempt: number;
  readonly fence: number;
  /** Features that were rolled back stay off. */
  readonly featuresOff: readonly string[];
  /** Tuned values by `flag.setting`. */
  readonly tuned: Readonly<Record<string, number>>;
  /** Announcements of the opening. */
  readonly announce: readonly string[];
  /** The phase is entered again after a rollback: all evidence begins anew. */
  readonly again: boolean;
  readonly at: number;
}

/** What became of something that was to be turned on. */
export type Opened = { readonly opened: true } | { readonly opened: false; readonly why: string; readonly says: string };

/** Opening phases and communities; all in the direction of on, so each is sure or refused. */
export function phaseActivities({ pool, planOf }: Resources, { announce }: Pick<ReturnType<typeof journalActivities>, 'announce'>) {
  /** Turns the phase's features on with their settings, in one transaction, and begins its evidence. */
  async function openPhase(opening: PhaseOpening): Promise<Opened> {
    const { launch, phase, entry, attempt, fence, at, again } = opening;
    const plan = await planOf(launch);
    const rows = rowsOf(plan, opening);
    const operationKey = `phase/${entry}/${attempt}`;
    const reason = `Opened ${phase}.`;
    if (rows.length > 0) {
      const outcome = await applyChange(pool, { launch, operationKey, fence, scope: 'launch', rows, actor: softlaunch, reason, at });
      if (outcome.outcome === 'refused') return { opened: false, why: outcome.why, says: outcome.says };
    }
    const keepSoaksSince = again ? [] : plan.phases.map(({ name }) => name);
    await restartEvidence(pool, { launch, scope: 'launch', at, why: reason, keepSoaksSince });
    const summary = again ? `${phase} begins again from its start.` : `${phase} opened.`;
    await appendJournal(pool, {
      launch,
      entryKey: `opened ${operationKey}`,
      at,
      kind: 'phase opened',
      scope: 'launch',
      actor: softlaunch,
      summary,
      detail: { phase, entry },
    });
    for (const template of opening.announce) await announce({ launch, key: operationKey, template, values: { phase }, at });
    return { opened: true };
  }

  /** Lets one community in and begins its evidence. */
  async function openCommunity(joining: CommunityJoining): Promise<Opened> {
    const { launch, community, entry, fence, tellAdmin, at } = joining;
    const scope = communityScope(community);
    const operationKey = `join/${community}/${entry}`;
    const rows: RowChange[] = [{ kind: 'community', key: community, in: true }];
    const order = { launch, operationKey, fence, scope, rows, actor: softlaunch, reason: `${community} joined.`, at };
    const outcome = await applyChange(pool, order);
    const note = (kind: string, summary: string) =>
      appendJournal(pool, { launch, entryKey: `opened ${operationKey}`, at, kind, scope, actor: softlaunch, summary });
    if (outcome.outcome === 'refused') {
      await note('community refused', `${community} is refused: ${outcome.says}`);
      return { opened: false, why: outcome.why, says: outcome.says };
    }
    await restartEvidence(pool, { launch, scope, at, why: order.reason });
    await note('community open', `${community} is open.`);
    if (tellAdmin !== null) await announce({ launch, key: `welcome/${community}`, template: tellAdmin, values: {}, community, at });
    return { opened: true };
  }

  return { openPhase, openCommunity };
}

export interface CommunityJoining {
  readonly launch: string;
  readonly community: string;
  /** Tells this joining from one before a rollback. */
  readonly entry: string;
  readonly fence: number;
  /** Announcement to its admin, once ever. */
  readonly tellAdmin: string | null;
  readonly at: number;
}

/** Flags that go on, each with the settings that the phase, or a person since, gave it. */
function rowsOf(plan: Plan, { phase: name, featuresOff, tuned }: PhaseOpening): readonly RowChange[] {
  const phase = phaseOf(plan, name);
  const features = phase.features.filter((feature) => !featuresOff.includes(feature)).flatMap((feature) => plan.features[feature] ?? []);
  const settings = new Map<string, Record<string, number>>();
  for (const path of features.flatMap((feature) => Object.keys(feature.settings))) {
    // A flag's name may contain dots, a setting's not.
    const flag = path.slice(0, path.lastIndexOf('.'));
    settings.set(flag, { ...settings.get(flag), [path.slice(flag.length + 1)]: settingNow(plan, { phase: name, tuned }, path) });
  }
  const flags = [...new Set([...features.flatMap(({ on }) => on), ...settings.keys()])];
  const rows = flags.map((key): RowChange => {
    const own = settings.get(key);
    const on = features.some((feature) => feature.on.includes(key));
    return { kind: 'flag', key, ...(on ? { on: true } : {}), ...(own ? { settings: own } : {}) };
  });
  return phase.audience.kind === 'everyone' ? [...rows, { kind: 'communities', in: true }] : rows;
}
