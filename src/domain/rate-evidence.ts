import betaln from '@stdlib/math-base-special-betaln';

/** What was counted: `successes` of `trials`, whole numbers with 0 <= successes <= trials. */
export interface RateCounts {
  readonly successes: number;
  readonly trials: number;
}

/** Counts and the share they are judged against: `target`, strictly between 0 and 1. */
export interface RateAgainstTarget extends RateCounts {
  readonly target: number;
}

/**
 * How strongly the counts speak against "the true rate is at least `target`": an e-value, 1 without trials, finite and above zero.
 * Reaching 1/alpha at any look is a breach; over all looks together a rate at or above the target gets there with chance alpha at most (Ville).
 * The average of (p/target)^k ((1-p)/(1-target))^(n-k) over p below the target, each p weighing the same (Robbins 1970, uniform prior).
 * Beyond the largest double it stays there; see `lnBreachEvidence`. Throws a RangeError on counts or a target that cannot be.
 */
export function breachEvidence(input: RateAgainstTarget): number {
  return finiteExp(lnBreachEvidence(input));
}

/** Natural logarithm of `breachEvidence`, finite for every count up to 1e6 trials and beyond. Throws the same RangeErrors. */
export function lnBreachEvidence({ successes, trials, target }: RateAgainstTarget): number {
  assertCounts({ successes, trials });
  assertInside(target, 'target');
  return lnMixtureBelow(successes, trials - successes, target, 1 - target);
}

/** How strongly the counts speak against "the true rate is at most `target`": the mirror image of `breachEvidence`, same range and errors. */
export function passEvidence(input: RateAgainstTarget): number {
  return finiteExp(lnPassEvidence(input));
}

/** Natural logarithm of `passEvidence`. Throws the same RangeErrors. */
export function lnPassEvidence({ successes, trials, target }: RateAgainstTarget): number {
  assertCounts({ successes, trials });
  assertInside(target, 'target');
  return lnMixtureBelow(trials - successes, successes, 1 - target, target);
}

/** Throws a RangeError unless both counts are whole numbers with 0 <= successes <= trials. Readings are validated before they get here. */
export function assertCounts({ successes, trials }: RateCounts): void {
  if (!Number.isSafeInteger(successes) || !Number.isSafeInteger(trials) || successes < 0 || successes > trials) {
    throw new RangeError(`${successes} of ${trials} is not a count of successes out of trials: whole numbers, 0 <= successes <= trials.`);
  }
}

/** Throws a RangeError unless `value` lies strictly between 0 and 1. `name` is what the message calls it. */
export function assertInside(value: number, name: string): void {
  if (!(value > 0 && value < 1)) {
    throw new RangeError(`${name} must lie strictly between 0 and 1, not ${value}. A limit of 0 % or 100 % is a count, not a rate.`);
  }
}

/**
 * ln of the mean of (p/x)^hits ((1-p)/y)^misses over p in (0, x), with y = 1 - x. The prefactor of the continued fraction of the incomplete beta
 * function cancels against the likelihood at x, so a rate above the target needs no logarithm and nothing can underflow. Below the target the
 * fraction converges slowly, and the complement is taken from the whole integral.
 */
function lnMixtureBelow(hits: number, misses: number, x: number, y: number): number {
  const a = hits + 1;
  const b = misses + 1;
  if (x * (a + b + 2) < a + 1) return Math.log((y * betaFraction(a, b, x)) / a);
  const lnWhole = betaln(a, b) - a * Math.log(x) - misses * Math.log(y);
  if (lnWhole > NEGLIGIBLE - Math.log(x)) return lnWhole;
  const above = (y * betaFraction(b, a, y)) / b;
  return lnWhole + Math.log1p(-above * Math.exp(-lnWhole));
}

/** Above x the likelihood only falls, so that part is below y/x; a whole e^40 times 1/x leaves nothing of it in a double. */
const NEGLIGIBLE = 40;
const TINY = 1e-300;

/** Continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8) by Lentz's method; for x below (a+1)/(a+b+2). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

function finiteExp(ln: number): number {
  return Math.min(Math.exp(ln), Number.MAX_VALUE);
}
