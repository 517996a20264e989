import betainc from '@stdlib/math-base-special-betainc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clopperPearson, confidenceSequence, failuresAllowed, lowerBound, trialsNeeded, wilson } from '../../src/domain/confidence.ts';
import { judgeRate, type RateQuestion, whatWouldChange } from '../../src/domain/rate.ts';
import { breachEvidence, lnBreachEvidence, lnPassEvidence, passEvidence } from '../../src/domain/rate-evidence.ts';

const booking = (successes: number, trials: number, over: Partial<RateQuestion> = {}): RateQuestion => ({
  successes,
  trials,
  target: 0.95,
  alpha: 0.05,
  fromTrials: 30,
  certainty: 'not breached',
  ...over,
});

const near = (actual: number, expected: number, relative = 1e-7) => expect(Math.abs(actual / expected - 1)).toBeLessThan(relative);

/** Fewest failures of `trials` that breach a booking success of 95 %. */
function failuresThatBreach(trials: number, alpha: number): number {
  for (let failures = 0; failures <= trials; failures++) {
    if (judgeRate(booking(trials - failures, trials, { alpha })).verdict === 'missed') return failures;
  }
  throw new Error(`Nothing breaches at ${trials} trials.`);
}

/** Most failures of `trials` with which the evidence for at least 95 % is still 20; -1 when there is no such number. */
const mostFailuresThatPass = (trials: number) => {
  let failures = -1;
  while (passEvidence({ successes: trials - failures - 1, trials, target: 0.95 }) >= 20) failures++;
  return failures;
};

describe('the evidence of a breach', () => {
  it.each([
    [95, 100, 0.95, 0.035142037],
    [86, 100, 0.95, 31.826204],
    [85, 100, 0.95, 105.48219],
    [17, 20, 0.95, 0.82539683],
    [0, 1, 0.95, 10.5],
    [1, 1, 0.95, 0.5],
    [20, 100, 0.3, 4.294681],
    [0, 10, 0.3, 10.515555],
    [0, 0, 0.95, 1],
  ])('of %i of %i against %d is %d', (successes, trials, target, expected) => {
    near(breachEvidence({ successes, trials, target }), expected);
  });

  it('for a pass of 100 of 100 against 95 % is 33.26, and 1 before the first booking', () => {
    near(passEvidence({ successes: 100, trials: 100, target: 0.95 }), 33.258182);
    near(passEvidence({ successes: 0, trials: 0, target: 0.95 }), 1);
  });

  it.each([
    [93, 0],
    [150, 1],
    [200, 2],
    [300, 5],
    [500, 12],
    [1000, 31],
  ])('passes %i bookings at any time with %i failures and not with one more', (trials, failures) => {
    expect(mostFailuresThatPass(trials)).toBe(failures);
  });

  it('passes 88 bookings without a failure and 87 not', () => {
    expect(mostFailuresThatPass(88)).toBe(0);
    expect(mostFailuresThatPass(87)).toBe(-1);
  });

  it('against and for weigh out to the whole likelihood, as an independent incomplete beta function says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
        const successes = Math.round(share * trials);
        const target = 0.95;
        const tail = betainc(target, successes + 1, trials - successes + 1);
        const above = betainc(target, successes + 1, trials - successes + 1, true, true);
        fc.pre(tail > 1e-290 && above > 1e-290);
        const difference = lnBreachEvidence({ successes, trials, target }) - lnPassEvidence({ successes, trials, target });
        expect(difference).toBeCloseTo(Math.log(tail / target) - Math.log(above / (1 - target)), 7);
      }),
    );
  });

  it('is finite and falls with every success up to a million bookings', () => {
    const target = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), target, (trials, share, p0) => {
        const successes = Math.floor(share * (trials - 1));
        const fewer = lnBreachEvidence({ successes, trials, target: p0 });
        const more = lnBreachEvidence({ successes: successes + 1, trials, target: p0 });
        expect(Number.isFinite(fewer) && Number.isFinite(more)).toBe(true);
        expect(more).toBeLessThan(fewer + 1e-6);
      }),
    );
  });

  it('stays a number at none, all and nearly all of a million bookings', () => {
    for (const successes of [0, 1, 500_000, 949_999, 950_000, 950_001, 999_999, 1_000_000]) {
      for (const evidence of [breachEvidence, passEvidence]) {
        const value = evidence({ successes, trials: 1_000_000, target: 0.95 });
        expect(Number.isFinite(value) && value > 0).toBe(true);
      }
    }
    near(lnBreachEvidence({ successes: 1_000_000, trials: 1_000_000, target: 0.95 }), Math.log(1 / 1_000_001));
  });
});

