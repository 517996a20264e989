import { valuesAt } from './answer-path.ts';
import type { CandidateRequirement, CandidateRule, Plan } from './plan.ts';

/** What a measure says of a community; undefined where it says nothing usable: missing, NULL, NaN, a text, a list. */
export type Measure = number | boolean | undefined;

/** One community as the plan's query describes it, with the measures that the plan names and no others. */
export interface CandidateRow {
  readonly community: string;
  readonly measures: Readonly<Record<string, Measure>>;
}

/** How a community stands against one requirement, and why as a sentence. `unknown` is as good as not met, and never the same. */
export interface CandidateReason {
  readonly measure: string;
  readonly verdict: 'met' | 'not met' | 'unknown';
  /** Absent when unknown. */
  readonly value?: number | boolean;
  readonly says: string;
}

/** Why a community is no choice for a wave: it is (or was) in the launch, people took it out, the plan names it for a phase, or says never. */
export type Standing = 'joined' | 'excluded' | 'named' | 'never';

export interface Candidate {
  readonly community: string;
  /** Every requirement of the plan is met. */
  readonly suited: boolean;
  /** A wave may pick it: suited, not in the launch, and nobody took it out. */
  readonly mayJoin: boolean;
  /** However well suited, it is no choice for a wave; absent when nothing stands against it. */
  readonly standing?: Standing;
  /** One for each requirement, in the plan's order. */
  readonly reasons: readonly CandidateReason[];
  /** How well it fits, 0–1: the mean over the requirements. A yes or no gives 1 or 0, a range 1 in its middle and 0 at its ends. */
  readonly score: number;
}

/** Who is no choice any more: communities that are or were in the launch, and those that people took out. */
export interface Taken {
  readonly joined: readonly string[];
  readonly excluded: readonly string[];
  /** Communities that the plan itself names for a phase: they join there. */
  readonly named?: readonly string[];
}

/**
 * Every community with what speaks for and against it, best choice first: those that may join, then those that are suited, by score, and at equal score by
 * name, so that the same rows in whatever order give the same ranking. What is not known of a community is never in its favour.
 * Source: Soft launch strategy, Phase 2, community selection criteria.
 */
export function rankCandidates(rule: CandidateRule, rows: readonly CandidateRow[], taken: Taken): readonly Candidate[] {
  const byCommunity = new Map<string, CandidateRow[]>();
  for (const row of rows) byCommunity.set(row.community, [...(byCommunity.get(row.community) ?? []), row]);
  const standings = standingsOf(rule, taken);
  return [...byCommunity].map(([community, those]) => judgeCandidate(rule, those, standings.get(community))).sort(bestFirst);
}

/** The communities that the plan names for its phases: they join there, and by no wave. */
export function communitiesNamed({ phases }: Pick<Plan, 'phases'>): readonly string[] {
  return phases.flatMap(({ audience }) => (audience.kind === 'communities' ? audience.communities : []));
}

/** Reads one row of the query; undefined when it names no community. */
export function candidateRowOf({ suitedWhen }: CandidateRule, row: unknown): CandidateRow | undefined {
  const community = singleValue(row, 'community');
  if (typeof community !== 'string' || community === '') return undefined;
  return { community, measures: Object.fromEntries(suitedWhen.map(({ measure }) => [measure, measureOf(singleValue(row, measure))])) };
}

/** Where several apply, the later ones are the more telling. */
function standingsOf({ never }: CandidateRule, { joined, excluded, named = [] }: Taken): ReadonlyMap<string, Standing> {
  const all = (communities: readonly string[], standing: Standing) => communities.map((community) => [community, standing] as const);
  return new Map([...all(named, 'named'), ...all(never, 'never'), ...all(excluded, 'excluded'), ...all(joined, 'joined')]);
}

function judgeCandidate({ suitedWhen }: CandidateRule, rows: readonly CandidateRow[], standing: Standing | undefined): Candidate {
  const { community = '', measures = {} } = rows[0] ?? {};
  // Of two rows about one community nobody knows which is right.
  const known = rows.length === 1 ? measures : {};
  const reasons = suitedWhen.map((requirement) => reasonFor(requirement, known[requirement.measure]));
  const several = {
    measure: 'community',
    verdict: 'unknown' as const,
    says: `There are ${rows.length} rows for it, and there must be one.`,
  };
  const suited = rows.length === 1 && reasons.every(({ verdict }) => verdict === 'met');
  const fits = suitedWhen.map((requirement) => fitOf(requirement, known[requirement.measure]));
  return {
    community,
    suited,
    mayJoin: suited && standing === undefined,
    ...(standing !== undefined && { standing }),
    reasons: rows.length === 1 ? reasons : [several, ...reasons],
    score: fits.length === 0 ? Number(suited) : fits.reduce((sum, one) => sum + one, 0) / fits.length,
  };
}

function reasonFor({ measure, test }: CandidateRequirement, value: Measure): CandidateReason {
  const unknown = (says: string): CandidateReason => ({ measure, verdict: 'unknown', says });
  if (value === undefined || Number.isNaN(value)) return unknown(`${measure} is not known, and must be ${wanted(test)}.`);
  if (typeof value !== ('mustBe' in test ? 'boolean' : 'number')) {
    return unknown(`${measure} is ${value}, which cannot be compared with ${wanted(test)}.`);
  }
  return {
    measure,
    verdict: holds(test, value) ? 'met' : 'not met',
    value,
    says: `${measure} is ${shown(value)}, and must be ${wanted(test)}.`,
  };
}

function holds(test: CandidateRequirement['test'], value: number | boolean): boolean {
  if ('mustBe' in test) return value === test.mustBe;
  return typeof value === 'number' && value >= test.from && value <= test.to;
}

/**
 * A range that begins at 0 asks for little (cancellations), so less fits better; in any other the middle is what is meant by neither too quiet nor
 * overwhelming.
 */
function fitOf({ test }: CandidateRequirement, value: Measure): number {
  if (value === undefined || !holds(test, value)) return 0;
  if ('mustBe' in test || typeof value !== 'number') return 1;
  const best = test.from === 0 ? 0 : (test.from + test.to) / 2;
  const reach = test.to - best;
  return reach > 0 ? Math.max(0, 1 - Math.abs(value - best) / reach) : 1;
}

function bestFirst(a: Candidate, b: Candidate): number {
  return (
    Number(b.mayJoin) - Number(a.mayJoin) ||
    Number(b.suited) - Number(a.suited) ||
    b.score - a.score ||
    (a.community < b.community ? -1 : 1)
  );
}

function wanted(test: CandidateRequirement['test']): string {
  return 'mustBe' in test ? shown(test.mustBe) : `${test.from} to ${test.to}`;
}

function shown(value: number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

function measureOf(value: unknown): Measure {
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? value : undefined;
}

function singleValue(row: unknown, path: string): unknown {
  const found = valuesAt(row, path);
  return 'fault' in found || found.many ? undefined : found.values[0];
}
