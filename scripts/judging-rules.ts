import { cadenceAt, nextLookAt } from '../src/domain/cadence.ts';
import { judgeRate, type RateVerdict } from '../src/domain/rate.ts';
import { addReading, startSoak } from '../src/domain/soak.ts';
import { LOOKS, type Slot, type StreamKind } from './judging-streams.ts';

/** The share of bookings that every rule wants to succeed. */
export const TARGET = 0.95;
/** Error rate of softlaunch's test. */
export const ALPHA = 0.05;
/** Fewest bookings on which softlaunch may call the rate met. */
export const FROM_TRIALS = 30;
const QUARTER_HOUR = 900_000;
const STEPS = [{ everyMs: QUARTER_HOUR, untilMs: null }];
/** Failures of a delayed stream are known this many looks late; the plan declares that lag, and only looks older than it are judged. */
const LATE = 8;
/** Healthy time wanted before anything advances: the whole 48 h. */
const SOAK_MS = LOOKS * QUARTER_HOUR;

/** How a stream ended under one rule: stopped, advanced, or neither; and the bookings made until then. */
export interface Ending {
  readonly end: 'stopped' | 'advanced' | 'undecided';
  readonly bookings: number;
}

type Rule = (slots: readonly Slot[], kind: StreamKind) => Ending;

/** Softlaunch's rule first, then those it is compared with. */
export const RULES: readonly { readonly name: string; readonly rule: Rule }[] = [
  { name: 'softlaunch', rule: softlaunch },
  { name: 'raw threshold', rule: rawThreshold },
  { name: '3 failed checks', rule: failedChecks(3, 1) },
  { name: '10 failed checks', rule: failedChecks(10, 1) },
  { name: '3 failed (1 h)', rule: failedChecks(3, 4) },
  { name: '10 failed (1 h)', rule: failedChecks(10, 4) },
];

/** Ours: totals of the looks that are complete, judged at each look by the real functions; a look without an answer is unknown time. */
function softlaunch(slots: readonly Slot[], { broken }: StreamKind): Ending {
  const lag = broken === 'delayed' ? LATE : 0;
  let ledger = addReading(startSoak(0), { at: 0, state: 'healthy' }, { cadenceMs: QUARTER_HOUR, policy: 'suspend' });
  let last: RateVerdict['verdict'] = 'inconclusive';
  let [trials, failures, exposed, at] = [0, 0, 0, 0];
  for (const [look, slot] of slots.entries()) {
    at = nextLookAt({ steps: STEPS, openedAt: 0, now: at });
    exposed += slot.bookings;
    const closed = slots[look - lag];
    trials += closed?.bookings ?? 0;
    failures += closed?.failures ?? 0;
    const answered = slot.answer === 'number';
    if (answered) last = judge(trials - failures, trials);
    if (answered && last === 'missed') return { end: 'stopped', bookings: exposed };
    if (slot.answer === 'none') continue;
    const rule = { cadenceMs: cadenceAt(STEPS, at), policy: 'suspend' } as const;
    ledger = addReading(ledger, { at, state: answered ? 'healthy' : 'unknown' }, rule);
  }
  return { end: last === 'met' && ledger.healthyMs >= SOAK_MS ? 'advanced' : 'undecided', bookings: exposed };
}

function judge(successes: number, trials: number): RateVerdict['verdict'] {
  return judgeRate({ successes, trials, target: TARGET, alpha: ALPHA, fromTrials: FROM_TRIALS, certainty: 'not breached' }).verdict;
}

/** Stops at the first look at which the share so far is below 95 %. NaN is not below anything, and no answer leaves the last one standing. */
function rawThreshold(slots: readonly Slot[], kind: StreamKind): Ending {
  let [trials, exposed] = [0, 0];
  for (const [look, slot] of slots.entries()) {
    exposed += slot.bookings;
    trials += slot.bookings;
    const failures = knownFailures(slots, kind, 0, look);
    if (slot.answer === 'number' && (trials - failures) / trials < TARGET) return { end: 'stopped', bookings: exposed };
  }
  return { end: 'advanced', bookings: exposed };
}

/** Stops after `limit` looks in a row whose window of `width` looks was below 95 %. NaN is not below anything, and breaks the row. */
function failedChecks(limit: number, width: number): Rule {
  return (slots, kind) => {
    let [failed, exposed] = [0, 0];
    for (const [look, slot] of slots.entries()) {
      exposed += slot.bookings;
      if (slot.answer === 'none') continue;
      const first = Math.max(look - width + 1, 0);
      const trials = slots.slice(first, look + 1).reduce((sum, { bookings }) => sum + bookings, 0);
      if (trials === 0) continue;
      const below = slot.answer === 'number' && 1 - knownFailures(slots, kind, first, look) / trials < TARGET;
      failed = below ? failed + 1 : 0;
      if (failed === limit) return { end: 'stopped', bookings: exposed };
    }
    return { end: 'advanced', bookings: exposed };
  };
}

/** Failures known at a look among the bookings of the looks from `first` to it. When they come late, the window shows those that arrived in it. */
function knownFailures(slots: readonly Slot[], { broken }: StreamKind, first: number, look: number): number {
  const lag = broken === 'delayed' ? LATE : 0;
  let failures = 0;
  for (let i = Math.max(first - lag, 0); i <= look - lag; i++) failures += slots[i]?.failures ?? 0;
  return failures;
}