describe('a breach of 95 %', () => {
  it.each([
    [5, 3, 3],
    [10, 4, 5],
    [20, 5, 6],
    [30, 7, 8],
    [50, 9, 10],
    [100, 14, 15],
    [200, 23, 24],
    [500, 45, 47],
  ])('of %i bookings is called at %i failures (%i when one error in a hundred is allowed) and not at one fewer', (trials, at5, at1) => {
    expect(failuresThatBreach(trials, 0.05)).toBe(at5);
    expect(failuresThatBreach(trials, 0.01)).toBe(at1);
  });

  it.each([
    [1, 20],
    [2, 30],
    [6, 50],
    [17, 100],
    [41, 200],
  ])('of match acceptance of 30 %% is called at %i of %i and not at one more', (successes, trials) => {
    expect(judgeRate(booking(successes, trials, { target: 0.3 })).verdict).toBe('missed');
    expect(judgeRate(booking(successes + 1, trials, { target: 0.3 })).verdict).not.toBe('missed');
  });

  it('is falsely called for at most 5 % of services that are exactly at target, looked at after every one of 500 bookings', () => {
    const limits = Array.from({ length: 501 }, (_, trials) => (trials < 3 ? trials + 1 : failuresThatBreach(trials, 0.05)));
    const share = falseAlarms(20_000, limits, mulberry32(20));
    expect(share).toBeGreaterThan(0.01);
    expect(share).toBeLessThan(0.025);
  });
});

