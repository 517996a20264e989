import { formatDuration } from './duration.ts';
import type { Criterion, CriterionTest, GateCriterion } from './plan.ts';
import { judgeRate } from './rate.ts';
import type { Counts, Reading, Value } from './reading.ts';
import { type SoakLedger, type SoakState, soakText } from './soak.ts';

/** How a criterion stands. Four verdicts, and only one of them is good: `unmeasured` is not `missed`, and unknown is never `met`. */
export type Verdict = 'met' | 'missed' | 'inconclusive' | 'unmeasured';

/** A criterion's verdict in one scope at one logical time, with the reason as a sentence. Instants in epoch milliseconds. */
export interface Judgement {
  readonly criterion: string;
  readonly scope: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** What it was judged by; absent when unmeasured. */
  readonly value?: Value;
  /** When this verdict began. */
  readonly since: number;
  readonly asOf: number;
  /** Looks in a row that could not measure; 0 after one that could. */
  readonly unmeasuredInARow: number;
}

/** A judgement as a gate sees it, soak included. */
export interface GateJudgement extends Judgement {
  /** Measuring failed four times in a row: people are paged and the gate is blocked; it neither passes nor rolls back. */
  readonly blind: boolean;
}

export interface JudgingContext {
  /** The criterion's name in the plan. */
  readonly name: string;
  readonly scope: string;
  /** Logical time of this look. */
  readonly at: number;
  /** The probe's bound: an older reading is unmeasured. */
  readonly freshMs: number;
  /** The latest judgement since evidence began; absent at the first. */
  readonly previous?: Judgement | undefined;
  /** When a rate to be demonstrated may be called so; absent: this look is the declared end. */
  readonly declaredEndAt?: number | undefined;
}

type Finding = Pick<Judgement, 'verdict' | 'reason' | 'value'>;

/** Argo's default, and ours: `statistics`, "unmeasured after 4 consecutive probe errors". */
const blindAfter = 4;

/**
 * Judges one criterion by its probe's latest reading. Without a reading (nobody was asked yet) it is unmeasured, but that is not a failure to measure.
 * A rate once breached stays missed until evidence restarts, whatever later counts say: else waiting would launder a breach.
 * Source: Soft launch strategy, success criteria of every phase.
 */
export function judgeCriterion(criterion: Criterion, reading: Reading | undefined, context: JudgingContext): Judgement {
  const { name, scope, at, previous } = context;
  const found = find(criterion, reading, context);
  const kept = previous?.verdict === 'missed' && staysMissed(criterion.test) && found.verdict !== 'missed';
  const finding: Finding = kept
    ? { ...found, verdict: 'missed', reason: `Breached earlier, and that stands until evidence restarts. ${found.reason}` }
    : found;
  const since = previous?.verdict === finding.verdict ? previous.since : at;
  const failed = found.verdict === 'unmeasured' && reading !== undefined;
  return { criterion: name, scope, ...finding, since, asOf: at, unmeasuredInARow: failed ? failuresBefore(previous, at) + 1 : 0 };
}

/**
 * The same judgement as a gate asks for it: with a soak, met only when the latest reading is met and enough healthy time was observed. What is missed or
 * unmeasured stays so, however long it was well before.
 */
export function judgeGateCriterion(gate: GateCriterion, judgement: Judgement, ledger: SoakLedger | undefined, at: number): GateJudgement {
  const blind = judgement.unmeasuredInARow >= blindAfter;
  if (gate.soakMs <= 0) return { ...judgement, blind };
  const soaked = ledger === undefined ? 'no healthy time observed yet' : soakText(ledger, gate.soakMs);
  const reason = `${judgement.reason} ${capital(soaked)}.`;
  if (judgement.verdict !== 'met') return { ...judgement, reason, blind };
  const enough = ledger !== undefined && ledger.lastState === 'healthy' && ledger.lastAt <= at && ledger.healthyMs >= gate.soakMs;
  return { ...judgement, verdict: enough ? 'met' : 'inconclusive', reason, blind };
}

/** What a judgement adds to a soak ledger: only a met one is healthy, only a missed one unhealthy. */
export function soakStateOf({ verdict }: Judgement): SoakState {
  if (verdict === 'met') return 'healthy';
  return verdict === 'missed' ? 'unhealthy' : 'unknown';
}

/** A share is judged by chance, and what chance once proved stays proved. All of a hundred is a count: it may be run again. */
function staysMissed(test: CriterionTest): boolean {
  return test.kind === 'rate' && test.atLeast < 1;
}

/** A look judged again at the same instant does not count twice. */
function failuresBefore(previous: Judgement | undefined, at: number): number {
  if (previous === undefined) return 0;
  return previous.asOf === at ? Math.max(previous.unmeasuredInARow - 1, 0) : previous.unmeasuredInARow;
}

