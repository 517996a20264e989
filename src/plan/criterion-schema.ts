import { z } from 'zod';
import type { ReviewMetric } from '../domain/plan.ts';
import { share, someTime, trials, yesOrNo } from './sentences.ts';
import { named, number, strictObject, text } from './strict-object.ts';

/** Error rate of one test before it is shared, and of tests that roll nothing back. */
export const errorRate = 0.05;

const testShape = {
  'must be': yesOrNo.meta({ description: 'A yes or no that must be so.' }).exactOptional(),
  'at least': number('the smallest count that is good').meta({ description: 'Smallest count that is good.' }).exactOptional(),
  'at most': number('the largest count that is good').meta({ description: 'Largest count that is good.' }).exactOptional(),
  'no older than': someTime.meta({ description: 'Largest age (the probe answers seconds) that is good.' }).exactOptional(),
  'rate at least': share.meta({ description: 'Smallest share of successes of trials that is good.' }).exactOptional(),
  from: trials.meta({ description: 'Fewest trials from which a rate says anything.' }).exactOptional(),
  certainty: z
    .enum(['not breached', 'demonstrated'])
    .meta({ description: 'not breached: no evidence against it. demonstrated: shown by an exact bound.' })
    .exactOptional(),
};
const value = z
  .string()
  .regex(/^[A-Za-z_][\w.[\]*-]*$/, { error: 'a value is a column or a path, for example violations[*].count' })
  .meta({ description: 'Column or path of the value in the answer; a rate takes successes and trials.' })
  .exactOptional();

interface WrittenTest {
  'must be'?: boolean;
  'at least'?: number;
  'at most'?: number;
  'no older than'?: number;
  'rate at least'?: number;
  from?: number;
  certainty?: 'not breached' | 'demonstrated';
}

/** A criterion as written, before it is known which probes ask each community and which error rate is left for it. */
export const criteriaSchema = named(
  strictObject({ probe: text('Name of the probe that is judged.'), value, ...testShape }).transform((written, context) => {
    const test = testOf(written, context);
    if (test.kind !== 'rate' && written.value === undefined) misplaced(context, [], 'is missing: value, the column or path that is judged');
    return { probe: written.probe, path: written.value ?? '', test };
  }),
  'What must hold, by name: a probe’s value and its target.',
);

const source = {
  probe: text('Name of the probe.').exactOptional(),
  value,
  'healthy share of': text('A criterion: its healthy time as a share of all time.').exactOptional(),
  journal: z.enum(['rollbacks', 'complaints']).meta({ description: 'What the journal counts.' }).exactOptional(),
};

/** What the review measures, in the order in which it shows it. */
export const reviewMetricsSchema = named(
  strictObject({ ...source, ...testShape }).transform((written, context) => ({
    source: sourceOf(written, context),
    test: testOf(written, context),
  })),
  'What the review measures, by name, with its target.',
).transform((metrics) => Object.entries(metrics).map(([metric, rest]): ReviewMetric => ({ metric, ...rest })));

type Written = { probe?: string; value?: string; 'healthy share of'?: string; journal?: 'rollbacks' | 'complaints' };

function sourceOf(written: Written, context: z.RefinementCtx): ReviewMetric['source'] {
  const { probe, value, 'healthy share of': criterion, journal } = written;
  const named = [probe, criterion, journal].filter((given) => given !== undefined);
  if (named.length !== 1) misplaced(context, [], 'a metric has one source: write either probe, or healthy share of, or journal');
  if (probe === undefined && value !== undefined) misplaced(context, ['value'], 'only a probe has a value: leave it out');
  if (criterion !== undefined) return { kind: 'healthy share', criterion };
  return journal === undefined ? { kind: 'probe', probe: probe ?? '', path: value ?? '' } : { kind: 'journal', count: journal };
}

/** One test from the keys that were written; the keys of two different tests contradict each other. */
function testOf(written: WrittenTest, context: z.RefinementCtx) {
  const given = testKinds(written);
  if (given.length !== 1) {
    const found = given.length === 0 ? 'has no target' : `has ${given.length} targets`;
    misplaced(context, [], `${found}: write one of must be, at least/at most, no older than, rate at least; for example at most: 0`);
  }
  if (written['rate at least'] === undefined) {
    if (written.from !== undefined) misplaced(context, ['from'], 'only a rate counts trials: leave it out, or write rate at least');
    if (written.certainty !== undefined)
      misplaced(context, ['certainty'], 'only a rate has a certainty: leave it out, or write rate at least');
  } else if (written.from === undefined)
    misplaced(context, [], 'is missing: from, the fewest trials a rate is judged on, for example from: 60 trials');
  return testWritten(written, context);
}

function testKinds(written: WrittenTest): readonly string[] {
  const counts = written['at least'] !== undefined || written['at most'] !== undefined ? ['count'] : [];
  return [...counts, ...(['must be', 'no older than', 'rate at least'] as const).filter((key) => written[key] !== undefined)];
}

function testWritten(written: WrittenTest, context: z.RefinementCtx) {
  const { 'must be': mustBe, 'at least': atLeast, 'at most': atMost, 'no older than': atMostMs, 'rate at least': rate } = written;
  if (mustBe !== undefined) return { kind: 'boolean' as const, mustBe };
  if (atMostMs !== undefined) return { kind: 'age' as const, atMostMs };
  if (rate !== undefined) {
    if (rate === 0) misplaced(context, ['rate at least'], '0% is always reached: write a target above it');
    return {
      kind: 'rate' as const,
      atLeast: rate,
      fromTrials: written.from ?? 1,
      certainty: written.certainty ?? ('not breached' as const),
      alpha: errorRate,
    };
  }
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost)
    misplaced(context, ['at least'], `${atLeast} is above at most: ${atMost}`);
  return { kind: 'count' as const, ...(atLeast === undefined ? {} : { atLeast }), ...(atMost === undefined ? {} : { atMost }) };
}

function misplaced(context: z.RefinementCtx, path: string[], message: string): void {
  context.addIssue({ code: 'custom', message, path });
}
