/** What a path led to: one value, or with `[*]` as many as its lists hold. */
export interface Found {
  readonly values: readonly unknown[];
  /** The path has a `[*]`. */
  readonly many: boolean;
}

type Step = { readonly field: string } | { readonly index: number } | { readonly every: true };

/**
 * The values at a path such as `healthy`, `counts.seats`, `violations[*].count` or `data.result[0].value[1]`; empty: the answer itself. A fault is a
 * sentence: nothing lies there, or something on the way carries an `error`, and then no value near it can be trusted.
 */
export function valuesAt(answer: unknown, path: string): Found | { readonly fault: string } {
  const steps = stepsOf(path);
  if (steps === undefined) return { fault: `${path} is not a path.` };
  let values: readonly unknown[] = [answer];
  for (const step of steps) {
    if (values.some(carriesError)) return { fault: 'The answer carries an error.' };
    const next = values.map((value) => take(value, step));
    if (next.some((taken) => taken === undefined)) return { fault: `The answer has nothing at ${path}.` };
    values = next.flatMap((taken) => taken ?? []);
  }
  if (values.some(carriesError)) return { fault: 'The answer carries an error.' };
  return { values, many: steps.some((step) => 'every' in step) };
}

/** The steps of a path; undefined when it is none. */
export function stepsOf(path: string): readonly Step[] | undefined {
  if (path === '') return [];
  if (!/^(?:[A-Za-z_][\w-]*|\[(?:\d{1,6}|\*)\])(?:\.[A-Za-z_][\w-]*|\[(?:\d{1,6}|\*)\])*$/.test(path)) return undefined;
  return [...path.matchAll(/([A-Za-z_][\w-]*)|\[(\d+|\*)\]/g)].map(([, field, index]) => {
    if (field !== undefined) return { field };
    return index === '*' ? { every: true } : { index: Number(index) };
  });
}

function take(value: unknown, step: Step): readonly unknown[] | undefined {
  if ('every' in step) return Array.isArray(value) ? value : undefined;
  if ('index' in step) return Array.isArray(value) && step.index < value.length ? [value[step.index]] : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step.field)) return undefined;
  return [(value as Record<string, unknown>)[step.field]];
}

/** An `error` or a filled `errors`, however it is written: what stands beside it may be left over from before. */
function carriesError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { error, errors } = value as Record<string, unknown>;
  const none = errors === undefined || errors === null || (Array.isArray(errors) && errors.length === 0);
  return (error !== undefined && error !== null) || !none;
}
