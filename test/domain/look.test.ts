import { describe, expect, test } from 'vitest';
import { enterPhase, openPhase } from '../../src/domain/launch.ts';
import { communityTarget, judgeLook, type LookTarget, launchTarget, lookPlan, type StoredSoak, wantsOf } from '../../src/domain/look.ts';
import type { Plan, Trigger } from '../../src/domain/plan.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { changeText } from '../../src/domain/situation.ts';
import { community, day, hour, inPhase, minute, plan, rolledBack, seeing, start, withPhase } from './launch-builder.ts';

const launchIn = (name: Parameters<typeof inPhase>[0]) => launchTarget(inPhase(name));
const inCommunity: LookTarget = { ...launchIn('pilot'), scope: 'community:riverside' };
const no = { judgements: [], soaks: [] };

describe('what is looked at', () => {
  test('for a phase is its gate, its triggers, and healthy time that a later gate asks for', () => {
    expect(lookPlan(plan, launchIn('pre-launch')).criteria).toEqual(['healthy', 'no demo data', 'super admin exists']);
    const pilot = lookPlan(plan, launchIn('pilot'));
    expect(pilot.criteria).toEqual(['healthy', 'no violations']);
    expect(pilot.soaks.map(({ criterion, sinceKey, policy }) => [criterion, sinceKey, policy])).toEqual([
      ['healthy', '', 'reset'],
      ['healthy', 'internal', 'suspend'],
    ]);
    expect(pilot.wants).toEqual({
      invariants: [
        { path: 'healthy', kind: 'boolean' },
        { path: 'violations', kind: 'count' },
      ],
    });
  });

  test('for a community is its own criteria, and by its own cadence', () => {
    const look = lookPlan(plan, { ...inCommunity, phase: 'expansion' });
    expect(look.criteria).toEqual(['community healthy', 'booking works', 'matches taken', 'isolated']);
    expect(look.cadence).toEqual([
      { everyMs: 15 * minute, untilMs: 4 * hour },
      { everyMs: hour, untilMs: 24 * hour },
      { everyMs: 4 * hour, untilMs: null },
    ]);
    expect(look.soaks.map(({ criterion, sinceAt }) => [criterion, sinceAt])).toEqual([['community healthy', start]]);
  });

  test('for a community is also what its phase rolls back for, or nobody would ever see it', () => {
    const each = { cadence: [{ everyMs: minute, untilMs: null }], tellAdmin: null, criteria: {}, rollsBackWhen: [] };
    const isolated: Trigger = { kind: 'missed', criterion: 'isolated' };
    const of = withPhase('internal', { eachCommunity: each, rollsBackWhen: [isolated] });
    expect(lookPlan(of, { ...launchIn('internal'), scope: 'community:internal' }).criteria).toEqual(['isolated']);
    expect(lookPlan(of, launchIn('internal')).criteria).not.toContain('isolated');
  });

  test('asks each probe once for each value', () => {
    const twice: Plan = { ...plan, criteria: { ...plan.criteria, again: plan.criteria.healthy as Plan['criteria'][string] } };
    expect(wantsOf(twice, ['healthy', 'again', 'no such'])).toEqual({ invariants: [{ path: 'healthy', kind: 'boolean' }] });
  });

  test('for a launch is its phase, and before that is open the phase it comes from, unless nothing is on', () => {
    const entered = enterPhase(plan, inPhase('pilot'), 'expansion', start + day);
    expect(launchTarget(entered)).toMatchObject({ phase: 'pilot', openedAt: start });
    expect(launchTarget(openPhase(plan, entered, start + day))).toMatchObject({ phase: 'expansion', openedAt: start + day });
    const again = enterPhase(plan, rolledBack(entered), 'expansion', start + 2 * day);
    expect(launchTarget(again)).toMatchObject({ phase: 'expansion', openedAt: start + 2 * day });
  });

  test('is judged for good at the end of the minimum stay, and in a community when its longest soak could be complete', () => {
    expect(launchIn('pilot').declaredEndAt).toBe(start + 48 * hour);
    const each = plan.phases[2]?.eachCommunity;
    if (!each) throw new Error('The pilot has communities.');
    expect(communityTarget('carpool-v2', each, community('riverside', 'pilot')).declaredEndAt).toBe(start + 48 * hour);
  });
});

describe('a look', () => {
  const target = launchIn('pilot');
  const look = lookPlan(plan, target);
  const answer = (at: number, healthy: boolean): Readonly<Record<string, Reading>> => ({
    invariants: { probe: 'invariants', scope: 'launch', at, status: 'measured', answer: { healthy, violations: healthy ? 0 : 1 } },
  });

  /** Looks every 15 minutes up to `untilMs`, healthy but for the looks that `unwell` names. */
  function lookOn(untilMs: number, unwell: (sinceMs: number) => boolean = () => false) {
    let soaks: readonly StoredSoak[] = [];
    let judged = judgeLook(plan, { look, target, history: no, readings: {}, at: start });
    for (let since = 0; since <= untilMs; since += 15 * minute) {
      const at = start + since;
      judged = judgeLook(plan, { look, target, history: { ...judged, soaks }, readings: answer(at, !unwell(since)), at });
      soaks = judged.soaks;
    }
    const [reset, kept] = judged.soaks;
    return { verdict: judged.gate[0]?.verdict, resetMs: reset?.ledger.healthyMs, keptMs: kept?.ledger.healthyMs };
  }

  test('meets 48 h of health at 48 h, and not one look before', () => {
    expect(lookOn(48 * hour - 15 * minute).verdict).toBe('inconclusive');
    expect(lookOn(48 * hour)).toEqual({ verdict: 'met', resetMs: 2 * day, keptMs: 2 * day });
  });

  test('that is not well sets the pilot back to nothing, and only suspends the five days', () => {
    const once = lookOn(30 * hour, (since) => since === 24 * hour);
    expect(once).toEqual({ verdict: 'inconclusive', resetMs: 6 * hour - 15 * minute, keptMs: 30 * hour - 30 * minute });
    expect(lookOn(24 * hour, (since) => since === 24 * hour).verdict).toBe('missed');
  });

  test('without any answer meets nothing', () => {
    const { gate } = judgeLook(plan, { look, target, history: no, readings: {}, at: start });
    expect(gate.map(({ verdict }) => verdict)).toEqual(['unmeasured', 'unmeasured']);
  });

  test('begins its soak where evidence began anew, not where the phase did', () => {
    const history = { ...no, evidenceSince: start + hour };
    const { soaks } = judgeLook(plan, { look, target, history, readings: answer(start + hour, true), at: start + hour });
    expect(soaks[0]?.ledger).toMatchObject({ unknownMs: 0, lastAt: start + hour });
  });
});

test('what a look saw change is said in one sentence, and nothing when nothing did', () => {
  const ready = { ...seeing({}), ready: true };
  expect(changeText(seeing({}), ready)).toBe('every criterion is met.');
  expect(changeText(ready, seeing({ missed: ['a'], blind: ['b'] }))).toBe('missed: a; cannot be measured: b.');
  expect(changeText(seeing({ missed: ['a'], blind: ['b'] }), seeing({}))).toBe('no longer missed: a; can be measured again: b.');
  expect(changeText(ready, ready)).toBeUndefined();
});
