import { readFileSync } from 'node:fs';
import { loadPlan } from '../../src/plan/load-plan.ts';
import { PlanError } from '../../src/plan/plan-error.ts';

export const carpoolText = readFileSync(new URL('../../plans/carpool-v2.yaml', import.meta.url), 'utf8');
export const carpool = () => loadPlan(carpoolText, 'carpool.yaml').plan;

/** The carpool plan with one change. A missing original would test nothing, so it is an error. */
export function changed(original: string, replacement: string): string {
  if (!carpoolText.includes(original)) throw new Error(`The plan does not say: ${original}`);
  return carpoolText.replace(original, () => replacement);
}

/** What is said about a plan that cannot be used. */
export function refusal(text: string): PlanError {
  try {
    loadPlan(text, 'plan.yaml');
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error('The plan was accepted.');
}

/** Loads a text in which ^^ marks where a problem is expected, and says which place that is. */
export function refusalAt(marked: string): { readonly message: string; readonly place: string } {
  const before = marked.slice(0, marked.indexOf('^^')).split('\n');
  const place = `plan.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}:`;
  return { message: refusal(marked.replace('^^', '')).message, place };
}