function find({ path, test }: Criterion, reading: Reading | undefined, context: JudgingContext): Finding {
  if (reading === undefined) return { verdict: 'unmeasured', reason: 'There is no answer yet.' };
  if (reading.status === 'unmeasured') return { verdict: 'unmeasured', reason: reading.reason };
  const age = context.at - reading.at;
  if (!(age <= context.freshMs)) {
    return { verdict: 'unmeasured', reason: `The answer is ${formatDuration(age)} old; it counts for ${formatDuration(context.freshMs)}.` };
  }
  if (age < 0) return { verdict: 'unmeasured', reason: 'The answer is from after this look.' };
  const value = Object.hasOwn(reading.answer, path) ? reading.answer[path] : undefined;
  if (value === undefined)
    return { verdict: 'unmeasured', reason: reading.gaps?.[path] ?? `The answer has nothing at ${path || 'the top'}.` };
  return judgeValue(test, value, context);
}

function judgeValue(test: CriterionTest, value: Value, { at, declaredEndAt }: JudgingContext): Finding {
  switch (test.kind) {
    case 'boolean':
      return typeof value === 'number' ? mismatch('true or false') : judgeBoolean(test.mustBe, value);
    case 'count':
      return typeof value === 'number' ? judgeCount(test, value) : mismatch('a count');
    case 'age':
      return typeof value === 'number' ? judgeAge(test.atMostMs, value) : mismatch('an age in seconds');
    case 'rate':
      return typeof value === 'object'
        ? judgeShare(test, value, declaredEndAt !== undefined && at < declaredEndAt)
        : mismatch('successes and trials');
    default:
      return test satisfies never;
  }
}

function mismatch(wanted: string): Finding {
  return { verdict: 'unmeasured', reason: `The answer was not read as ${wanted}.` };
}

function judgeBoolean(mustBe: boolean, value: boolean | Counts): Finding {
  if (typeof value === 'boolean') return decide(value === mustBe, `It is ${value}, and must be ${mustBe}.`, value);
  const asWanted = mustBe ? value.successes : value.trials - value.successes;
  if (value.trials === 0) return mismatch('true or false');
  return decide(asWanted === value.trials, `${asWanted} of ${value.trials} are ${mustBe}, and all must be.`, value);
}

/** Counts are exact: one breach is one too many. Bounds that are not there, or not numbers, never let anything pass. */
function judgeCount({ atLeast, atMost }: { readonly atLeast?: number; readonly atMost?: number }, value: number): Finding {
  if (atLeast === undefined && atMost === undefined)
    return { verdict: 'inconclusive', reason: 'The plan gives no bound for this count.', value };
  const bounds = [atLeast === undefined ? '' : `at least ${atLeast}`, atMost === undefined ? '' : `at most ${atMost}`]
    .filter(Boolean)
    .join(' and ');
  return decide(value >= (atLeast ?? 0) && value <= (atMost ?? Number.POSITIVE_INFINITY), `It is ${value}, and must be ${bounds}.`, value);
}

function judgeAge(atMostMs: number, seconds: number): Finding {
  const aged = seconds * 1000;
  return decide(aged <= atMostMs, `It was ${formatDuration(aged)} ago, and must be within ${formatDuration(atMostMs)}.`, seconds);
}

function judgeShare(test: CriterionTest & { readonly kind: 'rate' }, counts: Counts, early: boolean): Finding {
  const { atLeast: target, alpha, fromTrials, certainty } = test;
  // Exact: no share of any trials is above 1, so one failure against 100 % is proof, which a test of chance could never give.
  if (target >= 1) return judgeAll(fromTrials, counts);
  if (!(target > 0)) return { verdict: 'inconclusive', reason: 'The plan gives no share above 0 % to reach.', value: counts };
  const { verdict, reason } = judgeRate({ ...counts, target, alpha, fromTrials, certainty });
  if (verdict !== 'met' || certainty !== 'demonstrated' || !early) return { verdict, reason, value: counts };
  return { verdict: 'inconclusive', reason: `${reason} It counts at the declared end only.`, value: counts };
}

function judgeAll(fromTrials: number, value: Counts): Finding {
  const reason = `${value.successes} of ${value.trials} succeeded, and all must, of at least ${Math.max(fromTrials, 1)}.`;
  if (value.successes < value.trials) return { verdict: 'missed', reason, value };
  return { verdict: value.trials >= Math.max(fromTrials, 1) ? 'met' : 'inconclusive', reason, value };
}

function decide(holds: boolean, reason: string, value: Value): Finding {
  return { verdict: holds ? 'met' : 'missed', reason, value };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
