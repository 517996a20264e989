import { describe, expect, test } from 'vitest';
import { type Judgement, judgeCriterion, judgeGateCriterion, soakStateOf } from '../../src/domain/criterion.ts';
import type { CriterionTest, GateCriterion } from '../../src/domain/plan.ts';
import type { Answer, Reading, Value } from '../../src/domain/reading.ts';
import { addReading, startSoak } from '../../src/domain/soak.ts';

const minute = 60_000;
const hour = 60 * minute;
const freshMs = 30 * minute;

function judge(
  test: CriterionTest,
  value: Value | undefined,
  more: { at?: number; previous?: Judgement; declaredEndAt?: number } = {},
): Judgement {
  const at = more.at ?? 0;
  const answer: Answer = value === undefined ? { other: 0 } : { value };
  const reading: Reading = { probe: 'p', scope: 'riverside', at, status: 'measured', answer };
  return judgeCriterion({ probe: 'p', path: 'value', test, perCommunity: true }, reading, {
    name: 'c',
    scope: 'riverside',
    freshMs,
    ...more,
    at,
  });
}

const healthy: CriterionTest = { kind: 'boolean', mustBe: true };
const none: CriterionTest = { kind: 'count', atMost: 0 };
const smokeTests: CriterionTest = { kind: 'rate', atLeast: 1, fromTrials: 1, certainty: 'not breached', alpha: 0.05 };
const bookings: CriterionTest = { kind: 'rate', atLeast: 0.95, fromTrials: 60, certainty: 'not breached', alpha: 0.05 };
const matches: CriterionTest = { ...bookings, atLeast: 0.3 };
const of = (successes: number, trials: number) => ({ successes, trials });

describe('the criteria of the strategy, on both sides of each boundary', () => {
  const table: readonly (readonly [string, CriterionTest, Value, Judgement['verdict']])[] = [
    ['phase 0: one super admin', { kind: 'count', atLeast: 1 }, 1, 'met'],
    ['phase 0: no super admin', { kind: 'count', atLeast: 1 }, 0, 'missed'],
    ['phase 0: no demo data', none, 0, 'met'],
    ['phase 0: one row of demo data', none, 1, 'missed'],
    ['phase 1: system healthy', healthy, true, 'met'],
    ['phase 1: system not healthy', healthy, false, 'missed'],
    ['phase 1: 40 of 40 smoke tests', smokeTests, of(40, 40), 'met'],
    ['phase 1: 39 of 40 smoke tests', smokeTests, of(39, 40), 'missed'],
    ['phase 1: no smoke test run', smokeTests, of(0, 0), 'inconclusive'],
    ['phase 1: 0 seat mismatches', none, 0, 'met'],
    ['phase 1: 1 seat mismatch', none, 1, 'missed'],
    ['phase 1: 0 job failures', none, 0, 'met'],
    ['phase 1: 1 job failure', none, 1, 'missed'],
    ['phase 1: 0 critical complaints', none, 0, 'met'],
    ['phase 1: 1 critical complaint', none, 1, 'missed'],
    ['phase 2: bookings at exactly 95 %', bookings, of(95, 100), 'met'],
    ['phase 2: bookings at 94 %, which may be chance', bookings, of(94, 100), 'inconclusive'],
    ['phase 2: 14 of 100 bookings fail: not yet breached is over', bookings, of(86, 100), 'missed'],
    ['phase 2: 13 of 100 bookings fail', bookings, of(87, 100), 'inconclusive'],
    ['phase 2: 60 perfect bookings', bookings, of(60, 60), 'met'],
    ['phase 2: 59 perfect bookings are too few', bookings, of(59, 59), 'inconclusive'],
    ['phase 2: no booking', bookings, of(0, 0), 'inconclusive'],
    ['phase 2: matches taken at exactly 30 %', matches, of(30, 100), 'met'],
    ['phase 2: matches taken at 29 %', matches, of(29, 100), 'inconclusive'],
    ['phase 2: 17 of 100 matches taken', matches, of(17, 100), 'missed'],
    ['phase 2: 18 of 100 matches taken', matches, of(18, 100), 'inconclusive'],
    ['phase 2: 0 isolation breaches', none, 0, 'met'],
    ['phase 2: 1 isolation breach', none, 1, 'missed'],
    ['phase 2: no major complaint', none, 0, 'met'],
    ['phase 2: a major complaint', none, 1, 'missed'],
    ['day 7: 4 complaints', { kind: 'count', atMost: 4 }, 4, 'met'],
    ['day 7: 5 complaints', { kind: 'count', atMost: 4 }, 5, 'missed'],
    ['the job ran exactly 2 h ago', { kind: 'age', atMostMs: 2 * hour }, 7200, 'met'],
    ['the job ran a moment more than 2 h ago', { kind: 'age', atMostMs: 2 * hour }, 7200.001, 'missed'],
    ['a guard that must be off is off', { kind: 'boolean', mustBe: false }, false, 'met'],
    ['a guard that must be off is on', { kind: 'boolean', mustBe: false }, true, 'missed'],
    ['all checks hold', healthy, of(4, 4), 'met'],
    ['one check of four does not', healthy, of(3, 4), 'missed'],
    ['one guard of four is on', { kind: 'boolean', mustBe: false }, of(1, 4), 'missed'],
    ['none of four guards is on', { kind: 'boolean', mustBe: false }, of(0, 4), 'met'],
    ['a count without any bound proves nothing', { kind: 'count' }, 0, 'inconclusive'],
  ];

  test.each(table)('%s', (_, criterion, value, verdict) => expect(judge(criterion, value).verdict).toBe(verdict));
});

