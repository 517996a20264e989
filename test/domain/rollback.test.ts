import { describe, expect, test } from 'vitest';
import type { LaunchState } from '../../src/domain/launch.ts';
import { nextStep } from '../../src/domain/next-step.ts';
import { phaseNames } from '../../src/domain/plan.ts';
import { communityOf, featureOf, withRollback, withRollbackSettled } from '../../src/domain/rollback.ts';
import { scopesOf } from '../../src/domain/take-command.ts';
import { bySlug, community, inPhase, midnight, newly, plan, quorum, rolledBack, say, start, withoutAnswers } from './launch-builder.ts';

const off = (scope: string, by = 'ops') => ({ command: 'rollback', scope, by, reason: 'double bookings' }) as const;

describe('a rollback', () => {
  test.each(phaseNames)('of the launch is taken in %s from anybody, and what the launch has stands still', (name) => {
    const voted = inPhase(name, { votes: [{ by: 'lead', reason: 'well', at: start }] });
    for (const by of ['ops', 'nobody we know', '__proto__']) {
      const { state, order } = say(voted, off('launch', by));
      expect(order).toMatchObject({ scope: 'launch', by, reason: 'double bookings' });
      expect(state).toMatchObject({ stage: 'rolled back', votes: [], rollback: { by, at: start, state: 'ordered' } });
      expect(state.incidents).toMatchObject([{ id: 'P0-1', severity: 'P0', issue: 'double bookings' }]);
    }
  });

  test('of the launch that is rolled back is ordered again and leaves whose it was', () => {
    const first = say(inPhase('pilot'), off('launch', 'ops')).state;
    const { state, order } = say(first, off('launch', 'support'), { at: start + 1 });
    expect(order?.scope).toBe('launch');
    expect(state.ordered).toHaveLength(2);
    expect(withoutAnswers({ ...state, ordered: first.ordered })).toEqual(withoutAnswers(first));
  });

  test('of the launch that is rolled back takes votes to resume back, for they did not know of it', () => {
    const voted = { ...rolledBack(inPhase('pilot')), votes: [{ by: 'lead', reason: 'mended', at: start }] };
    expect(say(voted, off('launch', 'support')).state).toMatchObject({ stage: 'rolled back', votes: [], rollback: { by: 'ops' } });
  });

  test('of the launch that comes after resume and before the phase begins again stops that', () => {
    const resumed = say(rolledBack(inPhase('pilot')), { command: 'resume' }).state;
    expect(nextStep(plan, resumed, { at: start, midnightAt: midnight })).toEqual({ do: 'enter', phase: 'pilot' });
    const { state } = say(resumed, off('launch', 'support'));
    expect(state).toMatchObject({ stage: 'rolled back', votes: [], rollback: { by: 'support', state: 'ordered' } });
    expect(nextStep(plan, state, { at: start, midnightAt: midnight })).toEqual({ do: 'wait', for: 'resume or abandon' });
  });

  test('of a launch that is over is ordered, and the launch stays over', () => {
    for (const stage of ['completed', 'abandoned', 'cancelled'] as const) {
      const { state, order } = say(inPhase('pilot', { stage }), off('launch'));
      expect(order?.scope).toBe('launch');
      expect(state.stage).toBe(stage);
    }
  });

  test('of a feature keeps it off for later waves, and the launch goes on', () => {
    const { state } = say(say(inPhase('expansion'), off('feature:communities')).state, off('feature:communities'));
    expect(state).toMatchObject({ stage: 'running', rollback: null, featuresOff: ['communities'], incidents: [] });
  });

  test('of a community has it leave, and the others go on', () => {
    const { state } = say(inPhase('expansion'), off('community:hilltop'));
    expect(state.communities.hilltop).toMatchObject({ state: 'rolled back', why: 'double bookings' });
    expect(state.communities.riverside).toMatchObject({ state: 'open' });
    expect(state).toMatchObject({ stage: 'running', rollback: null });
  });

  test.each(['community:nowhere', 'feature:nothing', 'Launch', 'community:', 'community:__proto__', 'constructor'])(
    'of %s is refused with what there is',
    (scope) => {
      const { answer, order } = say(inPhase('pilot'), off(scope));
      expect(order).toBeUndefined();
      expect(answer.says).toBe(
        `there is nothing called ${scope} to roll back; there is launch, feature:smart matching, feature:communities, community:internal, community:riverside.`,
      );
    },
  );

  test('is restored or stuck, each scope for itself', () => {
    const both = say(say(inPhase('expansion'), off('launch')).state, off('community:hilltop')).state;
    const settled = withRollbackSettled(withRollbackSettled(both, 'launch', 'stuck'), 'community:hilltop', 'restored');
    expect(settled.rollback?.state).toBe('stuck');
    expect(settled.partRollbacks['community:hilltop']?.state).toBe('restored');
    expect(withRollbackSettled(inPhase('pilot'), 'launch', 'stuck')).toEqual(inPhase('pilot'));
    expect(withRollbackSettled(inPhase('pilot'), 'community:hilltop', 'stuck')).toEqual(inPhase('pilot'));
  });

  test('by SQL of a community that the launch does not know makes up none', () => {
    for (const slug of ['elsewhere', '__proto__', 'constructor'])
      expect(
        Object.keys(
          withRollback(inPhase('pilot'), { commandId: 'sql', scope: `community:${slug}`, by: 'dba', reason: '' }, start).communities,
        ),
      ).toEqual(['internal', 'riverside']);
  });

  test('names its scope in one way', () => {
    expect(scopesOf(plan, newly())).toEqual(['launch', 'feature:smart matching', 'feature:communities']);
    expect([communityOf('community:a:b'), communityOf('launch'), featureOf('feature:x'), featureOf('community:x')]).toEqual([
      'a:b',
      undefined,
      'x',
      undefined,
    ]);
  });
});

