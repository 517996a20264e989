import type { AnnouncementRecord } from '../../database/announcement.ts';
import type { JournalRecord } from '../../database/journal.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Paint } from '../render/paint.ts';
import { dayAndTime, type LaunchClock } from './launch-clock.ts';
import type { Happened } from './scene.ts';

/** One thing that happened, as people are told of it. */
export interface Line {
  readonly at: number;
  readonly who: string;
  readonly says: string;
  readonly tone: keyof Paint;
}

/** Kinds of entries that are told in another way, as command lines or announcements. */
const untold = new Set(['change', 'check', 'answer', 'checkIn', 'decide', 'announcement']);

/** What happened, in the order in which it did. */
export function linesOf(plan: Plan, { journal, announcements }: Happened): readonly Line[] {
  const told = journal.filter(({ kind, actor }) => !untold.has(kind) || (kind === 'check' && actor === 'softlaunch'));
  const isToSomebody = ({ kind }: JournalRecord) => kind === 'page' || kind === 'reminder';
  const pages = told.filter(isToSomebody);
  const others = told.filter((entry) => !isToSomebody(entry)).map(journalLine);
  const made = announcements.map((announcement) => announcementLine(plan, announcement));
  return [...others, ...pageLines(pages), ...made].sort((a, b) => a.at - b.at);
}

/** `day 3, 14:20  who   what`, in one row. */
export function lineText({ at, who, says, tone }: Line, clock: LaunchClock, paint: Paint): string {
  return `${paint.faint(dayAndTime(clock, at).padEnd(13))}  ${who.padEnd(10)}  ${paint[tone](says.replace(/\s+/g, ' '))}`;
}

/** Several roles that are paged about one thing are told of in one line. */
function pageLines(pages: readonly JournalRecord[]): readonly Line[] {
  const byMatter = new Map<
    string,
    { readonly at: number; readonly matter: string; readonly routine: boolean; readonly roles: readonly string[] }
  >();
  for (const { at, kind, summary, detail } of pages) {
    const role = String(detail.role);
    const matter = summary.replace(`${role}: `, '');
    const key = `${at} ${matter}`;
    byMatter.set(key, { at, matter, routine: kind === 'reminder', roles: [...(byMatter.get(key)?.roles ?? []), role] });
  }
  return [...byMatter.values()].map(({ at, matter, routine, roles }) => ({
    at,
    who: 'softlaunch',
    says: `→ ${roles.join(', ')}: ${matter}`,
    tone: routine ? 'faint' : 'warn',
  }));
}

function journalLine({ at, kind, actor, summary, scope }: JournalRecord): Line {
  const where = scope.startsWith('community:') && !summary.includes(scope.slice(10)) ? `${scope.slice(10)}: ` : '';
  // The entry of a rollback is its reason alone.
  const what = kind === 'rollback' ? 'turned off, for ' : '';
  return { at, who: actor, says: `${where}${what}${summary}`, tone: toneOf(kind, summary) };
}

function toneOf(kind: string, summary: string): keyof Paint {
  if (kind.startsWith('rollback') || kind === 'refused' || /^missed:/.test(summary)) return 'bad';
  if (kind === 'hold' || kind === 'drift') return 'warn';
  return kind === 'phase opened' || kind === 'wave' || kind === 'end' ? 'good' : 'faint';
}

function announcementLine({ channel }: Plan, { at, audience, community, says }: AnnouncementRecord): Line {
  const to = community === null ? (audience === 'internal' ? channel : audience) : `admin of ${community}`;
  return { at, who: 'announced', says: `to ${to}: "${says}"`, tone: 'title' };
}