/** Share of runs at a true 95 % that reach the limit of failures at any look. */
function falseAlarms(runs: number, limits: readonly number[], random: () => number): number {
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    let failures = 0;
    for (let trials = 1; trials < limits.length; trials++) {
      if (random() >= 0.95) failures++;
      if (failures >= (limits[trials] ?? Number.POSITIVE_INFINITY)) {
        alarms++;
        break;
      }
    }
  }
  return alarms / runs;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('judging a pilot of bookings', () => {
  it('calls 85 of 100 a breach of 95 %', () => {
    const { verdict, reason } = judgeRate(booking(85, 100));
    expect(verdict).toBe('missed');
    expect(reason).toBe('85 of 100 (85 %) against at least 95 %: breached, breach evidence 105, acted on from 20.');
  });

  it('is met at 95 of 100 and inconclusive at 94, for 94 can still be chance', () => {
    expect(judgeRate(booking(95, 100))).toMatchObject({ verdict: 'met', evidence: { observed: 0.95, breachFrom: 20, lowerBound: null } });
    expect(judgeRate(booking(94, 100))).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('can still be chance') });
  });

  it('waits for the fewest trials: 30 of 30 is met, 29 of 29 is not', () => {
    expect(judgeRate(booking(30, 30)).verdict).toBe('met');
    expect(judgeRate(booking(29, 29))).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('1 more trials wanted') });
  });

  it('is inconclusive without a single booking, even when no fewest trials are asked for', () => {
    for (const certainty of ['not breached', 'demonstrated'] as const) {
      expect(judgeRate(booking(0, 0, { fromTrials: 0, certainty }))).toMatchObject({
        verdict: 'inconclusive',
        evidence: { observed: null },
      });
    }
  });

  it('does not wait for the fewest trials to call a breach', () => {
    expect(judgeRate(booking(2, 5)).verdict).toBe('missed');
    expect(judgeRate(booking(3, 5)).verdict).toBe('inconclusive');
  });

  it.each([
    [59, 0],
    [93, 1],
    [124, 2],
    [153, 3],
    [181, 4],
    [208, 5],
  ])('demonstrates 95 %% with %i bookings and %i failures, not with one booking fewer', (trials, failures) => {
    const demonstrated = (n: number) => judgeRate(booking(n - failures, n, { certainty: 'demonstrated' })).verdict;
    expect(demonstrated(trials)).toBe('met');
    expect(demonstrated(trials - 1)).toBe('inconclusive');
    expect(trialsNeeded({ target: 0.95, alpha: 0.05, failures })).toBe(trials);
  });

  it.each([
    [500, 16],
    [1000, 38],
    [59, 0],
  ])('demonstrates 95 %% with %i bookings and at most %i failures', (trials, failures) => {
    const demonstrated = (f: number) => judgeRate(booking(trials - f, trials, { certainty: 'demonstrated' })).verdict;
    expect(demonstrated(failures)).toBe('met');
    expect(demonstrated(failures + 1)).toBe('inconclusive');
    expect(failuresAllowed({ target: 0.95, alpha: 0.05, trials })).toBe(failures);
  });

  it('says at planning time that 50 bookings cannot demonstrate 95 %', () => {
    expect(failuresAllowed({ target: 0.95, alpha: 0.05, trials: 50 })).toBeUndefined();
    expect(failuresAllowed({ target: 0.95, alpha: 0.05, trials: 0 })).toBeUndefined();
  });

  it.each([
    [101, 100],
    [-1, 100],
    [1.5, 100],
    [Number.NaN, 100],
    [1, Number.POSITIVE_INFINITY],
  ])('refuses %d of %d as a count', (successes, trials) => {
    expect(() => judgeRate(booking(successes, trials))).toThrow(RangeError);
    expect(() => lowerBound({ successes, trials, alpha: 0.05 })).toThrow(RangeError);
  });

  it.each([0, 1, -0.1, 95, Number.NaN])('refuses %d as a target or an error rate', (share) => {
    expect(() => judgeRate(booking(95, 100, { target: share }))).toThrow(RangeError);
    expect(() => judgeRate(booking(95, 100, { alpha: share }))).toThrow(RangeError);
  });

  it('refuses half a trial as the fewest trials', () => {
    expect(() => judgeRate(booking(95, 100, { fromTrials: 0.5 }))).toThrow(RangeError);
  });
});

describe('what would change a verdict', () => {
  it.each([
    [95, 100, 'not breached'],
    [94, 100, 'not breached'],
    [85, 100, 'not breached'],
    [29, 29, 'not breached'],
    [28, 29, 'not breached'],
    [58, 58, 'demonstrated'],
    [95, 100, 'demonstrated'],
    [0, 0, 'demonstrated'],
    [0, 0, 'not breached'],
  ] as const)('from %i of %i (%s) is the first success or failure in a row that does', (successes, trials, certainty) => {
    const question = booking(successes, trials, { certainty });
    const found = whatWouldChange(question, 400);
    const now = judgeRate(question).verdict;
    for (const kind of ['successes', 'failures'] as const) {
      const verdicts = Array.from({ length: 400 }, (_, i) => {
        const more = i + 1;
        return judgeRate({ ...question, successes: successes + (kind === 'successes' ? more : 0), trials: trials + more }).verdict;
      });
      const first = verdicts.findIndex((verdict) => verdict !== now);
      expect(found[kind]).toEqual(first < 0 ? null : { more: first + 1, verdict: verdicts[first] });
    }
  });

  it('from 58 of 58 is one more booking: a success demonstrates 95 %', () => {
    expect(whatWouldChange(booking(58, 58, { certainty: 'demonstrated' })).successes).toEqual({ more: 1, verdict: 'met' });
  });

  it('from 29 of 29 is any one booking, for the thirtieth was all that was missing', () => {
    expect(whatWouldChange(booking(29, 29))).toEqual({ successes: { more: 1, verdict: 'met' }, failures: { more: 1, verdict: 'met' } });
  });
});