describe('nothing unknown is ever good', () => {
  test.each([
    ['boolean', healthy, 1],
    ['count', none, false],
    ['count of counts', none, of(0, 0)],
    ['age', { kind: 'age', atMostMs: 1 }, true],
    ['rate', bookings, 0.99],
    ['nothing at the path', none, undefined],
  ] as const)('a value of another kind is unmeasured: %s', (_, criterion, value) => {
    expect(judge(criterion, value)).toMatchObject({ verdict: 'unmeasured', unmeasuredInARow: 1 });
  });

  test('an answer counts up to its freshness bound and not a millisecond longer', () => {
    const reading: Reading = { probe: 'p', scope: 's', at: 0, status: 'measured', answer: { value: true } };
    const at = (now: number) =>
      judgeCriterion({ probe: 'p', path: 'value', test: healthy, perCommunity: false }, reading, {
        name: 'c',
        scope: 's',
        at: now,
        freshMs,
      }).verdict;
    expect([at(freshMs), at(freshMs + 1), at(-1)]).toEqual(['met', 'unmeasured', 'unmeasured']);
  });

  test('nobody asked yet is unmeasured, but no failure to measure', () => {
    const criterion = { probe: 'p', path: 'value', test: healthy, perCommunity: false };
    expect(judgeCriterion(criterion, undefined, { name: 'c', scope: 's', at: 0, freshMs })).toMatchObject({
      verdict: 'unmeasured',
      unmeasuredInARow: 0,
    });
  });
});

