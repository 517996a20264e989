import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';

/** A small language of its own: what it says, how it may be written, and what a text in it means (undefined: it is not in the language). */
export interface Grammar<Meaning> {
  /** With its article: "a duration". */
  readonly what: string;
  readonly forms: readonly string[];
  readonly example: string;
  readonly parse: (text: string) => Meaning | undefined;
}

/** No duration of a plan is longer. */
export const longestMs = 3650 * 86_400_000;
const percentage = String.raw`\d+(?:\.\d+)?`;

/** A schema for one sentence; a wrong one is told what was written, which forms are possible, and an example. */
export function sentence<Meaning>(grammar: Grammar<Meaning>) {
  const { what, forms, example, parse } = grammar;
  return z
    .string({ error: ({ input }) => notA(grammar, input) })
    .meta({ description: `${upper(what)}: ${forms.join(' | ')}`, examples: [example] })
    .transform((text, context): Meaning => {
      const meaning = parse(text.trim());
      if (meaning !== undefined) return meaning;
      context.addIssue({ code: 'custom', message: notA(grammar, text) });
      return z.NEVER;
    });
}

/** Milliseconds, 0 or more. */
export const duration = sentence({
  what: 'a duration',
  forms: ['a number with ms, s, m, h or d'],
  example: '15m',
  parse: durationUpTo10Years,
});

/** Milliseconds, above 0. */
export const someTime = sentence({
  what: 'a duration above 0',
  forms: ['a number with ms, s, m, h or d'],
  example: '15m',
  parse: (text) => durationUpTo10Years(text) || undefined,
});

/** 0–1, of 0 % to 100 %. */
export const share = sentence({
  what: 'a percentage',
  forms: ['a number from 0 to 100 with %'],
  example: '95%',
  parse: (text) => {
    const written = new RegExp(`^(${percentage}) ?%$`).exec(text);
    const value = written ? Number(`${written[1]}e-2`) : Number.NaN;
    return value <= 1 ? value : undefined;
  },
});

/** Both ends belong to the range; percentages become shares. */
export const range = sentence({
  what: 'a range',
  forms: ['<number> to <number>', '<percentage> to <percentage>'],
  example: '20 to 200',
  parse: (text) => {
    const written = new RegExp(`^(-?${percentage})(%?) to (-?${percentage})(%?)$`).exec(text);
    if (!written || written[2] !== written[4]) return undefined;
    const unit = written[2] === '%' ? 'e-2' : '';
    const [from, to] = [Number(written[1] + unit), Number(written[3] + unit)];
    return from <= to ? { from, to } : undefined;
  },
});

/** A whole number of trials, 1 or more. */
export const trials = sentence({
  what: 'a number of trials',
  forms: ['<whole number> trials', '1 trial'],
  example: '60 trials',
  parse: (text) => Number(/^([1-9]\d{0,8}) trials?$/.exec(text)?.[1] ?? Number.NaN) || undefined,
});

/** Milliseconds since midnight. */
export const timeOfDay = sentence({
  what: 'a time of day',
  forms: ['"HH:MM" from "00:00" to "23:59"'],
  example: '09:00',
  parse: (text) => {
    const written = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
    return written ? (Number(written[1]) * 60 + Number(written[2])) * 60_000 : undefined;
  },
});

/** `yes`, `on` and `true` are true. */
export const yesOrNo = z
  .union([z.boolean(), z.enum(['yes', 'no', 'on', 'off'])], {
    error: ({ input }) => notA({ what: 'a yes or no', forms: ['yes', 'no', 'on', 'off', 'true', 'false'], example: 'yes' }, input),
  })
  .transform((written) => written === true || written === 'yes' || written === 'on');

/** The sentence for something that is not in a grammar, or is not there at all. */
export function notA({ what, forms, example }: Pick<Grammar<unknown>, 'what' | 'forms' | 'example'>, written: unknown): string {
  const begin = written === undefined || written === null ? `is missing: ${what} is needed` : `${quote(written)} is not ${what}`;
  return `${begin}; write ${forms.join(', or ')}, for example: ${example}`;
}

/** What was written, short enough for one line. */
export function quote(written: unknown): string {
  if (typeof written === 'object' && written !== null) return Array.isArray(written) ? 'a list' : 'a map of keys';
  const text = String(written);
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

function durationUpTo10Years(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms <= longestMs ? ms : undefined;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
