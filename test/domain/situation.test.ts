import { describe, expect, test } from 'vitest';
import type { GateJudgement } from '../../src/domain/criterion.ts';
import type { Trigger } from '../../src/domain/plan.ts';
import { type Situation, sameSituation, situationOf, type TriggerFacts, triggersHolding } from '../../src/domain/situation.ts';

const hour = 3_600_000;

function judged(criterion: string, verdict: GateJudgement['verdict'], more: Partial<GateJudgement> = {}): GateJudgement {
  return { criterion, scope: 'launch', verdict, reason: '', since: 0, asOf: 0, unmeasuredInARow: 0, blind: false, ...more };
}

test('the first look is news, even when all it found is pending; later only what a launch acts on is', () => {
  const nothing: Situation = { ready: false, missed: [], blind: [], pending: [], triggers: [] };
  expect(sameSituation(nothing, { ...nothing, pending: ['a'] })).toBe(false);
  expect(sameSituation({ ...nothing, pending: ['a', 'b'] }, { ...nothing, pending: ['a'] })).toBe(true);
  expect(sameSituation({ ...nothing, pending: ['a'] }, { ...nothing, ready: true })).toBe(false);
  expect(sameSituation({ ...nothing, pending: ['a'] }, { ...nothing, missed: ['a'] })).toBe(false);
});

describe('a gate', () => {
  test('is ready only when every criterion it names is met', () => {
    const ready = (...judgements: GateJudgement[]) => situationOf(['a', 'b'], judgements, []).ready;
    expect(ready(judged('a', 'met'), judged('b', 'met'))).toBe(true);
    expect(ready(judged('a', 'met'), judged('b', 'inconclusive'))).toBe(false);
    expect(ready(judged('a', 'met'), judged('b', 'unmeasured'))).toBe(false);
    expect(ready(judged('a', 'met'))).toBe(false);
    expect(ready()).toBe(false);
  });

  test('names what is missed and what is blind, and nothing it did not ask for', () => {
    const situation = situationOf(
      ['a', 'b'],
      [judged('b', 'missed'), judged('a', 'unmeasured', { blind: true }), judged('z', 'missed')],
      [],
    );
    expect(situation).toEqual({ ready: false, missed: ['b'], blind: ['a'], pending: [], triggers: [] });
  });

  test('is the same whatever order things are named in', () => {
    const a = situationOf([], [], ['x', 'y', 'x']);
    expect(sameSituation(a, { ...a, triggers: ['y', 'x'] })).toBe(true);
    expect(sameSituation(a, { ...a, triggers: ['x'] })).toBe(false);
    expect(sameSituation(a, { ...a, ready: !a.ready })).toBe(false);
  });
});

describe('a trigger', () => {
  const facts: TriggerFacts = { scope: 'launch', judgements: [], complaints: [], openIssues: [] };
  const three: Trigger = { kind: 'complaints', reporters: 3, windowMs: 24 * hour };
  const complain = (...list: [string, string, number][]) =>
    triggersHolding([three], { ...facts, complaints: list.map(([reporter, issue, at]) => ({ reporter, issue, at })) });

  test('holds when its criterion is missed, in a community as well, and not when that could not be measured', () => {
    const isolated: Trigger = { kind: 'missed', criterion: 'isolated' };
    const judgements = [judged('isolated', 'missed', { scope: 'riverside' }), judged('isolated', 'met', { scope: 'hilltop' })];
    expect(triggersHolding([isolated], { ...facts, judgements })).toEqual(['isolated is missed in riverside']);
    expect(triggersHolding([isolated], { ...facts, judgements: [judged('isolated', 'unmeasured')] })).toEqual([]);
    expect(triggersHolding([isolated], { ...facts, judgements: [judged('isolated', 'inconclusive')] })).toEqual([]);
  });

  test('holds at three people who complain about one issue, and not at two, nor at one person three times', () => {
    expect(complain(['ann', 'seats', 0], ['ben', 'seats', 1], ['eve', 'seats', 2])).toEqual([
      '3 people complained about seats within 24 h',
    ]);
    expect(complain(['ann', 'seats', 0], ['ben', 'seats', 1])).toEqual([]);
    expect(complain(['ann', 'seats', 0], ['ann', 'seats', 1], ['ann', 'seats', 2], ['ben', 'seats', 3])).toEqual([]);
    expect(complain(['ann', 'seats', 0], ['ben', 'seats', 1], ['eve', 'routes', 2])).toEqual([]);
  });

  test('holds when the third complaint comes within 24 h of the first, and not a millisecond later', () => {
    expect(complain(['ann', 'seats', 0], ['ben', 'seats', 1], ['eve', 'seats', 24 * hour])).toHaveLength(1);
    expect(complain(['ann', 'seats', 0], ['ben', 'seats', 1], ['eve', 'seats', 24 * hour + 1])).toEqual([]);
  });

  test('holds for an open issue of its severity or worse', () => {
    const openIssues = [{ id: 'P1-1', severity: 'P1' }] as const;
    expect(triggersHolding([{ kind: 'issue', severity: 'P0' }], { ...facts, openIssues })).toEqual([]);
    expect(triggersHolding([{ kind: 'issue', severity: 'P1' }], { ...facts, openIssues })).toEqual(['P1-1 is open']);
    expect(triggersHolding([{ kind: 'issue', severity: 'P2' }], { ...facts, openIssues })).toEqual(['P1-1 is open']);
  });
});
