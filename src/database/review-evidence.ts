import { z } from 'zod';
import type { Plan } from '../domain/plan.ts';
import type { Reading } from '../domain/reading.ts';
import { type ReviewEntry, type ReviewEvidence, reviewCountsFrom } from '../domain/review.ts';
import { listComplaints } from './complaint.ts';
import { type JournalRecord, readJournal, verifyJournal } from './journal.ts';
import { loadLaunch } from './launch-record.ts';
import type { Connection } from './pool.ts';
import { judgementRow, readingSchema, soakRow } from './reading.ts';
import { listRollbacks } from './rollback.ts';
import { instant, queryRows } from './sql-function.ts';

const page = 1_000;

/** Every look at some probes in a window, both ends included. */
const looksSql = `
select jsonb_strip_nulls(jsonb_build_object('probe', probe, 'scope', scope, 'at', softlaunch.instant_ms(at), 'status', status,
  'answer', answer, 'gaps', gaps, 'reason', reason)) as reading
from softlaunch.reading where launch = $1 and probe = any ($2) and at >= $3 and at <= $4 order by at, scope, probe`;

/** The latest answer of each probe and scope. What was seen of a community that has been turned off tells of the past. */
const latestSql = `
select distinct on (probe, scope) jsonb_strip_nulls(jsonb_build_object('probe', probe, 'scope', scope, 'at', softlaunch.instant_ms(at), 'status', status,
  'answer', answer, 'gaps', gaps, 'reason', reason)) as reading
from softlaunch.reading r where launch = $1 and probe = any ($2) and at <= $3
  and not exists (select from softlaunch.rollback b where b.launch = $1 and b.scope = r.scope and b.lifted_at is null and b.scope like 'community:%')
order by probe, scope, at desc`;

const soaksSql = `
select jsonb_build_object('scope', scope, 'criterion', criterion, 'sinceKey', since_key, 'sinceAt', softlaunch.instant_ms(since_at), 'ledger',
  jsonb_build_object('healthyMs', healthy_ms, 'unhealthyMs', unhealthy_ms, 'unknownMs', unknown_ms, 'lastAt', softlaunch.instant_ms(last_at),
    'lastState', last_state, 'unhealthySince', softlaunch.instant_ms(unhealthy_since))) as soak
from softlaunch.soak where launch = $1 order by scope, criterion, since_key`;

const judgementsSql = `
select jsonb_strip_nulls(jsonb_build_object('scope', scope, 'criterion', criterion, 'verdict', verdict, 'reason', reason, 'value', value,
  'since', softlaunch.instant_ms(since), 'asOf', softlaunch.instant_ms(as_of), 'unmeasuredInARow', unmeasured_in_a_row)) as judgement
from softlaunch.judgement where launch = $1 order by scope, criterion`;

const scopedSoak = z.object({ scope: z.string(), ...soakRow.shape });
const reviewDetail = z.object({ readings: z.array(readingSchema) });

/**
 * Gathers what a review of this launch is written from; `now` is logical time, and counts while the review has not been taken and the launch runs. Reads
 * the database alone, so it works with no worker and no Temporal.
 *
 * @throws NotKnown when there is no such launch.
 */
export async function gatherReviewEvidence(connection: Connection, launch: string, plan: Plan, now: number): Promise<ReviewEvidence> {
  const brokenAt = await verifyJournal(connection, launch);
  const [record, journal, rollbacks, complaints] = await Promise.all([
    loadLaunch(connection, launch),
    wholeJournal(connection, launch),
    listRollbacks(connection, launch),
    listComplaints(connection, launch),
  ]);
  const review = journal.findLast(({ kind }) => kind === 'review');
  const endedAt = record?.endedAt ?? undefined;
  const at = review?.at ?? endedAt ?? now;
  const openedAt = journal.find(({ kind, detail }) => kind === 'phase opened' && detail.phase === reviewCountsFrom)?.at;
  const [looks, latest, soaks, judgements] = await Promise.all([
    openedAt === undefined ? [] : readings(connection, looksSql, [launch, probesLookedAt(plan), instant(openedAt), instant(at)]),
    readings(connection, latestSql, [launch, probesAnswering(plan), instant(at)]),
    rowsOf(connection, soaksSql, 'soak', scopedSoak, launch),
    rowsOf(connection, judgementsSql, 'judgement', judgementRow, launch),
  ]);
  return {
    at,
    ...(endedAt !== undefined && { endedAt }),
    ...(record?.outcome != null && { outcome: record.outcome }),
    ...(review !== undefined && { reviewedAt: review.at }),
    journal,
    ...(brokenAt !== null && { journalBrokenAt: brokenAt }),
    answers:
      review === undefined ? latest : [...reviewAnswers(review), ...latest.filter(({ probe }) => plan.probes[probe]?.kind === 'human')],
    looks,
    soaks,
    judgements,
    rollbacks,
    complaints,
  };
}

/** The answers that were taken for the review; none when its entry is not of this release's form. */
function reviewAnswers(review: ReviewEntry): readonly Reading[] {
  const { success, data } = reviewDetail.safeParse(review.detail);
  return success ? data.readings : [];
}

async function wholeJournal(connection: Connection, launch: string): Promise<readonly JournalRecord[]> {
  const entries: JournalRecord[] = [];
  for (;;) {
    const next = await readJournal(connection, launch, { after: entries.at(-1)?.seq ?? 0, limit: page });
    entries.push(...next);
    if (next.length < page) return entries;
  }
}

/** Probes whose whole course is counted: those of healthy shares, and those of metrics that are asked of the launch as a whole. */
function probesLookedAt({ review, criteria, probes }: Plan): readonly string[] {
  const names = review.metrics.flatMap(({ source }) => {
    if (source.kind === 'healthy share') return criteria[source.criterion]?.probe ?? [];
    return source.kind === 'probe' && !probes[source.probe]?.perCommunity ? source.probe : [];
  });
  return [...new Set(names)];
}

function probesAnswering({ review }: Plan): readonly string[] {
  return [...new Set(review.metrics.flatMap(({ source }) => (source.kind === 'probe' ? source.probe : [])))];
}

async function readings(connection: Connection, sql: string, values: readonly unknown[]): Promise<readonly Reading[]> {
  const rows = await queryRows(connection, sql, values);
  return rows.map(({ reading }) => readingSchema.parse(reading));
}

async function rowsOf<T>(connection: Connection, sql: string, column: string, schema: z.ZodType<T>, launch: string): Promise<readonly T[]> {
  const rows = await queryRows(connection, sql, [launch]);
  return rows.map((row) => schema.parse(row[column]));
}
