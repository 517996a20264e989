import { describe, expect, test } from 'vitest';
import { expansionBlockers, judgedCommunities, nextWaveDueAt, wavesOf } from '../../src/domain/expansion.ts';
import { type LaunchState, withCommunity } from '../../src/domain/launch.ts';
import { nextStep } from '../../src/domain/next-step.ts';
import type { Severity } from '../../src/domain/plan.ts';
import { bySlug, community, day, hour, inPhase, midnight, plan, rolledBack, say, seeing, start } from './launch-builder.ts';

const expanding = (more: Partial<LaunchState> = {}) =>
  inPhase('expansion', { wavesJoined: 0, lastWaveAt: 0, communities: bySlug(community('riverside', 'pilot')), ...more });

const step = (state: LaunchState, at: number) => nextStep(plan, state, { at, midnightAt: midnight });

/** The wave that is due joins, and is well at once. */
function join(state: LaunchState, at: number): LaunchState {
  const next = step(state, at);
  if (next.do !== 'join') throw new Error(`Nobody joins, but: ${JSON.stringify(next)}`);
  const slugs = Array.from({ length: next.add }, (_, index) => `wave-${next.wave}-${index}`);
  return slugs.reduce((so, slug) => withCommunity(so, community(slug, 'expansion', { joinedAt: at })), {
    ...state,
    wavesJoined: next.wave + 1,
    lastWaveAt: at,
  });
}

/** Instants at which waves join when the launch is looked at every hour, but for the hours of an outage. */
function joinings(outage: { readonly from: number; readonly to: number }): readonly number[] {
  let state = expanding();
  const joined: number[] = [];
  for (let at = start; at < start + 9 * day; at += hour) {
    if (at >= outage.from && at < outage.to) continue;
    while (step(state, at).do === 'join') {
      state = join(state, at);
      joined.push((at - start) / hour);
    }
  }
  return joined;
}

describe('the expansion', () => {
  test('adds 2, 3 and 5 communities a day apart: 3, 6 and 11 in all', () => {
    let state = expanding();
    const totals = [0, 1, 2].map((wave) => {
      const at = start + wave * day;
      if (wave > 0) expect(step(state, at - 1).do).toBe('wait');
      state = join(state, at);
      expect(step(state, at).do).not.toBe('join');
      return Object.keys(state.communities).length;
    });
    expect(totals).toEqual([3, 6, 11]);
    expect(nextWaveDueAt(wavesOf(plan, state), state)).toBeUndefined();
  });

  test.each([
    ['no outage', 0, 0, [0, 24, 48]],
    ['an outage over the second wave', 20, 30, [0, 30, 54]],
    ['an outage over the second and the third', 20, 75, [0, 75, 99]],
    ['an outage over all three', 0, 100, [100, 124, 148]],
    ['an outage that ends just in time', 20, 24, [0, 24, 48]],
  ])('after %s never doubles a day', (_, from, to, hours) => {
    expect(joinings({ from: start + from * hour, to: start + to * hour })).toEqual(hours);
  });

  test('lets the communities that a phase names join at once, as one wave', () => {
    const pilot = inPhase('pilot', { wavesJoined: 0 });
    expect(wavesOf(plan, pilot)).toEqual([{ afterMs: 0, add: 1 }]);
    expect(step(pilot, start)).toEqual({ do: 'join', wave: 0, add: 1 });
    expect(wavesOf(plan, inPhase('pre-launch'))).toEqual([]);
    expect(wavesOf(plan, inPhase('general-availability'))).toEqual([]);
  });
});

describe('the next wave', () => {
  const hold = { by: 'ops', reason: 'slow bookings', at: start, source: 'person' as const };
  const incident = (severity: Severity) => ({ id: `${severity}-1`, severity, issue: 'seats', openedAt: start, owner: 'ops', done: [] });
  const riverside = (what: Parameters<typeof seeing>[0]) => bySlug(community('riverside', 'pilot', { situation: seeing(what) }));

  test.each<[string, Partial<LaunchState>, string]>([
    ['somebody holds', { holds: [hold] }, 'held by ops: slow bookings'],
    ['a P0 is open', { incidents: [incident('P0')] }, 'incident P0-1 is open'],
    ['a P2 is open', { incidents: [incident('P2')] }, 'incident P2-1 is open'],
    ['a criterion is missed', { situation: seeing({ missed: ['healthy'] }) }, 'missed: healthy'],
    ['a criterion cannot be measured', { situation: seeing({ blind: ['healthy'] }) }, 'cannot be measured: healthy'],
    ['a community is not well', { communities: riverside({ missed: ['booking works'] }) }, 'community riverside is not well'],
    ['a community cannot be measured', { communities: riverside({ blind: ['isolated'] }) }, 'community riverside is not well'],
  ])('does not join while %s', (_, more, why) => {
    expect(expansionBlockers(expanding(more))).toEqual([why]);
    expect(step(expanding(more), start + day).do).toBe('wait');
  });

  test.each<[string, Partial<LaunchState>]>([
    ['a P3 is open', { incidents: [incident('P3')] }],
    ['an incident is closed', { incidents: [{ ...incident('P0'), closedAt: start }] }],
    ['soaks are not yet complete', { communities: riverside({ pending: ['community healthy'] }) }],
    [
      'a community that has left was not well',
      { communities: bySlug(community('riverside', 'pilot', { state: 'rolled back', situation: seeing({ missed: ['isolated'] }) })) },
    ],
  ])('joins though %s', (_, more) => {
    expect(expansionBlockers(expanding(more))).toEqual([]);
    expect(step(expanding(more), start)).toEqual({ do: 'join', wave: 0, add: 2 });
  });

  test('does not join while the launch is rolled back', () => {
    expect(expansionBlockers(rolledBack(expanding()))).toEqual(['rolled back']);
    expect(step(rolledBack(expanding()), start + day)).toEqual({ do: 'wait', for: 'resume or abandon' });
  });
});

describe('a community', () => {
  test('that somebody excluded is not to be picked, until somebody who decides admits it', () => {
    const excluded = say(expanding(), { command: 'admit', community: 'hilltop', admitted: false, by: 'support' });
    expect(excluded.state.excluded).toEqual(['hilltop']);
    expect(say(excluded.state, { command: 'admit', community: 'hilltop', admitted: false }).state.excluded).toEqual(['hilltop']);
    const refused = say(excluded.state, { command: 'admit', community: 'hilltop', admitted: true, by: 'support' });
    expect(refused.answer).toEqual({ accepted: false, says: 'support may not decide that in expansion; lead may.' });
    expect(say(excluded.state, { command: 'admit', community: 'hilltop', admitted: true }).state.excluded).toEqual([]);
  });

  test('counts at the gate from its joining until it has left', () => {
    const states = ['joining', 'open', 'readmitted', 'rolled back', 'refused'] as const;
    const all = states.map((state) => community(state, 'expansion', { state }));
    expect(judgedCommunities(expanding({ communities: bySlug(...all) })).map(({ slug }) => slug)).toEqual([
      'joining',
      'open',
      'readmitted',
    ]);
  });
});