describe('what a verdict remembers', () => {
  test('since when it stands', () => {
    const first = judge(none, 0, { at: 10 });
    const second = judge(none, 0, { at: 20, previous: first });
    const third = judge(none, 1, { at: 30, previous: second });
    expect([first.since, second.since, third.since]).toEqual([10, 10, 30]);
  });

  test('a breached rate stays missed, whatever comes after it', () => {
    const breached = judge(bookings, of(80, 100), { at: 10 });
    const later = judge(bookings, of(1080, 1100), { at: 20, previous: breached });
    const blindly = judge(bookings, undefined, { at: 30, previous: later });
    expect(later).toMatchObject({ verdict: 'missed', since: 10, reason: expect.stringContaining('until evidence restarts') });
    expect(blindly).toMatchObject({ verdict: 'missed', since: 10, unmeasuredInARow: 1 });
    expect(judge(bookings, of(100, 100), { at: 40 }).verdict).toBe('met');
  });

  test('smoke tests that failed may be run again', () => {
    const failed = judge(smokeTests, of(39, 40), { at: 10 });
    expect(judge(smokeTests, of(40, 40), { at: 20, previous: failed }).verdict).toBe('met');
  });

  test('a demonstrated rate counts at the declared end, not when it happens to look good', () => {
    const demonstrated: CriterionTest = { ...bookings, certainty: 'demonstrated' };
    expect(judge(demonstrated, of(59, 59), { at: 9, declaredEndAt: 10 }).verdict).toBe('inconclusive');
    expect(judge(demonstrated, of(59, 59), { at: 10, declaredEndAt: 10 }).verdict).toBe('met');
    expect(judge(demonstrated, of(58, 58), { at: 10, declaredEndAt: 10 }).verdict).toBe('inconclusive');
  });
});

describe('a gate with a soak', () => {
  const gate: GateCriterion = { soakMs: 48 * hour, onUnhealthy: 'reset', ifNot: [] };
  const rule = { cadenceMs: 15 * minute, policy: 'reset' } as const;

  function soaked(untilMs: number) {
    let ledger = addReading(startSoak(0), { at: 0, state: 'healthy' }, rule);
    for (let at = 15 * minute; at <= untilMs; at += 15 * minute) ledger = addReading(ledger, { at, state: 'healthy' }, rule);
    return ledger;
  }

  test('opens after 48 h of observed health, and not one look earlier', () => {
    const at = 48 * hour;
    expect(judgeGateCriterion(gate, judge(healthy, true, { at }), soaked(at), at).verdict).toBe('met');
    const early = judgeGateCriterion(gate, judge(healthy, true, { at }), soaked(at - 15 * minute), at);
    expect(early).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('of 48 h healthy, 0 unhealthy, 0 unknown.') });
  });

  test('stays shut while the latest look is missed or unmeasured, however long it was well', () => {
    const at = 60 * hour;
    expect(judgeGateCriterion(gate, judge(healthy, false, { at }), soaked(at), at).verdict).toBe('missed');
    expect(judgeGateCriterion(gate, judge(healthy, undefined, { at }), soaked(at), at).verdict).toBe('unmeasured');
  });

  test('stays shut without a ledger', () => {
    expect(judgeGateCriterion(gate, judge(healthy, true), undefined, 0).verdict).toBe('inconclusive');
  });

  test('is blind at the fourth look in a row that could not measure, and sees again at the first that can', () => {
    let latest: Judgement | undefined;
    const seen = [undefined, undefined, undefined, undefined, true].map((value, look) => {
      latest = judge(healthy, value, { at: look, ...(latest && { previous: latest }) });
      return judgeGateCriterion({ ...gate, soakMs: 0 }, latest, undefined, look).blind;
    });
    expect(seen).toEqual([false, false, false, true, false]);
  });

  test('counts a look that is judged again at the same instant once', () => {
    const first = judge(healthy, undefined, { at: 10 });
    expect(judge(healthy, undefined, { at: 10, previous: first }).unmeasuredInARow).toBe(1);
    expect(judge(healthy, undefined, { at: 20, previous: first }).unmeasuredInARow).toBe(2);
  });

  test('takes only met looks as healthy', () => {
    const verdicts = ['met', 'missed', 'inconclusive', 'unmeasured'] as const;
    const states = verdicts.map((verdict) => soakStateOf({ ...judge(healthy, true), verdict }));
    expect(states).toEqual(['healthy', 'unhealthy', 'unknown', 'unknown']);
  });
});
