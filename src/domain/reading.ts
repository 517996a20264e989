import { type Found, valuesAt } from './answer-path.ts';
import { isPrometheusAnswer, prometheusFault, prometheusValue } from './prometheus-answer.ts';

/** What a criterion may ask of an answer: yes or no, how many, how long ago in seconds, or successes of trials. */
export type ValueKind = 'boolean' | 'count' | 'age' | 'rate';

/** One value that some criterion needs of an answer, and where it lies in it. A rate's path leads to what holds `successes` and `trials`. */
export interface Want {
  readonly path: string;
  readonly kind: ValueKind;
}

/** How many of how many: whole numbers, 0 <= successes <= trials. */
export interface Counts {
  readonly successes: number;
  readonly trials: number;
}

/** A declared number, or a boolean. Several booleans read by one `[*]` are kept as how many of them are true. */
export type Value = number | boolean | Counts;

/** What crosses from a probe into the launch, by path: declared numbers and booleans, never rows, texts or people. */
export type Answer = Readonly<Record<string, Value>>;

/** What a raw answer means for the values wanted. `gaps` says for each path without a usable value why; absent when there are none. */
export type Interpretation =
  | { readonly status: 'measured'; readonly answer: Answer; readonly gaps?: Readonly<Record<string, string>> }
  | { readonly status: 'unmeasured'; readonly reason: string };

/** One answer of a probe at one logical time (epoch milliseconds), or why there was none. */
export type Reading = Interpretation & { readonly probe: string; readonly scope: string; readonly at: number };

/** What a probe's driver hands over: rows or JSON as they came, or a sentence about why nothing came. */
export type RawAnswer = { readonly answered: true; readonly raw: unknown } | { readonly answered: false; readonly reason: string };

/** The look that an answer belongs to. Answers that carry their own time are unmeasured when older than `freshMs` at `at`. */
export interface Look {
  readonly at: number;
  readonly freshMs: number;
}

/** The reading that a raw answer amounts to. */
export function readingOf(
  raw: RawAnswer,
  wants: readonly Want[],
  { probe, scope, at, freshMs }: Look & { readonly probe: string; readonly scope: string },
): Reading {
  const meant = raw.answered ? interpretAnswer(wants, raw.raw, { at, freshMs }) : unmeasured(raw.reason);
  return { probe, scope, at, ...meant };
}

/** The half-open window `[since, until)` a probe is asked about at a look; rows younger than the lag may not have arrived. */
export function windowOf(
  probe: { readonly lagMs: number },
  { since, at }: { readonly since: number; readonly at: number },
): { readonly since: number; readonly until: number } {
  return { since, until: Math.max(since, at - probe.lagMs) };
}

/**
 * What rows or JSON mean for the values wanted of them. What is not exactly a value of its kind is a gap with a reason, and an answer without any
 * value is unmeasured: nothing unknown is ever good. One bad value does not hide the others, for a miss must show. Reasons never repeat the answer's
 * texts, which may be personal. An array is rows, and must be one, unless every path says otherwise by beginning with `[`.
 */
export function interpretAnswer(wants: readonly Want[], raw: unknown, look?: Look): Interpretation {
  const read = wants.map((want) => ({ path: want.path, value: readValue(want, raw, look) }));
  const gaps = read.flatMap(({ path, value }) => (typeof value === 'string' ? [[path, value] as const] : []));
  const answer = Object.fromEntries(read.flatMap(({ path, value }) => (typeof value === 'string' ? [] : [[path, value] as const])));
  const refused = new Map(gaps);
  for (const path of refused.keys()) delete answer[path];
  if (Object.keys(answer).length === 0) return unmeasured([...new Set(refused.values())].join(' ') || 'Nothing was asked of the answer.');
  return { status: 'measured', answer, ...(refused.size > 0 && { gaps: Object.fromEntries(refused) }) };
}

function unmeasured(reason: string): { readonly status: 'unmeasured'; readonly reason: string } {
  return { status: 'unmeasured', reason };
}

