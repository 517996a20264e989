import { describe, expect, test } from 'vitest';
import { demandedRollback, incidentDeadlines, nextBusinessDay, onCall, withProof } from '../../src/domain/incident.ts';
import type { LaunchState } from '../../src/domain/launch.ts';
import type { Plan, Severity } from '../../src/domain/plan.ts';
import { day, hour, inPhase, minute, plan, rolledBack, type Said, say, start } from './launch-builder.ts';

type Place = { readonly feature?: string; readonly community?: string };
const matching: Place = { feature: 'smart matching' };
const hilltop: Place = { community: 'hilltop' };

const report = (severity: Severity, place: Place = {}, issue = 'seats'): Said => ({ command: 'report', severity, issue, ...place });
/** The issue is reported, and one severity is changed into another. */
const change = (severity: Severity, place: Place, to: Severity, state: LaunchState = inPhase('expansion')) =>
  say(say(state, report(severity, place)).state, { command: 'incident', incident: `${severity}-1`, severity: to });

describe('the decision matrix', () => {
  test.each<[Severity, Place, string | undefined]>([
    ['P0', {}, 'launch'],
    ['P0', hilltop, 'launch'],
    ['P1', matching, 'feature:smart matching'],
    ['P1', hilltop, 'community:hilltop'],
    ['P1', { ...matching, ...hilltop }, 'feature:smart matching'],
    ['P1', {}, undefined],
    ['P2', { ...matching, ...hilltop }, undefined],
    ['P3', { ...matching, ...hilltop }, undefined],
  ])('on a %s seen in %j turns off %s', (severity, place, scope) => {
    expect(demandedRollback(plan.decisionMatrix[severity], place)).toBe(scope);
    if (severity === 'P1' && scope === undefined) return;
    const { state, order } = say(inPhase('expansion'), report(severity, place));
    expect(order?.scope).toBe(scope);
    expect(state.incidents).toMatchObject([{ id: `${severity}-1`, severity, issue: 'seats', openedAt: start, owner: 'ops', done: [] }]);
  });

  test.each<[Place, string]>([
    [{}, 'nowhere'],
    [{ community: 'elsewhere' }, 'in a community that is not in the launch'],
    [{ community: 'constructor' }, 'in what every object has'],
  ])('refuses a P1 with %j, seen %s, and says what it needs', (place) => {
    const { answer, state } = say(inPhase('expansion'), report('P1', place));
    expect(answer.says).toBe(
      'P1 turns a feature off: say which feature (smart matching, communities), or which community of the launch it was seen in (internal, riverside, hilltop).',
    );
    expect(state.incidents).toEqual([]);
  });

  test('knows the features of the plan and no others', () => {
    for (const feature of ['dark mode', 'constructor', '__proto__'])
      expect(say(inPhase('pilot'), report('P1', { feature })).answer.says).toBe(
        `the plan has no feature ${feature}; it has smart matching, communities.`,
      );
  });

  test('orders nothing more while the launch is rolled back, and keeps what is reported', () => {
    const { state, order } = say(rolledBack(inPhase('pilot')), report('P0'));
    expect(order).toBeUndefined();
    expect(state.incidents).toHaveLength(1);
  });

  test('gives people the time to assess a P0 that the plan allows, also where any P0 is a trigger', () => {
    const patient: Plan = { ...plan, incidentProcedure: { ...plan.incidentProcedure, assessMs: 2 * minute } };
    const { state, order, answer } = say(inPhase('pilot'), report('P0'), { of: patient });
    expect(order).toBeUndefined();
    expect([state.stage, answer.says]).toEqual(['running', 'Opened P0-1: seats']);
  });
});

