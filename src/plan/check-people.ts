import type { GateCriterion, Phase, Plan } from '../domain/plan.ts';
import { didYouMean } from './near-miss.ts';
import type { PlanPath, Problem } from './plan-error.ts';

/** Admins of communities come and go with them, so the plan does not name them. */
export const communityAdmin = 'community admin';

interface RoleUse {
  readonly role: string;
  readonly path: PlanPath;
}

/** Every role that is asked for something is somebody's, and a decision asks for no more people than there are. */
export function checkPeople(plan: Plan): readonly Problem[] {
  const roles = [...new Set(Object.values(plan.people).map(({ role }) => role))];
  const strangers = rolesUsed(plan).flatMap(({ role, path }) =>
    role === communityAdmin || roles.includes(role)
      ? []
      : [{ path, sentence: `nobody among the people is "${role}"; ${didYouMean(role, [...roles, communityAdmin])}` }],
  );
  return [...strangers, ...plan.phases.flatMap((phase) => checkQuorum(plan, phase))];
}

function checkQuorum({ people }: Plan, { name, decidedBy }: Phase): readonly Problem[] {
  if (decidedBy.kind === 'automatic') return [];
  const path = ['phases', name, 'decided by'];
  if (decidedBy.roles.includes(communityAdmin))
    return [{ path, sentence: `the plan does not name the people who are "${communityAdmin}", so they cannot decide` }];
  const able = Object.values(people).filter(({ role }) => decidedBy.roles.includes(role)).length;
  if (able === 0 || able >= decidedBy.people) return [];
  return [
    { path: [...path, 'people'], sentence: `${decidedBy.people} people must say go, and only ${able} may: ${decidedBy.roles.join(', ')}` },
  ];
}

function rolesUsed(plan: Plan): readonly RoleUse[] {
  const asked = Object.entries(plan.probes).flatMap(([name, probe]) =>
    probe.kind === 'human' ? [{ role: probe.ask, path: ['probes', name, 'ask'] }] : [],
  );
  const steps = plan.incidentProcedure.steps.map(({ owner }, index) => ({
    role: owner,
    path: ['incident procedure', 'steps', index, 'owner'],
  }));
  return [...asked, ...plan.phases.flatMap(rolesOfPhase), ...steps];
}

function rolesOfPhase({ name, checklist, checkIns, decidedBy, passesWhen, eachCommunity }: Phase): readonly RoleUse[] {
  const path = ['phases', name];
  const single = decidedBy.roles.length === 1 && decidedBy.people === 1;
  return [
    ...checklist.map(({ owner }, index) => ({ role: owner, path: [...path, 'checklist', index, 'owner'] })),
    ...(checkIns?.with ?? []).map((role, index) => ({ role, path: [...path, 'check in', 'with', index] })),
    ...decidedBy.roles.map((role, index) => ({ role, path: [...path, 'decided by', ...(single ? ['role'] : ['roles', index])] })),
    ...rolesPaged(passesWhen, [...path, 'passes when']),
    ...rolesPaged(eachCommunity?.criteria ?? {}, [...path, 'each community', 'passes when']),
  ];
}

function rolesPaged(gate: Readonly<Record<string, GateCriterion>>, path: PlanPath): readonly RoleUse[] {
  return Object.entries(gate).flatMap(([name, { ifNot }]) =>
    ifNot.flatMap((action, index) => (action.kind === 'page' ? [{ role: action.role, path: [...path, name, 'if not', index] }] : [])),
  );
}
