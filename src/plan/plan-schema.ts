import { z } from 'zod';
import type { CadenceStep } from '../domain/cadence.ts';
import type { Criterion, CriterionTest, Phase, Plan, Probe } from '../domain/plan.ts';
import { criteriaSchema, errorRate } from './criterion-schema.ts';
import { phasesSchema } from './phase-schema.ts';
import { candidatesSchema, probesSchema, repairsSchema } from './probe-schema.ts';
import { featuresSchema, guardsSchema, productSchema } from './product-schema.ts';
import {
  announcementsSchema,
  decisionMatrixSchema,
  incidentProcedureSchema,
  peopleSchema,
  reviewSchema,
  rollbackSchema,
} from './response-schema.ts';
import { longestMs } from './sentences.ts';
import { slug, strictObject, text } from './strict-object.ts';

const dayMs = 86_400_000;

/** The YAML form of a plan; what comes out is complete but for references, which `checkPlan` looks at. */
export const planSchema = strictObject({
  softlaunch: z.literal(1, { error: 'write softlaunch: 1, the version of this form' }).meta({ description: 'Version of the plan’s form.' }),
  launch: slug('Identifier of the launch.'),
  title: text('What people call it.'),
  timezone: text('IANA zone in which times of day are meant.').refine(isTimezone, {
    error: 'is not a known zone: write for example Europe/Berlin',
  }),
  channel: text('Where people write to about the launch.').default('the launch channel'),
  people: peopleSchema,
  product: productSchema,
  features: featuresSchema,
  guards: guardsSchema,
  probes: probesSchema,
  criteria: criteriaSchema,
  repairs: repairsSchema,
  candidates: candidatesSchema,
  phases: phasesSchema,
  announcements: announcementsSchema,
  'decision matrix': decisionMatrixSchema,
  'incident procedure': incidentProcedureSchema,
  rollback: rollbackSchema,
  review: reviewSchema,
})
  .meta({ title: 'softlaunch plan', description: 'What a team agreed on for the soft launch of a product.' })
  .transform(
    ({ softlaunch: _, 'decision matrix': decisionMatrix, 'incident procedure': incidentProcedure, ...rest }): Plan => ({
      ...rest,
      dayMs,
      probes: completeProbes(rest.probes, rest.phases),
      decisionMatrix,
      incidentProcedure,
      criteria: completeCriteria(rest.criteria, rest.probes, rest.phases),
    }),
  );

type WrittenCriteria = Readonly<Record<string, { readonly probe: string; readonly path: string; readonly test: CriterionTest }>>;

/** A gap longer than two looks is unknown, so that is how long an answer counts when the plan does not say; a person's counts until asked anew. */
function completeProbes(probes: Plan['probes'], phases: readonly Phase[]): Record<string, Probe> {
  const own = longestInterval(phases.map(({ cadence }) => cadence));
  const each = longestInterval(phases.flatMap(({ eachCommunity }) => (eachCommunity ? [eachCommunity.cadence] : [])));
  const usual = (probe: Probe) => (probe.kind === 'human' ? longestMs : 2 * (probe.perCommunity ? each : own));
  const complete = (probe: Probe): Probe => ({ ...probe, freshMs: probe.freshMs || usual(probe) });
  return Object.fromEntries(Object.entries(probes).map(([name, probe]) => [name, complete(probe)]));
}

function longestInterval(cadences: readonly (readonly CadenceStep[])[]): number {
  return Math.max(1, ...cadences.flat().map(({ everyMs }) => everyMs));
}

/** Says of each criterion whether it is asked per community, and shares the error rate among the rates that can roll back by themselves. */
function completeCriteria(written: WrittenCriteria, probes: Plan['probes'], phases: readonly Phase[]): Record<string, Criterion> {
  const alpha = sharedErrorRate(written, phases);
  const complete = ([name, { probe, path, test }]: [string, WrittenCriteria[string]]): [string, Criterion] => {
    const perCommunity = Object.hasOwn(probes, probe) && probes[probe]?.perCommunity === true;
    const rollsBack = test.kind === 'rate' && canRollBack(name, phases);
    return [name, { probe, path, perCommunity, test: rollsBack ? { ...test, alpha } : test }];
  };
  return Object.fromEntries(Object.entries(written).map(complete));
}

/** The plan's error rate over every rate that can roll back and every community that is planned. Source: statistics of many looks, communities and metrics. */
function sharedErrorRate(criteria: WrittenCriteria, phases: readonly Phase[]): number {
  const rates = Object.entries(criteria).filter(([name, { test }]) => test.kind === 'rate' && canRollBack(name, phases)).length;
  return errorRate / (Math.max(rates, 1) * Math.max(plannedCommunities(phases), 1));
}

/** Whether missing this criterion can turn something off without a person. */
function canRollBack(criterion: string, phases: readonly Phase[]): boolean {
  return phases.some(({ passesWhen, rollsBackWhen, eachCommunity }) => {
    const triggers = [...rollsBackWhen, ...(eachCommunity?.rollsBackWhen ?? [])];
    const rules = [passesWhen, eachCommunity?.criteria ?? {}].flatMap((gate) => (Object.hasOwn(gate, criterion) ? [gate[criterion]] : []));
    return (
      triggers.some((trigger) => trigger.kind === 'missed' && trigger.criterion === criterion) ||
      rules.some((rule) => rule?.ifNot.some(({ kind }) => kind === 'roll back'))
    );
  });
}

/** Communities that are named, and those that waves will add. */
export function plannedCommunities(phases: readonly Phase[]): number {
  return phases.reduce((sum, { audience }) => {
    if (audience.kind === 'communities') return sum + audience.communities.length;
    return audience.kind === 'waves' ? sum + audience.waves.reduce((added, { add }) => added + add, 0) : sum;
  }, 0);
}

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
