import type { Criterion, GateCriterion, Phase, Plan, Trigger } from '../domain/plan.ts';
import { checkReference } from './check-reference.ts';
import type { PlanPath, Problem } from './plan-error.ts';

/** Where a criterion stands: a phase judges the launch as a whole, `each community` judges one community. */
interface Place {
  readonly path: PlanPath;
  readonly community: boolean;
}

/** Criteria, probes and repairs: every name leads somewhere, and every criterion stands where it can be judged. */
export function checkCriteria(plan: Plan): readonly Problem[] {
  const probes = Object.entries(plan.criteria).flatMap(([name, { probe }]) =>
    checkReference({ kind: 'probe', name: probe, path: ['criteria', name, 'probe'] }, plan.probes),
  );
  return [...probes, ...plan.phases.flatMap((phase) => checkPhase(plan, phase)), ...checkReview(plan)];
}

function checkPhase(plan: Plan, phase: Phase): readonly Problem[] {
  const path = ['phases', phase.name];
  const own: Place = { path, community: false };
  const each: Place = { path: [...path, 'each community'], community: true };
  const empty = Object.keys(phase.passesWhen).length === 0;
  return [
    ...(empty
      ? [{ path: [...path, 'passes when'], sentence: 'is empty: a gate needs at least one criterion, or anything would pass it' }]
      : []),
    ...checkGate(plan, phase.passesWhen, own),
    ...checkTriggers(plan, phase.rollsBackWhen, own),
    ...checkGate(plan, phase.eachCommunity?.criteria ?? {}, each),
    ...checkTriggers(plan, phase.eachCommunity?.rollsBackWhen ?? [], each),
  ];
}

function checkGate(plan: Plan, gate: Readonly<Record<string, GateCriterion>>, place: Place): readonly Problem[] {
  return Object.entries(gate).flatMap(([name, rule]) => {
    const path = [...place.path, 'passes when', name];
    return [
      ...checkReference({ kind: 'criterion', name, path, atKey: true }, plan.criteria),
      ...checkPlace(plan, name, { ...place, path }),
      ...checkActions(plan, rule, { ...place, path: [...path, 'if not'] }),
    ];
  });
}

function checkPlace({ criteria, probes }: Plan, name: string, { path, community }: Place): readonly Problem[] {
  const criterion: Criterion | undefined = Object.hasOwn(criteria, name) ? criteria[name] : undefined;
  if (!criterion || !Object.hasOwn(probes, criterion.probe) || criterion.perCommunity === community) return [];
  const sentence = community
    ? `"${name}" is asked of the launch as a whole: put it under the phase's own "passes when", or mention :community in its probe`
    : `"${name}" is asked of each community: put it under "each community"`;
  return [{ path, atKey: true, sentence }];
}

function checkActions(plan: Plan, { ifNot }: GateCriterion, { path, community }: Place): readonly Problem[] {
  return ifNot.flatMap((action, index) => {
    const at = [...path, index];
    if (action.kind === 'repair') return checkReference({ kind: 'repair', name: action.repair, path: at }, plan.repairs);
    if (action.kind !== 'roll back' || action.scope === 'launch') return [];
    if (action.scope !== 'that community')
      return checkReference({ kind: 'feature', name: action.scope.slice('feature:'.length), path: at }, plan.features);
    return community
      ? []
      : [{ path: at, sentence: '"roll back that community" names no community here: it belongs under "each community"' }];
  });
}

/** A phase may roll back over a criterion of its communities: any open community's breach counts. The other way round makes no sense. */
function checkTriggers(plan: Plan, triggers: readonly Trigger[], { path, community }: Place): readonly Problem[] {
  return triggers.flatMap((trigger, index) => {
    if (trigger.kind !== 'missed') return [];
    const at = [...path, 'rolls back when', index];
    const dangling = checkReference({ kind: 'criterion', name: trigger.criterion, path: at }, plan.criteria);
    if (dangling.length > 0 || !community || plan.criteria[trigger.criterion]?.perCommunity) return dangling;
    return [
      { path: at, sentence: `"${trigger.criterion}" is asked of the launch as a whole: put it under the phase's own "rolls back when"` },
    ];
  });
}

function checkReview({ review, probes, criteria }: Plan): readonly Problem[] {
  return review.metrics.flatMap(({ metric, source }) => {
    const path = ['review', 'metrics', metric];
    if (source.kind === 'healthy share')
      return checkReference({ kind: 'criterion', name: source.criterion, path: [...path, 'healthy share of'] }, criteria);
    return source.kind === 'probe' ? checkReference({ kind: 'probe', name: source.probe, path: [...path, 'probe'] }, probes) : [];
  });
}
