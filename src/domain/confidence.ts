import betainc from '@stdlib/math-base-special-betainc';
import betaln from '@stdlib/math-base-special-betaln';
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import { assertCounts, assertInside, type RateCounts } from './rate-evidence.ts';
import { smallestFrom } from './smallest.ts';

/** Counts and the error rate an interval may have: `alpha`, strictly between 0 and 1 (0.05 gives 95 %). */
export interface RateWithError extends RateCounts {
  readonly alpha: number;
}

/** A range of true rates, both ends 0–1 and included. */
export interface RateInterval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Exact one-sided lower bound of the true rate at confidence 1 - alpha (Clopper and Pearson 1934); 0 without successes.
 * Holds for one look at an end declared beforehand, not for watching. Throws a RangeError on counts or an alpha that cannot be.
 */
export function lowerBound({ successes, trials, alpha }: RateWithError): number {
  assertCounts({ successes, trials });
  assertInside(alpha, 'alpha');
  if (successes === 0) return 0;
  return successes === trials ? alpha ** (1 / trials) : betaQuantile(alpha, successes, trials - successes + 1);
}

/** Exact two-sided interval at confidence 1 - alpha (Clopper and Pearson 1934), for one look. Throws as `lowerBound` does. */
export function clopperPearson({ successes, trials, alpha }: RateWithError): RateInterval {
  const lower = lowerBound({ successes, trials, alpha: alpha / 2 });
  return { lower, upper: 1 - lowerBound({ successes: trials - successes, trials, alpha: alpha / 2 }) };
}

/** Wilson's score interval (1927) at confidence 1 - alpha, for display only: it is neither exact nor safe to watch. Throws as `lowerBound` does. */
export function wilson({ successes, trials, alpha }: RateWithError): RateInterval {
  assertCounts({ successes, trials });
  assertInside(alpha, 'alpha');
  if (trials === 0) return { lower: 0, upper: 1 };
  const z = normalQuantile(1 - alpha / 2);
  const middle = successes + (z * z) / 2;
  const spread = z * Math.sqrt((successes * (trials - successes)) / trials + (z * z) / 4);
  const lower = successes === 0 ? 0 : (middle - spread) / (trials + z * z);
  return { lower, upper: successes === trials ? 1 : (middle + spread) / (trials + z * z) };
}

/**
 * Range that holds the true rate at every look together with chance 1 - alpha (confidence sequence; Robbins 1970, uniform prior): the rates whose
 * likelihood stays above alpha times the mean likelihood. The range to print beside a watched rate. Throws as `lowerBound` does.
 */
export function confidenceSequence({ successes, trials, alpha }: RateWithError): RateInterval {
  assertCounts({ successes, trials });
  assertInside(alpha, 'alpha');
  const failures = trials - successes;
  const lnMean = betaln(successes + 1, failures + 1);
  const plausible = (p: number) => lnMean - times(successes, Math.log(p)) - times(failures, Math.log1p(-p)) < -Math.log(alpha);
  const best = trials === 0 ? 0.5 : successes / trials;
  return { lower: successes === 0 ? 0 : edge(best, 0, plausible), upper: failures === 0 ? 1 : edge(best, 1, plausible) };
}

/**
 * Fewest trials that demonstrate `target` (0–1) at confidence 1 - alpha with `failures` among them: 59 for 95 % without a failure.
 * Lets lint say beforehand what a phase can show. Throws a RangeError on a target, alpha or number of failures that cannot be.
 */
export function trialsNeeded({ target, alpha, failures }: { target: number; alpha: number; failures: number }): number {
  assertCounts({ successes: 0, trials: failures });
  assertInside(target, 'target');
  assertInside(alpha, 'alpha');
  const needed = smallestFrom(failures + 1, Number.MAX_SAFE_INTEGER, (trials) => demonstrates(trials, failures, target, alpha));
  if (needed === undefined) throw new RangeError(`No number of trials demonstrates a target of ${target}.`);
  return needed;
}

/**
 * Most failures with which `trials` still demonstrate `target` at confidence 1 - alpha: 16 of 500 for 95 %. Undefined when even no failure would
 * be too few trials. Throws a RangeError on trials, target or alpha that cannot be.
 */
export function failuresAllowed({ target, alpha, trials }: { target: number; alpha: number; trials: number }): number | undefined {
  assertCounts({ successes: 0, trials });
  assertInside(target, 'target');
  assertInside(alpha, 'alpha');
  const tooMany = smallestFrom(0, trials, (failures) => !demonstrates(trials, failures, target, alpha)) ?? trials;
  return tooMany === 0 ? undefined : tooMany - 1;
}

/** Whether at most `failures` of `trials` has chance alpha or less when the true rate is only just the target: the exact bound, turned round. */
function demonstrates(trials: number, failures: number, target: number, alpha: number): boolean {
  return failures < trials && betainc(target, trials - failures, failures + 1) <= alpha;
}

/** 0 times the logarithm of 0 is 0 here: a side without counts says nothing. */
function times(count: number, ln: number): number {
  return count === 0 ? 0 : count * ln;
}

/** Last point on the way from `inside` to `outside` where `holds` is true, to the precision of a double. */
function edge(inside: number, outside: number, holds: (p: number) => boolean): number {
  let [good, bad] = [inside, outside];
  for (let step = 0; step < 80; step++) {
    const middle = (good + bad) / 2;
    if (middle === good || middle === bad) break;
    if (holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/** Standard normal quantile for p of at least one half. Newton from the middle climbs towards it from below and cannot overshoot. */
function normalQuantile(p: number): number {
  let z = 0;
  for (let step = 0; step < 60; step++) z += (p - normalCdf(z)) / normalDensity(z);
  return z;
}

/** One half plus the density times z + z^3/3 + z^5/(3*5) + … (Abramowitz and Stegun 26.2.11). */
function normalCdf(z: number): number {
  let sum = 0;
  for (let term = z, odd = 1; sum + term !== sum; odd += 2, term *= (z * z) / odd) sum += term;
  return 0.5 + normalDensity(z) * sum;
}

function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}
