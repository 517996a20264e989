import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { verifyJournal } from '../../database/journal.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Paint } from '../render/paint.ts';
import { table } from '../render/table.ts';
import { typedText } from './command-line.ts';
import { countHistoryEvents, type HistoryEvents } from './history-events.ts';
import { launchDuration } from './launch-clock.ts';
import { countLooks, type Looks } from './looks.ts';
import type { Played } from './play.ts';
import { type RollbackTimes, rollbackTimesText } from './rollback-times.ts';
import type { Stage } from './stage.ts';
import { typeCommand } from './typist.ts';
import { WentOtherwise } from './went-otherwise.ts';

/** What the demo came to, in numbers. */
export interface Conclusion {
  readonly launch: string;
  readonly tookMs: number;
  readonly rollback: RollbackTimes;
  readonly communitiesOff: readonly string[];
  readonly communitiesOpen: readonly string[];
  readonly historyEvents: HistoryEvents;
  readonly looks: Looks;
  /** The number of the first entry that is not what was written; null when the journal is whole. */
  readonly journalBrokenAt: number | null;
  readonly reviewFile: string;
  readonly review: string;
}

/** A whole launch may leave this many events of history in all its workflows. */
const eventsAllowed = 1_500;

/** Writes the review, counts and verifies. @throws WentOtherwise when the review cannot be written */
export async function conclude(stage: Stage, { launch, scene, rollback, tookMs }: Played, reviewFile: string): Promise<Conclusion> {
  mkdirSync(dirname(reviewFile), { recursive: true });
  const written = await typeCommand(['review', launch, '--out', reviewFile], stage.home);
  if (written.exitCode !== 0) throw new WentOtherwise(written.says);
  const communities = Object.values(scene.status?.state.communities ?? {});
  const slugs = (open: boolean) => communities.filter(({ state }) => (state === 'open') === open).map(({ slug }) => slug);
  const [historyEvents, looks, journalBrokenAt, review] = await Promise.all([
    countHistoryEvents(stage.stack.temporalSettings, launch),
    countLooks(stage.pool, launch, scene.scopes),
    verifyJournal(stage.pool, launch),
    readFile(reviewFile, 'utf8'),
  ]);
  return {
    launch,
    tookMs,
    rollback,
    communitiesOff: slugs(false),
    communitiesOpen: slugs(true),
    historyEvents,
    looks,
    journalBrokenAt,
    reviewFile,
    review,
  };
}

/** What is not as it should be, a sentence without its full stop each. */
export function shortcomings({ historyEvents: { total }, journalBrokenAt, rollback }: Conclusion): readonly string[] {
  return [
    ...(total > eventsAllowed ? [`its workflows have ${total} events of history, and ${eventsAllowed} are allowed`] : []),
    ...(journalBrokenAt === null ? [] : [`the journal is broken from entry ${journalBrokenAt} on`]),
    ...(rollback.provenAt === undefined ? [`the rollback of ${rollback.scope} was not proven`] : []),
  ];
}

/** The review without its timeline, the rollback against the P0 clock, and the numbers. */
export function conclusionText({ plan, scene }: Played, conclusion: Conclusion, paint: Paint): string {
  const { rollback, communitiesOff, communitiesOpen, historyEvents, looks, tookMs, reviewFile, launch } = conclusion;
  const types = Object.entries(historyEvents.byType).map(([type, count]) => `${type} ${count}`);
  const unknown =
    looks.longestUnknownMs === 0 ? 'no time unknown' : `at most ${launchDuration(plan, looks.longestUnknownMs)} unknown (${looks.where})`;
  const journal =
    conclusion.journalBrokenAt === null ? paint.good('intact') : paint.bad(`broken from entry ${conclusion.journalBrokenAt} on`);
  const rows = [
    ['took', `${formatDuration(tookMs - (tookMs % 1000))} from start to review`],
    ['communities', `${communitiesOpen.length} open, and off only ${communitiesOff.join(', ')}`],
    [
      'history',
      `${historyEvents.total} events in ${historyEvents.workflows} workflows, ${eventsAllowed.toLocaleString('en')} allowed (${types.join(', ')})`,
    ],
    ['looks', `${looks.count}, ${looks.perSecond.toFixed(1)} a second, ${looks.busiestSecond} in the busiest; ${unknown}`],
    ['journal', `${journal}, every entry's hash follows from the one before`],
    ['review', `${reviewFile}, with its timeline`],
  ];
  return [
    '',
    `$ ${typedText(['review', launch, '--out', reviewFile])}`,
    '',
    withoutTimeline(conclusion.review),
    '',
    rollbackTimesText(plan, rollback, { clock: scene.clock, paint }),
    '',
    `${paint.good('complete')}  ${paint.title(plan.title)}`,
    table(rows),
  ].join('\n');
}

/** The course of a launch fills pages: it is in the file. */
function withoutTimeline(markdown: string): string {
  return markdown.replace(/\n## Timeline\n[\s\S]*?(?=\n## |$)/, '').trimEnd();
}
