import { describe, expect, test } from 'vitest';
import type { Judgement } from '../../src/domain/criterion.ts';
import type { LaunchState } from '../../src/domain/launch.ts';
import { settingNow, tuneEvidenceRefusal } from '../../src/domain/tune.ts';
import { inPhase, newly, plan, rolledBack, say, start } from './launch-builder.ts';

const weight = 'fair_matching.weight_reliability';
const tune = (value: number, state: LaunchState = inPhase('expansion'), setting = weight, by = 'lead') =>
  say(state, { command: 'tune', setting, value, by });

describe('tuning a weight', () => {
  test('begins at the conservative 0.15, and general availability has its own 0.2 until somebody tunes', () => {
    expect(settingNow(plan, newly(), weight)).toBe(0.15);
    expect(settingNow(plan, inPhase('general-availability'), weight)).toBe(0.2);
    expect(settingNow(plan, tune(0.1).state, weight)).toBe(0.1);
    expect(settingNow(plan, { ...inPhase('general-availability'), tuned: { [weight]: 0.25 } }, weight)).toBe(0.25);
  });

  test.each([
    [0.15, 0.2, true],
    [0.15, 0.1, true],
    [0.15, 0.2001, false],
    [0.15, 0.0999, false],
    [0.15, 0.15, false],
    [0.35, 0.4, true],
    [0.38, 0.41, false],
    [0.1, 0.05, true],
    [0.06, 0.04, false],
  ])('from %s to %s is within its bounds and its step: %s', (from, to, possible) => {
    const { answer, state } = tune(to, inPhase('expansion', { tuned: { [weight]: from } }));
    expect(answer.accepted).toBe(possible);
    expect(state.tuned[weight]).toBe(possible ? to : from);
  });

  test('says what is possible when it is refused', () => {
    expect(tune(0.9).answer.says).toBe('fair_matching.weight_reliability must be 0.05 to 0.4, and this is 0.9.');
    expect(tune(0.3).answer.says).toBe('fair_matching.weight_reliability may change by 0.05 at a time, and this is from 0.15 to 0.3.');
    expect(tune(0.15).answer.says).toBe('fair_matching.weight_reliability is 0.15 already.');
    expect(tune(0.2).answer.says).toBe('Set fair_matching.weight_reliability to 0.2, from 0.15');
  });

  test.each(['constructor', '__proto__', 'toString', 'weight_reliability', 'fair_matching'])(
    'called %s is refused: there is no such setting',
    (setting) => {
      const { answer, state } = tune(0.2, inPhase('expansion'), setting);
      expect(answer.says).toContain(`no feature of the plan has a setting ${setting}; there is ${weight}`);
      expect(state.tuned).toEqual({});
    },
  );

  test('takes somebody who decides, a feature that is on, and a launch that is not rolled back', () => {
    expect(tune(0.2, inPhase('expansion'), weight, 'support').answer.says).toBe('support may not decide that in expansion; lead may.');
    expect(tune(0.2, inPhase('pre-launch')).answer.says).toBe('no feature is on in pre-launch: there is nothing to tune.');
    expect(tune(0.2, rolledBack(inPhase('pilot'))).answer.says).toContain('nothing is tuned until it is resumed');
  });

  test('is refused with what the database found, and then changes nothing', () => {
    const words = { command: 'tune', setting: weight, value: 0.2 } as const;
    const { answer, state } = say(inPhase('expansion'), words, { facts: { refusedChange: 'there is not enough evidence.' } });
    expect(answer).toEqual({ accepted: false, says: 'there is not enough evidence.' });
    expect(state.tuned).toEqual({});
  });
});

describe('evidence for tuning', () => {
  const rate = (criterion: string, trials: number, more: Partial<Judgement> = {}): Judgement => ({
    criterion,
    scope: 'community:riverside',
    verdict: 'met',
    reason: '',
    since: start,
    asOf: start,
    unmeasuredInARow: 0,
    value: { successes: trials, trials },
    ...more,
  });

  test('is as many trials of each rate as its criterion asks for, over all communities together', () => {
    expect(tuneEvidenceRefusal(plan, [rate('booking works', 60), rate('matches taken', 60)])).toBeUndefined();
    expect(tuneEvidenceRefusal(plan, [rate('booking works', 59), rate('matches taken', 60)])).toBe(
      'there is not enough evidence since the last change: booking works has 59 of 60 trials.',
    );
    const two = [rate('booking works', 30), rate('booking works', 30, { scope: 'community:hilltop' })];
    expect(tuneEvidenceRefusal(plan, two)).toBeUndefined();
  });

  test('is none where no rate was measured: so one setting is tuned at a time, as each change begins new evidence', () => {
    expect(tuneEvidenceRefusal(plan, [])).toContain('no rate that could show what a setting does');
    expect(tuneEvidenceRefusal(plan, [rate('healthy', 100)])).toContain('no rate that could show what a setting does');
    const { value: _, ...unmeasured } = rate('booking works', 0, { verdict: 'unmeasured' });
    expect(tuneEvidenceRefusal(plan, [unmeasured])).toContain('booking works has 0 of 60 trials');
  });

  test('that a rate is breached forbids it, however much there is', () => {
    const missed = rate('matches taken', 1_000, { verdict: 'missed' });
    expect(tuneEvidenceRefusal(plan, [rate('booking works', 1_000), missed])).toContain('matches taken is missed in community:riverside');
  });
});
