import { recordAnnouncement } from '../database/announcement.ts';
import { appendJournal } from '../database/journal.ts';
import { renderAnnouncement } from '../domain/announcement.ts';
import type { JournalEntry } from '../domain/launch.ts';
import type { Page } from '../domain/news.ts';
import type { Resources } from './resources.ts';

/** Entries to write down in their order. `key` names this call; the same key again writes nothing twice. */
export interface JournalLines {
  readonly launch: string;
  readonly key: string;
  readonly at: number;
  readonly entries: readonly JournalEntry[];
  readonly pages: readonly Page[];
}

/** Something to be said from a template of the plan. */
export interface AnnouncementOrder {
  readonly launch: string;
  /** Names this announcement; the same key again says nothing twice. */
  readonly key: string;
  readonly template: string;
  readonly values: Readonly<Record<string, string>>;
  /** Values that are instants (epoch milliseconds), said in the plan's zone. */
  readonly instants?: Readonly<Record<string, number>>;
  readonly community?: string;
  readonly at: number;
}

/** What is written down, and what is said. */
export function journalActivities({ pool, planOf }: Resources) {
  async function writeJournal({ launch, key, at, entries, pages }: JournalLines): Promise<void> {
    const paged = pages.map(
      ({ role, what, scope, routine }): JournalEntry => ({
        kind: routine === true ? 'reminder' : 'page',
        scope,
        actor: 'softlaunch',
        summary: `${role}: ${what}.`,
        detail: { role },
      }),
    );
    for (const [index, entry] of [...entries, ...paged].entries())
      await appendJournal(pool, { ...entry, launch, at, entryKey: `${key}/${index}` });
  }

  /** Says it to every audience of its template. What the community's people are told names the community. */
  async function announce({ launch, key, template, values, instants = {}, community, at }: AnnouncementOrder): Promise<void> {
    const plan = await planOf(launch);
    const found = plan.announcements[template];
    // Plans are checked for this before they are registered.
    if (!found) throw new Error(`The plan of ${launch} has no announcement "${template}".`);
    const everywhere = { title: plan.title, launch, channel: plan.channel, ...inZone(plan.timezone, { time: at, ...instants }), ...values };
    const { says, promises } = renderAnnouncement(found, community ? { ...everywhere, community } : everywhere, at);
    for (const audience of found.to) {
      const entryKey = `${key}/${template}/${audience}`;
      await recordAnnouncement(pool, launch, {
        entryKey,
        template,
        audience,
        says,
        at,
        promises: [...promises],
        ...(community ? { community } : {}),
      });
    }
  }

  return { writeJournal, announce };
}

/** Instants as people say them: `Tue, 3 Mar, 14:20 CET`. */
function inZone(timeZone: string, instants: Readonly<Record<string, number>>): Readonly<Record<string, string>> {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  return Object.fromEntries(Object.entries(instants).map(([name, at]) => [name, clock.format(at)]));
}
