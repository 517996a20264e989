import { z } from 'zod';
import { severities } from '../domain/plan.ts';

/** `timestamptz`, which the driver reads as a date, in epoch milliseconds. */
const at = z.date().transform((date) => date.getTime());
/** `bigint`, which the driver reads as text. */
const count = z.coerce.number().int().nonnegative();
const names = z.array(z.string());
const reasons = z.array(z.object({ what: z.string(), why: z.string() }));

export const registeredRow = z.object({ launch: z.string(), fence: z.number(), startedAt: z.number(), repeated: z.boolean() });

export const launchRow = z.object({
  id: z.string(),
  planHash: z.string(),
  title: z.string(),
  workflowId: z.string(),
  startedAt: at,
  endedAt: at.nullable(),
  outcome: z.string().nullable(),
  fence: count,
});

export const planRow = z.object({ hash: z.string(), plan: z.record(z.string(), z.unknown()), source: z.string() });

export const claimRow = z.object({
  kind: z.enum(['flag', 'community', 'communities']),
  table: z.string(),
  key: z.string(),
  launch: z.string(),
  claimedAt: at,
});

const flagState = z.object({ on: z.boolean(), settings: z.unknown() });
const changedRow = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('flag'), key: z.string(), before: flagState, after: flagState }),
  z.object({ kind: z.literal('community'), key: z.string(), before: z.object({ in: z.boolean() }), after: z.object({ in: z.boolean() }) }),
]);

export const changeOutcomeRow = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('applied'),
    rows: z.array(changedRow),
    /** How many communities `communities` put in; absent in other changes. */
    opened: z.number().optional(),
    skipped: reasons,
    repeated: z.boolean(),
  }),
  z.object({
    outcome: z.literal('refused'),
    why: z.enum(['fence', 'turned off by hand', 'no such row', 'not unique', 'not owned', 'not eligible', 'no settings', 'ended']),
    says: z.string(),
    detail: z.unknown(),
    repeated: z.boolean(),
  }),
]);

const turnedBack = {
  turnedOff: names,
  alreadyOff: names,
  restored: names,
  leftOn: reasons,
  notRestored: reasons,
  stillOn: names,
  repeated: z.boolean(),
};

export const rollbackAnswerRow = z.object({ commandId: z.string(), scope: z.string(), fence: z.number(), ...turnedBack });

export const endAnswerRow = z.object({ ...turnedBack, outcome: z.string(), endedAt: z.number(), communitiesOut: z.number() });

export const rollbackRow = z.object({
  commandId: z.string(),
  scope: z.string(),
  fence: count,
  reason: z.string(),
  actor: z.string(),
  at,
  recordedAt: at,
  state: z.enum(['ordered', 'restored', 'stuck']),
  settledAt: at.nullable(),
  liftedAt: at.nullable(),
  answer: z.object({ ...rollbackAnswerRow.shape, repeated: z.boolean().default(false) }),
});

export const settledRow = z.object({ state: z.string(), repeated: z.boolean() });

export const driftRow = z.object({
  kind: z.enum(['flag', 'community']),
  key: z.string(),
  what: z.enum(['turned off by hand', 'turned on by hand', 'setting changed', 'row deleted', 'guard violated']),
  expected: z.unknown(),
  found: z.unknown(),
});

export const readBackRow = z.object({
  flags: z.array(z.object({ key: z.string(), on: z.boolean(), settings: z.unknown() })),
  communities: names,
  communitiesIn: z.number(),
});

export const appendedRow = z.object({ seq: z.number(), repeated: z.boolean() });

export const journalRow = z.object({
  seq: count,
  at,
  recordedAt: at,
  kind: z.string(),
  scope: z.string(),
  actor: z.string(),
  summary: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

const promise = z.object({ what: z.string(), dueAt: z.number() });

export const announcementRow = z.object({
  entryKey: z.string(),
  template: z.string(),
  audience: z.string(),
  community: z.string().nullable(),
  says: z.string(),
  at,
  promises: z.array(promise),
});

export const complaintRow = z.object({
  commandId: z.string(),
  reporter: z.string(),
  issue: z.string(),
  community: z.string().nullable(),
  severity: z.enum(severities),
  text: z.string(),
  at,
});

export const repeatedRow = z.object({ repeated: z.boolean() });
export const adoptedRow = z.object({ adopted: z.boolean(), repeated: z.boolean() });
