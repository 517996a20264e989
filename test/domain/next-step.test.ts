import { describe, expect, test } from 'vitest';
import { type Hold, type LaunchState, unseen } from '../../src/domain/launch.ts';
import { type NextStep, nextStep } from '../../src/domain/next-step.ts';
import type { PhaseName } from '../../src/domain/plan.ts';
import {
  bySlug,
  community,
  day,
  hour,
  inPhase,
  midnight,
  newly,
  plan,
  rolledBack,
  say,
  seeing,
  start,
  withPhase,
} from './launch-builder.ts';

const step = (state: LaunchState, at = start) => nextStep(plan, state, { at, midnightAt: midnight });
const hold: Hold = { by: 'ops', reason: 'slow bookings', at: start, source: 'person' };
const vote = { by: 'lead', reason: 'well', at: start };
const told = ['maximum stay', ...[1, 6, 11].map((hours) => `check-in ${start + hours * hour}`)];

describe('the course of a launch', () => {
  const later = start + 8 * day;
  const allTold = {
    reminded: [...told, ...[2, 3, 4, 5, 6, 7, 8, 9].map((d) => `check-in ${midnight + d * day + 19 * hour}`), `check-in ${later + hour}`],
  };

  test.each<[string, LaunchState, NextStep]>([
    ['begins with phase 0', newly(), { do: 'enter', phase: 'pre-launch' }],
    ['turns on what a phase has, once it is entered', inPhase('pilot', { opened: false }), { do: 'open' }],
    ['turns nothing on while held', inPhase('pilot', { opened: false, holds: [hold] }), { do: 'wait', for: 'resume, to open the phase' }],
    ['lets the communities of a phase join when it is open', inPhase('internal', { wavesJoined: 0 }), { do: 'join', wave: 0, add: 1 }],
    [
      'lets nobody join while held',
      inPhase('internal', { wavesJoined: 0, holds: [hold] }),
      { do: 'wait', until: start + 4 * hour, for: 'waves: 1 of 1 groups of communities have not joined' },
    ],
    [
      'waits for the end of the minimum stay',
      inPhase('internal'),
      { do: 'wait', until: start + 4 * hour, for: 'minimum stay: internal lasts at least until then' },
    ],
    ['stands still after a rollback', rolledBack(inPhase('pilot', { votes: [vote] })), { do: 'wait', for: 'resume or abandon' }],
    [
      'enters the same phase again after resume',
      say(rolledBack(inPhase('pilot')), { command: 'resume' }).state,
      { do: 'enter', phase: 'pilot' },
    ],
    ['ends when it is abandoned', say(inPhase('pilot'), { command: 'abandon' }).state, { do: 'end' }],
    ['ends after a rollback when it is abandoned', say(rolledBack(inPhase('pilot')), { command: 'abandon' }).state, { do: 'end' }],
    ['ends when it is over, whatever else there is', inPhase('pilot', { stage: 'completed', opened: false }), { do: 'end' }],
  ])('%s', (_, state, expected) => {
    expect(step(state)).toEqual(expected);
  });

  test.each<[PhaseName, NextStep]>([
    ['pre-launch', { do: 'enter', phase: 'internal' }],
    ['internal', { do: 'enter', phase: 'pilot' }],
    ['pilot', { do: 'enter', phase: 'expansion' }],
    ['expansion', { do: 'enter', phase: 'general-availability' }],
    ['general-availability', { do: 'end' }],
  ])('goes on from %s by one step, and by none without its go', (name, expected) => {
    expect(step(inPhase(name, { ...allTold, votes: [vote] }), later)).toEqual(expected);
    const waits = step(inPhase(name, allTold), later);
    if (name === 'general-availability') expect(waits).toEqual({ do: 'end' });
    else expect(waits).toMatchObject({ do: 'wait', for: `go or no-go for ${name}` });
  });

  test.each<[string, Partial<LaunchState>]>([
    ['hold', { holds: [hold] }],
    ['criterion', { situation: seeing({ missed: ['healthy'] }) }],
    ['criteria', { situation: unseen }],
    ['community riverside', { communities: bySlug(community('riverside', 'pilot', { state: 'joining' })) }],
    ['incident', { incidents: [{ id: 'P2-1', severity: 'P2', issue: 'x', openedAt: start, owner: 'ops', done: [] }] }],
  ])('does not go on with a go when there is now a %s', (what, more) => {
    const waits = step(inPhase('pilot', { ...allTold, votes: [vote], ...more }), later);
    expect(waits).toMatchObject({ do: 'wait', for: expect.stringContaining(`${what}:`) });
  });

  test('waits no longer than until a waiver ends, for then the gate may be blocked again', () => {
    const waivers = [{ ...vote, phase: 'pilot' as const, criteria: ['healthy'], expiresAt: later + 5 }];
    const state = inPhase('pilot', { ...allTold, waivers, situation: seeing({ missed: ['healthy'] }) });
    expect(step(state, later)).toMatchObject({ do: 'wait', until: later + 5, for: 'go or no-go for pilot' });
    expect(step(state, later + 5)).toMatchObject({ for: 'criterion: healthy is missed' });
  });

  test('lets a community that was admitted again join before the next wave', () => {
    const communities = bySlug(community('hilltop', 'expansion', { state: 'readmitted', situation: unseen }));
    const state = inPhase('expansion', { communities, wavesJoined: 1 });
    expect(step(state, start + day)).toEqual({ do: 'readmit', community: 'hilltop' });
    expect(step({ ...state, holds: [hold] }, start + day).do).toBe('wait');
  });
});