describe('a report', () => {
  test('about an issue that is open joins it with the graver severity, and after it is closed opens another', () => {
    const first = say(inPhase('expansion'), report('P2')).state;
    const lesser = say(first, report('P3')).state;
    expect(lesser.incidents).toMatchObject([{ id: 'P2-1', severity: 'P2' }]);
    const graver = say(lesser, report('P1', hilltop));
    expect(graver.state.incidents).toMatchObject([{ id: 'P2-1', severity: 'P1', community: 'hilltop' }]);
    expect(graver).toMatchObject({
      order: { scope: 'community:hilltop' },
      answer: { says: 'Added to P2-1; rolling back community:hilltop' },
    });
    const closed = say(graver.state, { command: 'incident', incident: 'P2-1', close: true }).state;
    expect(say(closed, report('P3')).state.incidents.map(({ id }) => id)).toEqual(['P2-1', 'P3-2']);
  });

  const complain = (state: LaunchState, reporters: number | undefined, place: Place = hilltop) =>
    say(state, report('P3', place), { facts: reporters === undefined ? {} : { reporters: { [day]: reporters } } });

  test.each([
    [undefined, undefined],
    [2, undefined],
    [3, 'launch'],
    [4, 'launch'],
  ])('by which %s people complained about one issue in the pilot rolls back %s', (reporters, scope) => {
    expect(complain(inPhase('pilot'), reporters, {}).order?.scope).toBe(scope);
  });

  test('by which three people complained in the expansion rolls back that community, and is no incident of the launch', () => {
    const { state, order } = complain(inPhase('expansion'), 3);
    expect(order).toMatchObject({ scope: 'community:hilltop', reason: '3 people complained about one issue within 24 h: seats' });
    expect(state).toMatchObject({ stage: 'running', incidents: [{ id: 'P3-1' }] });
    expect(complain(inPhase('expansion'), 2).order).toBeUndefined();
    expect(complain(inPhase('expansion'), 3, {}).order).toBeUndefined();
    expect(complain(inPhase('expansion'), 3, { community: 'elsewhere' }).order).toBeUndefined();
  });

  test('by which three people complained in another window is no trigger', () => {
    expect(say(inPhase('pilot'), report('P3'), { facts: { reporters: { [hour]: 3 } } }).order).toBeUndefined();
  });

  test('of something graver than a trigger asks for is that trigger too', () => {
    const wary: Plan = {
      ...plan,
      phases: plan.phases.map((phase) => ({ ...phase, rollsBackWhen: [{ kind: 'issue', severity: 'P2' }] })),
    };
    const ordered = (severity: Severity) => say(inPhase('pilot', {}, wary), report(severity, matching), { of: wary }).order?.scope;
    expect([ordered('P0'), ordered('P1'), ordered('P2'), ordered('P3')]).toEqual(['launch', 'launch', 'launch', undefined]);
  });
});

describe('a change of severity', () => {
  test.each<[Severity, Place, Severity, string | undefined, string]>([
    ['P2', {}, 'P0', 'launch', 'P2-1 is now P0; rolling back launch'],
    ['P2', matching, 'P1', 'feature:smart matching', 'P2-1 is now P1; rolling back feature:smart matching'],
    ['P3', hilltop, 'P1', 'community:hilltop', 'P3-1 is now P1; rolling back community:hilltop'],
    ['P1', matching, 'P2', undefined, 'P1-1 is now P2'],
    ['P2', {}, 'P3', undefined, 'P2-1 is now P3'],
  ])('of a %s with %j to %s turns off %s', (from, place, to, scope, says) => {
    const { order, answer, state } = change(from, place, to);
    expect(order?.scope).toBe(scope);
    expect(answer.says).toBe(says);
    expect(state.incidents[0]?.severity).toBe(to);
  });

  test('that would turn off a feature needs to know which; one that makes less of it does not', () => {
    expect(change('P2', {}, 'P1').answer.says).toBe(
      'P1 turns a feature off, and P2-1 does not say which: report "seats" again as P1, with its feature or community.',
    );
    const patient: Plan = { ...plan, incidentProcedure: { ...plan.incidentProcedure, assessMs: 2 * minute } };
    const assessing = say(inPhase('pilot'), report('P0'), { of: patient }).state;
    const lowered = say(assessing, { command: 'incident', incident: 'P0-1', severity: 'P1' }, { of: patient });
    expect(lowered.answer.says).toBe('P0-1 is now P1; nothing says which feature, so none is turned off');
  });

  test('while the launch is rolled back turns off nothing more', () => {
    const { order, state } = change('P2', {}, 'P0', rolledBack(inPhase('pilot')));
    expect(order).toBeUndefined();
    expect(state.incidents[0]?.severity).toBe('P0');
  });

  test('of an incident that is unknown, closed, or as grave already is refused with what is', () => {
    const open = say(inPhase('pilot'), report('P2')).state;
    const of = (state: LaunchState, words: { severity?: Severity; close?: boolean; incident?: string }) =>
      say(state, { command: 'incident', incident: 'P2-1', ...words }).answer.says;
    expect(of(open, { incident: 'P9-9', close: true })).toBe('there is no incident P9-9; open: P2-1.');
    expect(of(open, {})).toBe('say what changes: close it, or give its new severity.');
    expect(of(open, { close: false })).toBe('say what changes: close it, or give its new severity.');
    expect(of(open, { severity: 'P2' })).toBe('P2-1 is P2 already.');
    const closed = say(open, { command: 'incident', incident: 'P2-1', close: true }).state;
    expect(of(closed, { severity: 'P0' })).toBe('P2-1 is closed already.');
    expect(of(closed, { incident: 'P9-9', close: true })).toBe('there is no incident P9-9; open: none.');
  });
});

