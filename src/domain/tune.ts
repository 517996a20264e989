import type { Judgement } from './criterion.ts';
import type { Plan } from './plan.ts';
import type { Counts } from './reading.ts';

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
