import type { TuneCommand } from './command.ts';
import type { Judgement } from './criterion.ts';
import { notADecider } from './decide.ts';
import { type LaunchState, phaseOf } from './launch.ts';
import type { Facts, Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Counts } from './reading.ts';

/** Changes a setting within its bounds and step. The product has taken it already, or refused. */
export function tune(plan: Plan, state: LaunchState, command: TuneCommand, facts: Facts): Outcome {
  const refusal = tuneRefusal(plan, state, command) ?? facts.refusedChange;
  if (refusal) return { refusal };
  return {
    state: { ...state, tuned: { ...state.tuned, [command.setting]: command.value } },
    says: `Set ${command.setting} to ${command.value}, from ${settingNow(plan, state, command.setting)}`,
  };
}

/** Why this person may not give a setting this value now; undefined when they may. Asked before the product is touched. */
export function tuneRefusal(
  plan: Plan,
  state: LaunchState,
  { setting, value, by }: Pick<TuneCommand, 'setting' | 'value' | 'by'>,
): string | undefined {
  const refusal = notADecider(plan, state, by);
  if (refusal) return refusal;
  const rules = Object.assign(
    {},
    ...Object.values(plan.features).map((feature) => feature.settings),
  ) as Plan['features'][string]['settings'];
  const rule = Object.hasOwn(rules, setting) ? rules[setting] : undefined;
  if (!rule) return `no feature of the plan has a setting ${setting}; there is ${Object.keys(rules).join(', ')}.`;
  if (state.rollback) return `${state.launch} is rolled back: nothing is tuned until it is resumed.`;
  if (!phaseOf(plan, state.phase).features.length) return `no feature is on in ${state.phase}: there is nothing to tune.`;
  if (value < rule.min || value > rule.max) return `${setting} must be ${rule.min} to ${rule.max}, and this is ${value}.`;
  const now = settingNow(plan, state, setting);
  const step = Math.abs(value - now);
  if (step === 0) return `${setting} is ${now} already.`;
  // 0.2 - 0.15 is a little more than 0.05 in floating point.
  return step > rule.step * (1 + 1e-9)
    ? `${setting} may change by ${rule.step} at a time, and this is from ${now} to ${value}.`
    : undefined;
}

/** The value a setting has now by the plan and what was tuned. */
export function settingNow(plan: Plan, state: Pick<LaunchState, 'phase' | 'tuned'>, setting: string): number {
  const start = Object.values(plan.features).find((feature) => Object.hasOwn(feature.settings, setting))?.settings[setting]?.start;
  return state.tuned[setting] ?? phaseOf(plan, state.phase).settings[setting] ?? start ?? Number.NaN;
}

/**
 * Why a setting may not be tuned by what was measured since the last change; undefined when it may: some rate was seen often enough, and none is breached.
 * A change begins new evidence, so settings are tuned one at a time. Source: statistics, weight tuning.
 */
export function tuneEvidenceRefusal(plan: Plan, judgements: readonly Judgement[]): string | undefined {
  const rates = judgements.filter(({ criterion }) => plan.criteria[criterion]?.test.kind === 'rate');
  const breached = rates.find(({ verdict }) => verdict === 'missed');
  if (breached) return `${breached.criterion} is missed in ${breached.scope}: roll back or find out why before anything is tuned.`;
  const names = [...new Set(rates.map(({ criterion }) => criterion))];
  const short = names.flatMap((name) => {
    const test = plan.criteria[name]?.test;
    const needed = test?.kind === 'rate' ? test.fromTrials : 0;
    const seen = rates
      .filter(({ criterion }) => criterion === name)
      .reduce((sum, { value }) => sum + ((value as Counts | undefined)?.trials ?? 0), 0);
    return seen < needed ? [`${name} has ${seen} of ${needed} trials`] : [];
  });
  if (names.length === 0) return 'there is no rate that could show what a setting does: no community is open yet.';
  return short.length > 0 ? `there is not enough evidence since the last change: ${short.join(', ')}.` : undefined;
}
