import { lowerBound } from './confidence.ts';
import { assertInside, breachEvidence, type RateAgainstTarget } from './rate-evidence.ts';
import { smallestFrom } from './smallest.ts';

/** What a plan asks of a rate before a gate may open: that no breach showed, or that an exact bound shows it at the declared end. */
export type RateCertainty = 'not breached' | 'demonstrated';

/** Counts, and what the plan wants of them. */
export interface RateQuestion extends RateAgainstTarget {
  /** Error rate of this one test, strictly between 0 and 1, after it was divided over communities and criteria. */
  readonly alpha: number;
  /** Fewest trials on which "not breached" may be met, a whole number; "demonstrated" needs none, its bound knows. */
  readonly fromTrials: number;
  readonly certainty: RateCertainty;
}

/** The numbers a verdict on a rate rests on. */
export interface RateEvidence extends RateAgainstTarget {
  readonly alpha: number;
  /** Share of successes, 0–1; null without trials. */
  readonly observed: number | null;
  /** Evidence of a breach (see `breachEvidence`), above 0 and finite. */
  readonly breach: number;
  /** Evidence from which on it is a breach: 1/alpha. */
  readonly breachFrom: number;
  /** Exact one-sided lower bound of the true rate, 0–1; null unless the plan wants the rate demonstrated. */
  readonly lowerBound: number | null;
}

/** Verdict on a rate, why in one sentence, and the numbers. `unmeasured` is not among them: that is decided before there are counts. */
export interface RateVerdict {
  readonly verdict: 'met' | 'missed' | 'inconclusive';
  readonly reason: string;
  readonly evidence: RateEvidence;
}

/** Trials of one kind that would change a verdict: how many in a row (1 or more), and into what. */
export interface VerdictChange {
  readonly more: number;
  readonly verdict: RateVerdict['verdict'];
}

/**
 * Judges counts against a target share. Missed only on breach evidence of 1/alpha, which keeps its error rate however often it is asked; met as the
 * plan's certainty says; else inconclusive, which is never good. No trials are inconclusive. Whether the declared end has come is the caller's to
 * know, and that a breach once found stays. Throws a RangeError on counts, target, alpha or fromTrials that cannot be.
 * Source: Phase 2 success criteria (booking success, match acceptance); Ville 1939, Clopper and Pearson 1934.
 */
export function judgeRate(question: RateQuestion): RateVerdict {
  const evidence = weigh(question);
  const { successes, trials, target, observed, breach, breachFrom } = evidence;
  if (observed === null) return { verdict: 'inconclusive', reason: `No trials yet; at least ${percent(target)} is wanted.`, evidence };
  const counted = `${successes} of ${trials} (${percent(observed)}) against at least ${percent(target)}`;
  const strength = `breach evidence ${short(breach)}, acted on from ${short(breachFrom)}`;
  if (breach >= breachFrom) return { verdict: 'missed', reason: `${counted}: breached, ${strength}.`, evidence };
  const lacking =
    evidence.lowerBound === null ? lackingUnbreached(question, observed) : lackingDemonstration(evidence.lowerBound, question);
  if (lacking === undefined) return { verdict: 'met', reason: `${counted}: ${proven(evidence)}, ${strength}.`, evidence };
  return { verdict: 'inconclusive', reason: `${counted}: ${lacking}; not breached, ${strength}.`, evidence };
}

/**
 * How many successes, or failures, in a row from here would change the verdict first, and into what; null when none within `limit` more trials
 * (default 1e6) would. Failures can even help once: they count towards `fromTrials`. Throws as `judgeRate` does.
 */
export function whatWouldChange(
  question: RateQuestion,
  limit = 1_000_000,
): { readonly successes: VerdictChange | null; readonly failures: VerdictChange | null } {
  const after = (successes: number, failures: number) =>
    judgeRate({ ...question, successes: question.successes + successes, trials: question.trials + successes + failures }).verdict;
  const now = after(0, 0);
  const successes = smallestFrom(1, limit, (more) => after(more, 0) !== now);
  const failures = firstFailures(question, limit, now, (more) => after(0, more));
  return {
    successes: successes === undefined ? null : { more: successes, verdict: after(successes, 0) },
    failures: failures === undefined ? null : { more: failures, verdict: after(0, failures) },
  };
}

/** Failures only ever lower a verdict, except when one of them is the trial that was still missing to `fromTrials`. */
function firstFailures(
  { fromTrials, trials }: RateQuestion,
  limit: number,
  now: RateVerdict['verdict'],
  after: (more: number) => RateVerdict['verdict'],
): number | undefined {
  const missing = Math.max(fromTrials - trials, 1);
  if (now === 'inconclusive' && missing <= limit && after(missing) === 'met') return missing;
  return smallestFrom(1, limit, (more) => after(more) !== now);
}

function weigh({ successes, trials, target, alpha, fromTrials, certainty }: RateQuestion): RateEvidence {
  assertInside(alpha, 'alpha');
  if (!Number.isSafeInteger(fromTrials) || fromTrials < 0) throw new RangeError(`fromTrials must be a whole number, not ${fromTrials}.`);
  const breach = breachEvidence({ successes, trials, target });
  const bound = certainty === 'demonstrated' ? lowerBound({ successes, trials, alpha }) : null;
  const observed = trials === 0 ? null : successes / trials;
  return { successes, trials, target, alpha, observed, breach, breachFrom: 1 / alpha, lowerBound: bound };
}

function lackingUnbreached({ trials, fromTrials, target }: RateQuestion, observed: number): string | undefined {
  if (trials < fromTrials) return `${fromTrials - trials} more trials wanted, ${fromTrials} in all`;
  return observed < target ? 'below the target, but that can still be chance' : undefined;
}

function lackingDemonstration(bound: number, { target, alpha }: RateQuestion): string | undefined {
  return bound >= target ? undefined : `not demonstrated, exact lower bound ${percent(bound)} at ${percent(1 - alpha)} confidence`;
}

function proven({ lowerBound: bound, alpha }: RateEvidence): string {
  return bound === null ? 'not breached' : `demonstrated, exact lower bound ${percent(bound)} at ${percent(1 - alpha)} confidence`;
}

/** Share as a percentage, cut and not rounded, so that 94.996 % is never printed as 95 %. */
function percent(share: number): string {
  return `${Math.floor(share * 10_000 + 1e-7) / 100} %`;
}

function short(value: number): string {
  if (value >= 1e6) return value.toExponential(1);
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
