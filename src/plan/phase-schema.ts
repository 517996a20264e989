import { z } from 'zod';
import type { CadenceStep } from '../domain/cadence.ts';
import { type Audience, type DecisionRule, type OnboardingPlan, type Phase, phaseNames } from '../domain/plan.ts';
import { flagSetting } from './product-schema.ts';
import { missedAction, trigger } from './rule-sentences.ts';
import { duration, notA, someTime, timeOfDay } from './sentences.ts';
import { named, number, slug, strictObject, text, wholeNumber } from './strict-object.ts';

const audience = z.union(
  [
    z.enum(['nobody', 'everyone']).transform((kind): Audience => ({ kind })),
    strictObject({ communities: z.array(slug('A community.')).min(1, { error: 'is empty: name a community' }) }).transform(
      ({ communities }): Audience => ({ kind: 'communities', communities }),
    ),
    strictObject({
      waves: z
        .array(strictObject({ after: duration.meta({ description: 'Not before this long after the phase opened.' }), add: wholeNumber(1) }))
        .min(1, { error: 'is empty: write a wave, for example { after: 0d, add: 2 }' }),
    }).transform(({ waves }): Audience => ({ kind: 'waves', waves: waves.map(({ after, add }) => ({ afterMs: after, add })) })),
  ],
  {
    error: ({ input }) =>
      notA(
        {
          what: 'an audience',
          forms: ['nobody', 'everyone', '{ communities: [<slug>] }', '{ waves: [{ after: <duration>, add: <number> }] }'],
          example: '{ communities: [riverside] }',
        },
        input,
      ),
  },
);

const decision = z.union(
  [
    z.literal('automatically').transform((): DecisionRule => ({ kind: 'automatic', roles: [], people: 0 })),
    strictObject({ role: text('Role that decides.') }).transform(
      ({ role }): DecisionRule => ({ kind: 'people', roles: [role], people: 1 }),
    ),
    strictObject({
      roles: z.array(text('A role.')).min(1, { error: 'is empty: name a role' }),
      people: wholeNumber(1).meta({ description: 'How many different people must say go.' }),
    }).transform(({ roles, people }): DecisionRule => ({ kind: 'people', roles, people })),
  ],
  {
    error: ({ input }) =>
      notA(
        {
          what: 'a way to decide',
          forms: ['automatically', '{ role: <role> }', '{ roles: [<role>], people: <number> }'],
          example: '{ role: launch lead }',
        },
        input,
      ),
  },
);

const lookStep = strictObject({
  every: someTime,
  for: someTime.meta({ description: 'How long this step lasts.' }).exactOptional(),
  until: someTime.meta({ description: 'When this step ends, since opening.' }).exactOptional(),
});
const looks = {
  'look every': someTime.meta({ description: 'How often probes are asked.' }).exactOptional(),
  look: z
    .array(lookStep)
    .min(1, { error: 'is empty: write a step, for example { every: 15m }' })
    .meta({ description: 'How often probes are asked, in steps since opening; the last one goes on.' })
    .exactOptional(),
};
type Looks = { 'look every'?: number; look?: readonly { every: number; for?: number; until?: number }[] };

/** The steps of a cadence, each until when it lasts since opening. */
function cadenceOf(written: Looks, context: z.RefinementCtx): readonly CadenceStep[] {
  const refuse = (message: string, ...path: (string | number)[]) => context.addIssue({ code: 'custom', message, path });
  const { 'look every': every, look } = written;
  if ((every === undefined) === (look === undefined))
    refuse('says how often to look once: write look every, or look with steps; for example look every: 15m');
  let begin = 0;
  return (look ?? [{ every: every ?? 1 }]).map((step, index, all): CadenceStep => {
    const last = index === all.length - 1;
    const ends = step.for === undefined ? step.until : begin + step.for;
    if (step.for !== undefined && step.until !== undefined) refuse('ends once: write for, or until', 'look', index);
    if (last && ends !== undefined) refuse('the last step goes on: leave out for and until', 'look', index);
    if (!last && ends === undefined) refuse('only the last step goes on: write for or until', 'look', index);
    if (ends !== undefined && ends <= begin) refuse('ends before it begins: steps follow each other', 'look', index);
    begin = ends ?? begin;
    return { everyMs: step.every, untilMs: ends ?? null };
  });
}

const actions = z.union(
  [missedAction.transform((one) => [one]), z.array(missedAction).min(1, { error: 'is empty: write hold at least' })],
  // Any other wrong sentence is told which actions are possible.
  {
    error: ({ input }) =>
      input === undefined ? 'is missing: what to do when the criterion is missed, for example if not: hold' : undefined,
  },
);

