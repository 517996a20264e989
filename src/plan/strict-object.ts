import { z } from 'zod';
import { didYouMean } from './near-miss.ts';
import { quote } from './sentences.ts';

/** Names that people chose: of features, probes, criteria and so on. Letters that only look like others are refused. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9 _.()'-]{0,79}$/;

/** A map with these keys and no others; an unknown key is told which one was probably meant, one line of the message for each key. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const known = Object.keys(shape);
      return issue.keys.map((key) => `is not known here; ${didYouMean(key, known)}`).join('\n');
    },
  });
}

/** A map from names to values; the description helps editors. */
export function named<Value extends z.ZodType>(value: Value, description: string) {
  const name = z
    .string()
    .regex(namePattern, { error: ({ input }) => `${quote(input)} is not a name: write letters, digits, spaces, - _ .` });
  return z.record(name, value).meta({ description });
}

/** Free text that says something. */
export function text(description: string) {
  return z.string().trim().min(1, { error: 'is empty: write a text' }).meta({ description });
}

/** A text that must look like this, with the sentence for when it does not. */
export function pattern(regex: RegExp, rule: string) {
  return z.string().regex(regex, { error: ({ input }) => `${quote(input)} is not possible: ${rule}` });
}

/** Identifier of a launch or a community. */
export function slug(description: string) {
  return pattern(/^[a-z0-9][a-z0-9-]{0,62}$/, 'write small letters a to z, digits and -, for example carpool-v2').meta({ description });
}

/** A finite number; the sentence says which one is wanted. */
export function number(what: string) {
  return z.number({ error: ({ input }) => `${input === undefined ? 'is missing' : `${quote(input)} is not a number`}: write ${what}` });
}

/** A whole number, `least` or more. */
export function wholeNumber(least: number) {
  return number(`a whole number, ${least} or more`).refine((value) => Number.isSafeInteger(value) && value >= least, {
    error: ({ input }) => `${quote(input)} is not a whole number, ${least} or more`,
  });
}

/** What was wrong with a value whose schema has no sentence of its own. */
export function plainSentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is missing' : `${quote(issue.input)} is not ${wanted(issue.expected)}`;
  if (issue.code === 'invalid_value') {
    const possible = issue.values.map(String);
    return issue.input === undefined
      ? `is missing; write ${possible.join(' or ')}`
      : `${quote(issue.input)} is not possible; ${didYouMean(String(issue.input), possible)}`;
  }
  return undefined;
}

function wanted(expected: string): string {
  return (
    { string: 'a text', object: 'a map of keys', record: 'a map of names', array: 'a list [ … ]', number: 'a number' }[expected] ?? expected
  );
}
