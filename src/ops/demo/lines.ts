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

/** Kinds of entries that are told in another way, as command lines or announcements, or that only fill the journal. */
const untold = new Set(['check', 'answer', 'checkIn', 'decide', 'change', 'announcement']);

/** What happened, in the order in which it did. */
export function linesOf(plan: Plan, { journal, announcements }: Happened): readonly Line[] {
  const told = journal.filter(({ kind, actor }) => !untold.has(kind) || (kind === 'check' && actor === 'softlaunch'));
  return [...told.map(journalLine), ...announcements.map((made) => announcementLine(plan, made))].sort((a, b) => a.at - b.at);
}

/** `day 3, 14:20  who   what`, in one row. */
export function lineText({ at, who, says, tone }: Line, clock: LaunchClock, paint: Paint): string {
  return `${paint.faint(dayAndTime(clock, at).padEnd(13))}  ${who.padEnd(12)}  ${paint[tone](says.replace(/\s+/g, ' '))}`;
}

function journalLine({ at, kind, actor, summary, scope }: JournalRecord): Line {
  const where = scope.startsWith('community:') && !summary.includes(scope.slice(10)) ? `${scope.slice(10)}: ` : '';
  return { at, who: actor, says: `${where}${summary}`, tone: toneOf(kind, summary) };
}

function toneOf(kind: string, summary: string): keyof Paint {
  if (kind.startsWith('rollback') || kind === 'refused' || /\bmissed:/.test(summary)) return 'bad';
  if (kind === 'page' || kind === 'hold' || kind === 'drift') return 'warn';
  if (kind === 'phase opened' || kind === 'wave' || kind === 'end') return 'good';
  return 'faint';
}

function announcementLine({ channel }: Plan, { at, audience, community, says }: AnnouncementRecord): Line {
  const to = community === null || community === undefined ? (audience === 'internal' ? channel : audience) : `admin of ${community}`;
  return { at, who: 'to', says: `${to}: "${says}"`, tone: 'title' };
}