const passesWhen = named(
  strictObject({
    for: someTime.meta({ description: 'Healthy time that must have been observed.' }).exactOptional(),
    since: z.enum(phaseNames).meta({ description: 'Phase from whose opening healthy time counts.' }).exactOptional(),
    'on unhealthy': z
      .enum(['reset', 'suspend'])
      .default('reset')
      .meta({ description: 'What an unhealthy reading does to the healthy time observed so far.' }),
    'if not': actions.meta({ description: 'What to do when it is missed: one action or a list.' }),
  }).transform(({ for: soakMs = 0, since, 'on unhealthy': onUnhealthy, 'if not': ifNot }) => ({
    soakMs,
    ...(since && { since }),
    onUnhealthy,
    ifNot,
  })),
  'Criteria that must hold, each with what to do if not.',
);
const rollsBackWhen = z.array(trigger).default([]).meta({ description: 'What orders a rollback at once.' });

const eachCommunity = strictObject({
  ...looks,
  'tell the admin': text('Announcement to the admin of the community.').nullable().default(null),
  'check in after': someTime.meta({ description: 'When to talk with the admin, after the community opened.' }).exactOptional(),
  'passes when': passesWhen.default({}),
  'rolls back when': rollsBackWhen,
}).transform((written, context): OnboardingPlan => {
  const checkInAfterMs = written['check in after'];
  return {
    cadence: cadenceOf(written, context),
    tellAdmin: written['tell the admin'],
    ...(checkInAfterMs === undefined ? {} : { checkInAfterMs }),
    criteria: written['passes when'],
    rollsBackWhen: written['rolls back when'],
  };
});

const checklistItem = strictObject({
  item: text('What is done.'),
  owner: text('Role that ticks it.'),
  proof: z.literal('probes').meta({ description: 'probes: ticked once every probe has answered.' }).exactOptional(),
});
const names = z.array(text('Name of an announcement.')).default([]);

const phase = strictObject({
  audience: audience.meta({ description: 'Who has the features: nobody, everyone, named communities, or waves of the best candidates.' }),
  features: z.array(text('Name of a feature.')).default([]).meta({ description: 'Features that are on in this phase.' }),
  settings: z
    .record(flagSetting, number('the value in this phase'))
    .default({})
    .meta({ description: 'Values for flag.setting in this phase.' }),
  lasts: strictObject({ 'at least': duration.default(0), 'at most': someTime.exactOptional() }).meta({
    description: 'Minimum and maximum stay.',
  }),
  ...looks,
  'check in': strictObject({ at: z.array(timeOfDay).min(1, { error: 'is empty: write a time of day' }), with: z.array(text('A role.')) })
    .transform(({ at, with: roles }) => ({ atMs: at, with: roles }))
    .nullable()
    .default(null)
    .meta({ description: 'Conversations at these times of day.' }),
  checklist: z.array(checklistItem).default([]).meta({ description: 'What people tick before the gate opens.' }),
  'passes when': passesWhen,
  'rolls back when': rollsBackWhen,
  'each community': eachCommunity.nullable().default(null).meta({ description: 'How each community joins and is watched.' }),
  'decided by': decision.meta({ description: 'Who says go: automatically, a role, or several people.' }),
  announce: strictObject({ 'on opening': names, 'on passing': names })
    .default({ 'on opening': [], 'on passing': [] })
    .meta({ description: 'Announcements of this phase.' }),
}).transform((written, context): Omit<Phase, 'name'> => {
  const maximumStayMs = written.lasts['at most'];
  return {
    audience: written.audience,
    features: written.features,
    settings: written.settings,
    minimumStayMs: written.lasts['at least'],
    ...(maximumStayMs === undefined ? {} : { maximumStayMs }),
    cadence: cadenceOf(written, context),
    passesWhen: written['passes when'],
    rollsBackWhen: written['rolls back when'],
    checklist: written.checklist,
    checkIns: written['check in'],
    eachCommunity: written['each community'],
    decidedBy: written['decided by'],
    announce: { opening: written.announce['on opening'], passing: written.announce['on passing'] },
  };
});

/** The five phases, by name; every launch goes through all of them. */
export const phasesSchema = strictObject({
  'pre-launch': phase,
  internal: phase,
  pilot: phase,
  expansion: phase,
  'general-availability': phase,
})
  .meta({ description: 'The five phases, in their order.' })
  .transform((phases) => phaseNames.map((name): Phase => ({ name, ...phases[name] })));