describe('the range of a rate', () => {
  const cases: [number, number, [number, number], [number, number]][] = [
    [95, 100, [0.8882495308, 0.9784563208], [0.8871650889, 0.9835681208]],
    [50, 50, [0.9286524009, 1], [0.9288782635, 1]],
    [30, 100, [0.2189488529, 0.3958485463], [0.2124064205, 0.3998146762]],
    [0, 50, [0, 0.0713475991], [0, 0.0711217365]],
  ];
  it.each(cases)('of %i of %i is as published by Wilson and by Clopper and Pearson', (successes, trials, score, exact) => {
    const [w, c] = [wilson({ successes, trials, alpha: 0.05 }), clopperPearson({ successes, trials, alpha: 0.05 })];
    for (const [actual, expected] of [
      [w.lower, score[0]],
      [w.upper, score[1]],
      [c.lower, exact[0]],
      [c.upper, exact[1]],
    ] as const) {
      expect(actual).toBeCloseTo(expected, 9);
    }
  });

  it.each([
    [95, 100, 0.8977466224],
    [59, 59, 0.9504923901],
    [58, 58, 0.9496606617],
    [0, 50, 0],
    [0, 0, 0],
  ])('of %i of %i has the exact lower bound %d', (successes, trials, expected) => {
    expect(lowerBound({ successes, trials, alpha: 0.05 })).toBeCloseTo(expected, 9);
  });

  it('of clicks leaves 40 of 200 undecided against 20 % and lets 50 of 200 just pass', () => {
    const undecided = clopperPearson({ successes: 40, trials: 200, alpha: 0.1 });
    // Two one-sided 95 % bounds, computed beforehand from the binomial sums to 50 digits.
    expect(undecided.lower).toBeCloseTo(0.154550987666, 11);
    expect(undecided.upper).toBeCloseTo(0.252249532008, 11);
    expect(lowerBound({ successes: 50, trials: 200, alpha: 0.05 })).toBeCloseTo(0.2002, 4);
  });

  it.each([
    [59, 0.0495],
    [200, 0.0149],
    [1000, 0.00299],
  ])('of no failure in %i still leaves a failure rate of %d', (trials, left) => {
    expect(1 - lowerBound({ successes: trials, trials, alpha: 0.05 })).toBeCloseTo(left, 4);
  });

  it.each([
    [95, 100, 0.8397411262, 0.9934228737],
    [30, 100, 0.169446478, 0.4572459876],
    [50, 50, 0.8706187109, 1],
    [0, 0, 0, 1],
  ])('of %i of %i under continuous watching is %d to %d', (successes, trials, lower, upper) => {
    const sequence = confidenceSequence({ successes, trials, alpha: 0.05 });
    expect(sequence.lower).toBeCloseTo(lower, 9);
    expect(sequence.upper).toBeCloseTo(upper, 9);
  });

  it('under continuous watching holds Wilson’s, widens with less error allowed, and is never NaN, up to a million bookings', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
        const successes = Math.round(share * trials);
        const [strict, loose] = [0.01, 0.05].map((alpha) => confidenceSequence({ successes, trials, alpha }));
        const shown = wilson({ successes, trials, alpha: 0.05 });
        if (strict === undefined || loose === undefined) throw new Error('Two were asked for.');
        expect(strict.lower <= loose.lower && loose.lower <= shown.lower + 1e-12).toBe(true);
        expect(strict.upper >= loose.upper && loose.upper >= shown.upper - 1e-12).toBe(true);
        const exact = clopperPearson({ successes, trials, alpha: 0.05 });
        const observed = trials === 0 ? 0 : successes / trials;
        expect(exact.lower <= observed && observed <= exact.upper).toBe(true);
      }),
    );
  });
});
