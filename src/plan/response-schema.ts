import { z } from 'zod';
import { reviewMetricsSchema } from './criterion-schema.ts';
import { duration, notA, someTime } from './sentences.ts';
import { named, strictObject, text } from './strict-object.ts';

const actions = ['roll back the launch', 'turn the feature off', 'investigate', 'next release'] as const;

/** Who takes part, by a short key with which they sign their commands. */
export const peopleSchema = named(
  strictObject({ name: text('Full name.'), role: text('launch lead, ops, support …') }),
  'Who takes part, by a short key.',
);

/** Texts with `{placeholders}`, and what each promises. */
export const announcementsSchema = named(
  strictObject({
    to: z.array(text('internal, users, or a role.')).min(1, { error: 'is empty: say who is told' }),
    says: text('Text with {placeholders}.'),
    promises: named(someTime, 'What it commits to, and by when.').default({}),
  }).transform(({ to, says, promises }) => ({
    to,
    says,
    promises: Object.entries(promises).map(([what, withinMs]) => ({ what, withinMs })),
  })),
  'Texts, by name.',
).default({});

const row = strictObject({
  name: text('What people call it.'),
  examples: z.array(text('An example.')).default([]),
  'respond within': z
    .union([z.literal('next business day'), duration], {
      error: ({ input }) => notA({ what: 'a time to respond', forms: ['a duration', 'next business day'], example: '15m' }, input),
    })
    .meta({ description: 'How soon somebody acts; 0m: at once.' }),
  action: z.enum(actions).meta({ description: 'What is done about it.' }),
  announce: z.array(text('Name of an announcement.')).default([]).meta({ description: 'Announcements when one is opened.' }),
}).transform(({ name, examples, 'respond within': within, action, announce }) => ({
  name,
  examples,
  respond: within === 'next business day' ? within : { withinMs: within },
  action,
  announce,
}));

/** What each severity demands. */
export const decisionMatrixSchema = strictObject({ P0: row, P1: row, P2: row, P3: row }).meta({
  description: 'What each severity demands.',
});

/** Deadlines after a P0 is reported. */
export const incidentProcedureSchema = strictObject({
  'assess for': duration
    .default(0)
    .meta({ description: 'How long people may downgrade a P0 before it rolls back by itself; 0m: at once.' }),
  steps: z
    .array(
      strictObject({
        step: text('What is done.'),
        within: someTime,
        owner: text('Role that does it.'),
        proof: z
          .enum(['announcement', 'rollback', 'verification'])
          .meta({ description: 'Done by the launch itself, once the announcements are out, the features are off, or that is proven.' })
          .exactOptional(),
      }).transform(({ within, ...step }) => ({ ...step, withinMs: within })),
    )
    .min(1, { error: 'is empty: write the steps after a P0' }),
})
  .transform(({ 'assess for': assessMs, steps }) => ({ assessMs, steps }))
  .meta({ description: 'Deadlines after a P0 is reported.' });

/** What follows a rollback. */
export const rollbackSchema = strictObject({
  verify: z
    .array(text('Name of a criterion.'))
    .min(1, { error: 'is empty: name a criterion that must hold before a rollback counts as done' })
    .meta({ description: 'Criteria that are probed before a rollback counts as done.' }),
  'done within': someTime
    .default(600_000)
    .meta({ description: 'How long a rollback may take until it is proven; people are paged after that.' }),
  announce: z.array(text('Name of an announcement.')).default([]).meta({ description: 'Announcements after a rollback.' }),
})
  .transform(({ verify, 'done within': doneWithinMs, announce }) => ({ verify, doneWithinMs, announce }))
  .meta({ description: 'What follows a rollback.' });

/** What is looked at, asked and done when the launch is over. */
export const reviewSchema = strictObject({
  after: someTime.meta({ description: 'When, since the internal phase opened.' }),
  metrics: reviewMetricsSchema,
  questions: z.array(text('A question.')).default([]),
  'follow ups': z.array(text('Something to do.')).default([]),
})
  .transform(({ after, metrics, questions, 'follow ups': followUps }) => ({ afterMs: after, metrics, questions, followUps }))
  .meta({ description: 'The review: metrics against targets, questions, follow-ups.' });