/** The value, or a sentence about why there is none. */
function readValue({ path, kind }: Want, raw: unknown, look: Look | undefined): Value | string {
  const whole = path.startsWith('[') ? raw : onlyRow(raw);
  if (typeof whole === 'string') return whole;
  const prometheus = isPrometheusAnswer(whole);
  const fault = prometheus ? prometheusFault(whole, path, look) : undefined;
  if (fault !== undefined) return fault;
  const found = valuesAt(whole, path);
  if ('fault' in found) return found.fault;
  const values = prometheus ? found.values.map((value) => prometheusValue(value, kind)) : found.values;
  return combine(kind, { ...found, values }, nameOf(path));
}

function onlyRow(raw: unknown): unknown {
  if (!Array.isArray(raw)) return typeof raw === 'string' ? 'The answer is a bare text.' : raw;
  if (raw.length === 0) return 'The answer has no row.';
  if (raw.length > 1) return 'The answer has more than one row.';
  return typeof raw[0] === 'string' ? 'The answer is a bare text.' : raw[0];
}

/** One value of what a path led to. Only a count may come of nothing: an empty list of violations has none. */
function combine(kind: ValueKind, { values, many }: Found, name: string): Value | string {
  if (kind !== 'count' && values.length === 0) return `${name} is an empty list, which says nothing.`;
  const fault = values.map((value) => faultOf(kind, value, name)).find((text) => text !== undefined);
  if (fault !== undefined) return fault;
  switch (kind) {
    case 'boolean':
      return many ? { successes: values.filter((value) => value === true).length, trials: values.length } : values[0] === true;
    case 'count':
      return checkedSum(values as number[], name);
    case 'age':
      return Math.max(...(values as number[]));
    case 'rate':
      return checkedCounts(values as Counts[], name);
    default:
      return kind satisfies never;
  }
}

function checkedCounts(values: readonly Counts[], name: string): Counts | string {
  const successes = checkedSum(
    values.map((value) => value.successes),
    name,
  );
  const trials = checkedSum(
    values.map((value) => value.trials),
    name,
  );
  if (typeof successes === 'string') return successes;
  return typeof trials === 'string' ? trials : { successes, trials };
}

function checkedSum(values: readonly number[], name: string): number | string {
  // Adding 0 also makes a plain zero of -0.
  const sum = values.reduce((total, value) => total + value, 0);
  return Number.isSafeInteger(sum) ? sum : `${name} adds up to more than can be counted exactly.`;
}

function faultOf(kind: ValueKind, value: unknown, name: string): string | undefined {
  if (kind === 'boolean') return typeof value === 'boolean' ? undefined : `${name} is ${typeName(value)} where true or false belongs.`;
  if (kind === 'rate') return rateFault(value, name);
  return kind === 'count' ? countFault(value, name) : ageFault(value, name);
}

function rateFault(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `${name} is ${typeName(value)} where successes and trials belong.`;
  const { successes, trials } = value as Record<string, unknown>;
  const fault = countFault(successes, 'successes') ?? countFault(trials, 'trials');
  if (fault !== undefined) return fault;
  return (successes as number) > (trials as number) ? `There are more successes (${successes}) than trials (${trials}).` : undefined;
}

function countFault(value: unknown, name: string): string | undefined {
  const fault = ageFault(value, name);
  if (fault !== undefined) return fault;
  return Number.isSafeInteger(value) ? undefined : `${name} is ${value}, not a whole number that can be counted exactly.`;
}

function ageFault(value: unknown, name: string): string | undefined {
  if (typeof value !== 'number') return `${name} is ${typeName(value)} where a number belongs.`;
  if (!Number.isFinite(value)) return `${name} is ${value}, which is no number to judge by.`;
  return value < 0 ? `${name} is ${value}, below zero.` : undefined;
}

function nameOf(path: string): string {
  return path === '' ? 'The answer' : path;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
