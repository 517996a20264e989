import type { z } from 'zod';
import type { Plan } from '../domain/plan.ts';
import { phaseNames } from '../domain/plan.ts';
import { checkPlan } from './check-plan.ts';
import { PlanError, type PlanPath, type Problem } from './plan-error.ts';
import { planHash } from './plan-hash.ts';
import { planSchema } from './plan-schema.ts';
import { readYaml } from './read-yaml.ts';
import { plainSentence } from './strict-object.ts';

/** More would help nobody, and finding the place of each costs time. */
const mostProblems = 200;

/** A plan that may be used, and the hash that names its exact content. */
export interface LoadedPlan {
  readonly plan: Plan;
  /** SHA-256 in hex; approvals are bound to it. */
  readonly hash: string;
}

/** Reads and checks a plan. Throws one PlanError that lists every problem with line, column and what to write instead. */
export function loadPlan(text: string, fileName: string): LoadedPlan {
  const source = readYaml(text, fileName);
  const refuse = (problems: readonly Problem[]) => new PlanError(fileName, problems.slice(0, mostProblems).map(source.locate));
  const outOfOrder = phasesOutOfOrder(source.value);
  const parsed = planSchema.safeParse(source.value, { error: plainSentence });
  if (!parsed.success) throw refuse([...outOfOrder, ...parsed.error.issues.flatMap((issue) => problemsOf(issue, []))]);
  const problems = [...outOfOrder, ...checkPlan(parsed.data)];
  if (problems.length > 0) throw refuse(problems);
  return { plan: parsed.data, hash: planHash(parsed.data) };
}

/** An issue's problems: one for each unknown key, and those of the likeliest form where several forms were possible. */
function problemsOf(issue: z.core.$ZodIssue, above: PlanPath): readonly Problem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    const sentences = issue.message.split('\n');
    return issue.keys.map((key, index) => ({ path: [...path, key], sentence: sentences[index] ?? issue.message, atKey: true }));
  }
  if (issue.code === 'invalid_key') return [{ path, sentence: issue.issues[0]?.message ?? issue.message, atKey: true }];
  if (issue.code !== 'invalid_union') return [{ path, sentence: issue.message }];
  const likeliest = likeliestForm(issue.errors) ?? (issue.message === saysNothing ? issue.errors[0] : undefined);
  return likeliest?.flatMap((inner) => problemsOf(inner, path)) ?? [{ path, sentence: issue.message }];
}

/** What zod says of several forms that have no sentence for all of them together; then the first form's own sentence helps. */
const saysNothing = 'Invalid input';

/** The form that was probably meant: one that fits as a whole but for something inside it, with the fewest problems; undefined when none fits at all. */
function likeliestForm(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const inside = forms.filter(
    (issues) => issues.length > 0 && issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return [...inside].sort((a, b) => weight(a) - weight(b))[0];
}

/** A key that does not belong, or one that is missing, says more against a form than a wrong value. */
function weight(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 3 * issue.keys.length : 1), 0);
}

/** Phases are a map, so that editors complete them, and yet have an order that readers rely on. */
function phasesOutOfOrder(value: unknown): readonly Problem[] {
  const phases = (value as { phases?: unknown } | null)?.phases;
  if (typeof phases !== 'object' || phases === null) return [];
  const known = Object.keys(phases).filter((name) => phaseNames.some((phase) => phase === name));
  const expected = phaseNames.filter((name) => known.includes(name));
  const wrong = known.find((name, index) => name !== expected[index]);
  if (wrong === undefined) return [];
  return [{ path: ['phases', wrong], atKey: true, sentence: `is out of order: the phases follow each other as ${phaseNames.join(', ')}` }];
}