describe('a reminder', () => {
  const [morning, afternoon, evening] = [9, 14, 19].map((clock) => midnight + clock * hour) as [number, number, number];

  test.each([
    ['before the first', start, undefined],
    ['a millisecond before the morning', morning - 1, undefined],
    ['in the morning', morning, morning],
    ['before the afternoon', afternoon - 1, morning],
    ['in the afternoon', afternoon, afternoon],
    ['in the evening', evening, evening],
    ['in the night', evening + 8 * hour, evening],
    ['in the next morning', morning + day, morning + day],
  ])('of a check-in in the pilot is due %s', (_, at, due) => {
    const next = step(inPhase('pilot'), at);
    if (due === undefined) expect(next).toMatchObject({ do: 'wait', until: morning });
    else {
      expect(next).toMatchObject({ do: 'remind', key: `check-in ${due}` });
      expect(next).toMatchObject({ pages: [{ role: 'ops' }, { role: 'community admin' }, { role: 'launch lead' }] });
    }
  });

  test('is given once, and what was due in an outage is not made up for', () => {
    expect(step(inPhase('pilot', { reminded: [`check-in ${morning}`] }), morning)).toMatchObject({ do: 'wait', until: afternoon });
    const next = step(inPhase('pilot'), evening + day);
    expect(next).toMatchObject({ do: 'remind', key: `check-in ${evening + day}` });
    expect(step(inPhase('pilot', { reminded: [`check-in ${evening + day}`] }), evening + day)).toMatchObject({ do: 'wait' });
  });

  test('of a phase that has lasted too long goes to those who decide, at that instant and once', () => {
    const state = inPhase('internal');
    expect(step(state, start + 8 * hour - 1).do).toBe('wait');
    expect(step(state, start + 8 * hour)).toEqual({
      do: 'remind',
      key: 'maximum stay',
      pages: [{ role: 'launch lead', scope: 'launch', what: 'internal has lasted 8 h, as long as it may, and has not passed' }],
    });
    expect(step({ ...state, reminded: ['maximum stay'] }, start + 8 * hour)).toEqual({ do: 'wait', for: 'go or no-go for internal' });
  });

  test('waits as long as people extended the phase', () => {
    const { state } = say(inPhase('internal'), { command: 'decide', phase: 'internal', decision: 'extend', extendMs: 6 * hour });
    expect(step(state, start + 10 * hour - 1).do).toBe('wait');
    expect(step(state, start + 10 * hour).do).toBe('remind');
  });

  test('goes to ops where a gate that opens by itself does not', () => {
    const of = withPhase('general-availability', { maximumStayMs: 8 * day });
    const state = inPhase('general-availability', { holds: [hold] }, of);
    expect(nextStep(of, state, { at: start + 8 * day, midnightAt: midnight })).toMatchObject({ do: 'remind', pages: [{ role: 'ops' }] });
  });

  test('comes while the launch is held, and not while it is rolled back', () => {
    expect(step(inPhase('pilot', { holds: [hold] }), morning).do).toBe('remind');
    expect(step(rolledBack(inPhase('pilot')), morning).do).toBe('wait');
  });
});