describe('resume after a rollback', () => {
  test.each(['ordered', 'stuck'] as const)('is refused while it is %s', (how) => {
    const { answer } = say(rolledBack(inPhase('pilot'), how), { command: 'resume' });
    expect(answer).toEqual({ accepted: false, says: `the rollback is ${how}, not yet proven done: nothing is turned on before it is.` });
  });

  test('is for those who decide the gate', () => {
    const state = rolledBack(inPhase('pilot', { holds: [{ by: 'ops', reason: 'x', at: start, source: 'criterion' }] }));
    expect(say(state, { command: 'resume', by: 'ops' }).answer).toEqual({
      accepted: false,
      says: 'ops may not let pilot begin again; lead may.',
    });
    expect(say(state, { command: 'resume' }).state).toMatchObject({ stage: 'running', holds: [] });
  });

  test('takes as many people as the gate does, and they are different ones', () => {
    const resume = (state: LaunchState, by: string) => say(state, { command: 'resume', by }, { of: quorum }).state;
    const once = resume(rolledBack(inPhase('pilot', {}, quorum)), 'lead');
    expect([once.stage, resume(once, 'lead').stage, resume(once, 'support').stage]).toEqual(['rolled back', 'rolled back', 'rolled back']);
    expect(resume(once, 'ops').stage).toBe('running');
  });

  test('where the gate opens by itself, is for the deciders of the last one that does not', () => {
    const state = rolledBack(inPhase('general-availability'));
    expect(say(state, { command: 'resume', by: 'support' }).answer.accepted).toBe(false);
    expect(say(state, { command: 'resume' }).state.stage).toBe('running');
  });
});

describe('a community that was rolled back', () => {
  const left = (how: 'stuck' | 'restored') =>
    withRollbackSettled(say(inPhase('expansion'), off('community:hilltop')).state, 'community:hilltop', how);
  const admit = (state: LaunchState, admitted = true, by = 'lead') => say(state, { command: 'admit', community: 'hilltop', admitted, by });

  test('joins again by a decision of those who may, once it is proven off', () => {
    const { state } = admit(left('restored'));
    expect(state.communities.hilltop).toMatchObject({ state: 'readmitted', situation: { ready: false } });
    expect(state.communities.hilltop).not.toHaveProperty('why');
    expect(nextStep(plan, state, { at: start, midnightAt: midnight })).toEqual({ do: 'readmit', community: 'hilltop' });
    expect(admit(left('restored'), true, 'ops').answer.says).toBe('ops may not decide that in expansion; lead may.');
    expect(admit(left('stuck')).answer.says).toContain('is stuck, not yet proven done');
  });

  test('does not join again while the launch is rolled back or held', () => {
    expect(admit(rolledBack(left('restored'))).answer.says).toContain('no community joins until it is resumed');
    const held = say(admit(left('restored')).state, { command: 'hold' }).state;
    expect(nextStep(plan, held, { at: start, midnightAt: midnight }).do).toBe('wait');
  });

  test('is not taken out by admit once it is in again: rolling back is what turns off', () => {
    for (const state of ['open', 'joining', 'readmitted'] as const) {
      const taken = admit(inPhase('expansion', { communities: bySlug(community('hilltop', 'expansion', { state })) }), false);
      expect(taken.answer.says).toBe('hilltop is in the launch already; roll back community:hilltop to take it out.');
    }
  });
});