describe('deadlines', () => {
  const opened = (severity: Severity) => ({ id: `${severity}-1`, severity, issue: 'seats', openedAt: start, owner: 'ops', done: [] });
  const nextDay = start + 16 * hour;

  test('of a P0 are 2, 5, 10, 15 and 20 minutes and 24 hours', () => {
    const deadlines = incidentDeadlines(plan, opened('P0'), nextDay);
    expect(deadlines.map(({ step, dueAt }) => [step, (dueAt - start) / minute])).toEqual([
      ['assessed', 2],
      ['team told', 5],
      ['rolled back', 10],
      ['verified', 15],
      ['stakeholders told', 20],
      ['root cause found', 24 * 60],
    ]);
  });

  test.each<[Severity, number]>([
    ['P1', start + 15 * minute],
    ['P2', start + hour],
    ['P3', nextDay],
  ])('of a %s are its response time', (severity, dueAt) => {
    expect(incidentDeadlines(plan, opened(severity), nextDay)).toEqual([{ step: 'responded', owner: 'ops', dueAt }]);
  });

  test.each([
    ['Monday 00:00', 0, 1],
    ['Monday 23:59', day - minute, 1],
    ['Thursday', 3 * day + hour, 4],
    ['Friday 23:59', 5 * day - minute, 7],
    ['Saturday', 5 * day, 7],
    ['Sunday', 6 * day + hour, 7],
    ['Friday a week later', 11 * day, 14],
  ])('by the next business day, of an issue on %s, end when day %#…', (_, afterMonday, businessDay) => {
    expect(nextBusinessDay(afterMonday, 0, day, 0)).toBe(businessDay * day);
  });

  test('count business days from the weekday on which the plan began, in days as short as a scaled plan has them', () => {
    expect(nextBusinessDay(hour, 0, day, 4)).toBe(3 * day);
    expect(nextBusinessDay(1_500, 1_000, 1_000, 4)).toBe(4_000);
  });

  test('are met by what the launch did by itself, in every open P0 and no other incident', () => {
    const state = { ...inPhase('pilot'), incidents: [opened('P0'), { ...opened('P0'), id: 'P0-2', closedAt: start }, opened('P1')] };
    const proven = withProof(plan, withProof(plan, state, 'rollback'), 'rollback');
    expect(proven.incidents.map(({ done }) => done)).toEqual([['rolled back'], [], []]);
  });

  test('are met by people step by step, by the steps that there are', () => {
    const state = say(inPhase('pilot'), report('P0')).state;
    const check = (item: string) => say(state, { command: 'check', item });
    expect(check('P0-1: assessed').state.incidents[0]?.done).toEqual(['assessed']);
    expect(check('P0-1: slept').answer.says).toContain('it has "assessed", "team told", "rolled back"');
    expect(check('P0-9: assessed').answer.accepted).toBe(false);
  });
});

test('the launch pages ops, or the first person where the plan has no ops', () => {
  expect(onCall(plan)).toBe('ops');
  expect(onCall({ ...plan, people: { ann: { name: 'Ann', role: 'launch lead' } } })).toBe('launch lead');
  expect(onCall({ ...plan, people: {} })).toBe('ops');
});
