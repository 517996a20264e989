import type pg from 'pg';
import { applyChange, type RowChange } from '../../src/database/change.ts';
import { recordComplaint } from '../../src/database/complaint.ts';
import { appendJournal, type JournalLine } from '../../src/database/journal.ts';
import { registerLaunch } from '../../src/database/launch-record.ts';
import { saveLook } from '../../src/database/reading.ts';
import { orderRollback, settleRollback } from '../../src/database/rollback.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { reviewEntry } from '../../src/domain/review.ts';
import { carpool } from '../plan/carpool.ts';

export const minutes = 60_000;
export const hours = 60 * minutes;
export const opened = Date.UTC(2026, 0, 12, 8);
export const due = opened + 168 * hours;

/** What was answered at an instant, or why nothing was. */
export function reading(
  probe: string,
  at: number,
  answer: Extract<Reading, { status: 'measured' }>['answer'] | string,
  scope = 'launch',
): Reading {
  const base = { probe, scope, at };
  return typeof answer === 'string' ? { ...base, status: 'unmeasured', reason: answer } : { ...base, status: 'measured', answer };
}

/**
 * A launch that went through its phases with some trouble, written as its workflows write it, up to but without its review: two looks of 613 were
 * unhealthy, lakeside was rolled back, a criterion was waived, a weight was tuned, two people complained.
 */
export async function writtenLaunch(pool: pg.Pool, launch: string, more: Partial<Plan> = {}) {
  const plan = { ...carpool(), launch, ...more };
  let keys = 0;
  const write = (line: Partial<JournalLine> & Pick<JournalLine, 'kind' | 'at'>) =>
    appendJournal(pool, { launch, scope: 'launch', actor: 'softlaunch', summary: `${line.kind}.`, ...line });
  const change = (at: number, operationKey: string, rows: readonly RowChange[], reason: string, actor = 'softlaunch') =>
    applyChange(pool, { launch, operationKey, fence: 0, scope: 'launch', rows, actor, reason, at });
  const open = async (phase: string, at: number) => {
    keys += 1;
    await write({ kind: 'phase opened', at, summary: `${phase} opened.`, detail: { phase, entry: keys } });
  };
  const weight = (value: number): RowChange => ({ kind: 'flag', key: 'fair_matching', on: true, settings: { weight_reliability: value } });

  await registerLaunch(pool, {
    plan,
    planHash: `hash of ${launch}`,
    source: '',
    workflowId: launch,
    startedAt: opened - 24 * hours,
    actor: 'lead',
  });
  await open('pre-launch', opened - 24 * hours);
  await change(opened, 'phase/2/1', [weight(0.15), { kind: 'community', key: 'lakeside', in: true }], 'Opened internal.');
  await open('internal', opened);
  await open('pilot', opened + 4 * hours);
  await write({
    kind: 'decide',
    at: opened + 52 * hours,
    actor: 'lead',
    summary: 'Go for pilot by lead, waiving matches taken (few rides at the weekend)',
    detail: {
      command: { command: 'decide', phase: 'pilot', decision: 'go', reason: 'few rides at the weekend', commandId: 'go-1' },
      waived: ['matches taken'],
    },
  });
  await open('expansion', opened + 52 * hours);
  await write({
    kind: 'wave',
    at: opened + 52 * hours,
    summary: '2 communities join.',
    detail: { wave: 0, communities: ['lakeside', 'oakfield'] },
  });
  await change(opened + 52 * hours, 'join/oakfield', [{ kind: 'community', key: 'oakfield', in: true }], 'oakfield joined.');
  await write({ kind: 'community open', at: opened + 52 * hours, scope: 'community:oakfield', summary: 'oakfield is open.' });
  await change(opened + 100 * hours, 'tune-1', [weight(0.2)], 'Set by lead.', 'lead');
  await write({
    kind: 'tune',
    at: opened + 100 * hours,
    actor: 'lead',
    summary: 'Set fair_matching.weight_reliability to 0.2',
    detail: {
      command: {
        command: 'tune',
        commandId: 'tune-1',
        setting: 'fair_matching.weight_reliability',
        value: 0.2,
        reason: 'matches | are <good>',
      },
    },
  });
  await orderRollback(pool, {
    launch,
    scope: 'community:lakeside',
    reason: 'isolated is missed',
    actor: 'softlaunch',
    commandId: 'r-1',
    at: opened + 110 * hours,
  });
  await settleRollback(pool, {
    launch,
    commandId: 'r-1',
    state: 'restored',
    says: 'It is off.',
    actor: 'softlaunch',
    at: opened + 110 * hours + 2 * minutes,
  });
  for (const reporter of ['user-1', 'user-2']) {
    const complaint = {
      commandId: `c-${reporter}`,
      reporter,
      issue: 'slow search',
      severity: 'P2' as const,
      text: 'It is slow.',
      at: opened + 70 * hours,
    };
    await recordComplaint(pool, launch, complaint);
  }
  await open('general-availability', opened + 148 * hours);

  const readings: Reading[] = [];
  for (let at = opened; at <= due; at += at < opened + 148 * hours ? 15 * minutes : hours) {
    const bad = readings.length === 300 || readings.length === 301;
    readings.push(reading('invariants', at, { healthy: !bad, violations: bad ? 3 : 0 }));
  }
  await saveLook(pool, {
    launch,
    readings: [
      ...readings,
      reading('seats', opened + 4 * hours, { count: 0 }),
      reading('bookings', due, { '': { successes: 97, trials: 100 } }, 'community:oakfield'),
    ],
    soaks: [
      {
        scope: 'community:oakfield',
        criterion: 'community healthy',
        sinceKey: '',
        sinceAt: opened + 52 * hours,
        ledger: { healthyMs: 48 * hours, unhealthyMs: 0, unknownMs: 40 * minutes, lastAt: due, lastState: 'healthy', unhealthySince: null },
      },
    ],
    judgements: [
      {
        criterion: 'booking works',
        scope: 'community:oakfield',
        verdict: 'met',
        reason: '97 of 100.',
        since: due,
        asOf: due,
        unmeasuredInARow: 0,
        value: { successes: 97, trials: 100 },
      },
      {
        criterion: 'matches taken',
        scope: 'community:oakfield',
        verdict: 'inconclusive',
        reason: 'Few.',
        since: due,
        asOf: due,
        unmeasuredInARow: 0,
      },
    ],
  });
  return {
    plan,
    write,
    /** As the launch does at the instant of its review. */
    takeReview: (answers: readonly Reading[]) => write({ at: due, entryKey: 'review', ...reviewEntry(answers, opened) }),
  };
}

/** What the probes answer at the review in a launch that went well but for the clicks, which nobody could measure. */
export const reviewAnswers: readonly Reading[] = [
  reading('invariants', due, { violations: 0 }),
  reading('seats', due, { count: 0 }),
  reading('clicks', due, 'There was no answer within 10 s, and PostgreSQL stopped it.'),
];
