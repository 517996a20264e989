import { z } from 'zod';
import type { CandidateRequirement, Probe } from '../domain/plan.ts';
import { countStatements, probeParameters, sqlParameters } from '../domain/probe-sql.ts';
import { didYouMean } from './near-miss.ts';
import { duration, notA, range, someTime, yesOrNo } from './sentences.ts';
import { named, slug, strictObject, text } from './strict-object.ts';

const day = 86_400_000;
const columnOrPath = z
  .string()
  .regex(/^[A-Za-z_][\w.[\]*-]*$/, { error: 'a value is a column or a path, for example violations[*].count' });

/** One statement that mentions only these parameters. */
function sqlText(known: readonly string[], description: string) {
  return text(description).superRefine((sql, context) => {
    const statements = countStatements(sql);
    if (statements !== 1) context.addIssue({ code: 'custom', message: `is ${statements} statements: write exactly one, without ; in it` });
    for (const name of sqlParameters(sql).filter((parameter) => !known.includes(parameter))) {
      const possible = known.length === 0 ? 'no :parameters are given here' : didYouMean(name, known);
      context.addIssue({ code: 'custom', message: `:${name} is not known here; ${possible}` });
    }
  });
}

const timeout = someTime.default(10_000).meta({ description: 'How long the answer may take; machine time, so a scaled plan keeps it.' });
/** Not said: 0, and as long as two looks take, which the whole plan decides. */
const freshFor = someTime
  .default(0)
  .meta({ description: 'An older answer counts as unmeasured; twice the longest time between two looks if not said.' });
const settingKey = z.string().regex(/^[a-z_][a-z0-9_.]*$/, { error: 'a session setting is written as name or class.name' });

const sqlProbe = strictObject({
  sql: sqlText(probeParameters, 'One statement that answers one row. May mention :community, :since and :until.'),
  writes: yesOrNo.default(false).meta({ description: 'yes: it logs what it finds, so it may write.' }),
  timeout,
  lag: duration.default(0).meta({ description: 'Only what is older than this counts, so that late rows have arrived.' }),
  'fresh for': freshFor,
  session: z
    .record(settingKey, z.string())
    .default({})
    .meta({ description: 'Session settings for its transaction, such as request claims.' }),
}).transform(
  ({ sql, writes, timeout, lag, 'fresh for': freshMs, session }): Probe => ({
    kind: 'sql',
    sql: sql.trim(),
    writes,
    timeoutSeconds: timeout / 1000,
    lagMs: lag,
    freshMs,
    session,
    perCommunity: sqlParameters(sql).includes('community'),
  }),
);

const httpProbe = strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/[^\s]+$/, { error: 'write an address that begins with http:// or https://' })
    .meta({ description: 'Address that answers JSON. May mention :community, :since and :until.' }),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[^\r\n]*$/)).default({}),
  timeout,
  'fresh for': freshFor,
}).transform(
  ({ url, headers, timeout, 'fresh for': freshMs }): Probe => ({
    kind: 'http',
    url,
    headers,
    timeoutSeconds: timeout / 1000,
    freshMs,
    perCommunity: /:community\b/.test(url),
  }),
);

const humanProbe = strictObject({
  ask: text('Role of the person who answers.'),
  question: text('What that person is asked. May mention :community.'),
  'fresh for': someTime.default(day).meta({ description: 'An older answer counts as unmeasured; 24h if not said.' }),
}).transform(
  ({ ask, question, 'fresh for': freshMs }): Probe => ({
    kind: 'human',
    ask,
    question,
    freshMs,
    perCommunity: /:community\b/.test(question),
  }),
);

/** Questions to the product, its monitoring and its people. */
export const probesSchema = named(
  z.union([sqlProbe, httpProbe, humanProbe], {
    error: ({ input }) =>
      notA(
        {
          what: 'a probe',
          forms: ['{ sql: … }', '{ url: … }', '{ ask: <role>, question: … }'],
          example: '{ sql: select count(*) as count from open_errors }',
        },
        input,
      ),
  }),
  'Where answers come from, by name.',
);

/** Statements that mend something in the product. */
export const repairsSchema = named(
  sqlText([], 'One statement that mends something.'),
  'Statements that mend something, by name; an action runs one with "run <name>".',
).default({});

const requirement = z.union([yesOrNo.transform((mustBe) => ({ mustBe })), range], {
  error: ({ input }) =>
    notA(
      { what: 'a requirement', forms: ['yes', 'no', '<number> to <number>', '<percentage> to <percentage>'], example: '20 to 200' },
      input,
    ),
});

/** Who may join, best fit first. */
export const candidatesSchema = strictObject({
  sql: sqlText([], 'One row per community: its key as community, and the measures named below.'),
  'suited when': z.record(columnOrPath, requirement).default({}).meta({ description: 'What each measure must be.' }),
  never: z.array(slug('A community.')).default([]).meta({ description: 'Communities that no wave may pick.' }),
})
  .transform(({ sql, 'suited when': suited, never }) => ({
    sql,
    suitedWhen: Object.entries(suited).map(([measure, test]): CandidateRequirement => ({ measure, test })),
    never,
  }))
  .default({ sql: '', suitedWhen: [], never: [] })
  .meta({ description: 'Who may join a wave, and how the best fit is found.' });
