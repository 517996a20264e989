import { didYouMean } from './near-miss.ts';
import type { PlanPath, Problem } from './plan-error.ts';

/** A name, where it stands, and the map it should be in. */
export interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly path: PlanPath;
  readonly atKey?: boolean;
}

/** A problem when the name is not among those that are defined. */
export function checkReference(
  { kind, name, path, atKey = false }: Reference,
  defined: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  if (Object.hasOwn(defined, name)) return [];
  return [{ path, atKey, sentence: `"${name}" is no ${kind} of this plan; ${didYouMean(name, Object.keys(defined))}` }];
}
