import type { Plan } from '../domain/plan.ts';
import { checkAnnouncements } from './check-announcements.ts';
import { checkCriteria } from './check-criteria.ts';
import { checkFeatures } from './check-features.ts';
import { checkPeople } from './check-people.ts';
import { checkPhases } from './check-phases.ts';
import type { Problem } from './plan-error.ts';

/** What is wrong between the parts of a plan whose every part is right: names that lead nowhere, and rules that contradict each other. */
export function checkPlan(plan: Plan): readonly Problem[] {
  return [...checkFeatures(plan), ...checkCriteria(plan), ...checkPhases(plan), ...checkPeople(plan), ...checkAnnouncements(plan)];
}
