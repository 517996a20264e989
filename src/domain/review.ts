import type { Judgement } from './criterion.ts';
import type { JournalEntry } from './launch.ts';
import type { PhaseName, Plan } from './plan.ts';
import type { Reading, Want } from './reading.ts';
import {
  type CommunityReview,
  communitiesOf,
  type DecisionReview,
  decisionsOf,
  type IncidentReview,
  incidentsOf,
  type PhaseReview,
  phasesOf,
  type RollbackReview,
  rollbacksOf,
  type SettingReview,
  settingsOf,
  type TimelineEntry,
  timelineOf,
  type WaiverReview,
  waiversOf,
} from './review-history.ts';
import { judgeMetric, type MetricReview } from './review-metric.ts';
import { followUpsOf, questionsOf, type ReviewFollowUp, type ReviewQuestion } from './review-question.ts';
import type { SoakLedger } from './soak.ts';

/** One entry of the journal, as far as the review reads it. Instants are logical time in milliseconds since 1970. */
export interface ReviewEntry extends Required<JournalEntry> {
  readonly seq: number;
  readonly at: number;
}

/** Everything a review is written from. Nothing in it comes from memory or opinion. */
export interface ReviewEvidence {
  /** Until when the evidence counts: the review's own instant once it was taken, the launch's end, or now. */
  readonly at: number;
  readonly endedAt?: number;
  readonly outcome?: string;
  /** When the probes were asked for the review; absent: they were not, so what stands here is provisional. */
  readonly reviewedAt?: number;
  /** The whole journal, in order; what came after `at` too. */
  readonly journal: readonly ReviewEntry[];
  /** The first entry that is missing or not what was written; absent when the journal is whole. */
  readonly journalBrokenAt?: number;
  /** The review's own answers; before there are any, the latest of each probe and scope. */
  readonly answers: readonly Reading[];
  /** Every look at the probes that the metrics rest on, since the internal phase opened, in order. */
  readonly looks: readonly Reading[];
  readonly soaks: readonly { readonly scope: string; readonly criterion: string; readonly sinceKey: string; readonly ledger: SoakLedger }[];
  /** The latest of each criterion and scope. */
  readonly judgements: readonly Judgement[];
  readonly rollbacks: readonly RollbackEvidence[];
  readonly complaints: readonly { readonly issue: string; readonly reporter: string; readonly at: number }[];
}

export interface RollbackEvidence {
  readonly commandId: string;
  readonly scope: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: number;
  readonly state: 'ordered' | 'restored' | 'stuck';
  readonly settledAt: number | null;
  readonly liftedAt: number | null;
}

/** What a launch came to, for people who were not there. */
export interface Review {
  readonly launch: string;
  readonly title: string;
  readonly at: number;
  /** When the plan wants the review; absent while the internal phase has not opened. */
  readonly dueAt?: number;
  readonly standing: 'final' | 'provisional';
  /** Why it is provisional, or how final it is: a sentence. */
  readonly standingSays: string;
  readonly metrics: readonly MetricReview[];
  readonly waivers: readonly WaiverReview[];
  /** What this review cannot vouch for, a sentence each. */
  readonly doubts: readonly string[];
  readonly phases: readonly PhaseReview[];
  readonly decisions: readonly DecisionReview[];
  readonly communities: readonly CommunityReview[];
  readonly rollbacks: readonly RollbackReview[];
  readonly incidents: readonly IncidentReview[];
  readonly settings: readonly SettingReview[];
  readonly timeline: readonly TimelineEntry[];
  /** What happened after `at`, and is in no figure above. */
  readonly afterwards: readonly TimelineEntry[];
  readonly questions: readonly ReviewQuestion[];
  readonly followUps: readonly ReviewFollowUp[];
}

/** A review counts from here: T-0 of the strategy. */
export const reviewCountsFrom: PhaseName = 'internal';

/** What the probes are asked at the review: once, about the window from the first opening of `since` to that instant. */
export interface ReviewProbes {
  readonly since: PhaseName;
  /** By probe, of the launch as a whole. */
  readonly ofLaunch: Readonly<Record<string, readonly Want[]>>;
  /** By probe, of each open community; the metric takes their sum. */
  readonly ofCommunities: Readonly<Record<string, readonly Want[]>>;
}

/** What to ask for the metrics that rest on probes. People are not asked: their latest answer counts while it is fresh. */
export function reviewProbes(plan: Plan): ReviewProbes {
  const asked = plan.review.metrics.flatMap(({ source, test }) =>
    source.kind === 'probe' ? [{ probe: source.probe, want: { path: source.path, kind: test.kind } }] : [],
  );
  const wantsOf = (perCommunity: boolean) => {
    const names = [...new Set(asked.map(({ probe }) => probe))].filter(
      (name) => plan.probes[name]?.kind !== 'human' && plan.probes[name]?.perCommunity === perCommunity,
    );
    const wanted = (name: string) => asked.filter(({ probe }) => probe === name).map(({ want }) => want);
    const once = (wants: readonly Want[]) => wants.filter((want, index) => wants.findIndex(({ path }) => path === want.path) === index);
    return Object.fromEntries(names.map((name) => [name, once(wanted(name))]));
  };
  return { since: reviewCountsFrom, ofLaunch: wantsOf(false), ofCommunities: wantsOf(true) };
}

/** The journal's entry for the answers to `reviewProbes`: what the review judges from then on, whatever the probes would answer later. */
export function reviewEntry(readings: readonly Reading[], since: number): JournalEntry {
  const measured = readings.filter(({ status }) => status === 'measured').length;
  const summary = `The review is due: its probes were asked once more, with ${measured} of ${readings.length} answers.`;
  return { kind: 'review', scope: 'launch', actor: 'softlaunch', summary, detail: { since, readings } };
}

/**
 * Writes the review: metrics against targets, what was waived, what happened, and the facts that bear on the questions that people must answer. What was
 * not measured says so and is never met. Source: Soft launch strategy, Post-Launch Review.
 */
export function reviewLaunch(plan: Plan, evidence: ReviewEvidence): Review {
  const until = { ...evidence, journal: evidence.journal.filter(({ at }) => at <= evidence.at) };
  const phases = phasesOf(plan, until);
  const openedAt = phases.find(({ phase }) => phase === reviewCountsFrom)?.openedAt;
  const dueAt = openedAt === undefined ? undefined : openedAt + plan.review.afterMs;
  const history = {
    phases,
    decisions: decisionsOf(until.journal),
    waivers: waiversOf(plan, until),
    communities: communitiesOf(plan, until),
    rollbacks: rollbacksOf(until),
    incidents: incidentsOf(until.journal),
    settings: settingsOf(until.journal),
  };
  const metrics = plan.review.metrics.map((metric) =>
    judgeMetric(plan, metric, { evidence: until, phases, rollbacks: history.rollbacks, dueAt }),
  );
  const timeline = timelineOf(until);
  const found = { ...history, metrics, doubts: doubtsOf(until, metrics) };
  return {
    launch: plan.launch,
    title: plan.title,
    at: evidence.at,
    ...(dueAt !== undefined && { dueAt }),
    ...standingOf(evidence, dueAt),
    ...found,
    timeline,
    afterwards: timelineOf({ ...evidence, journal: evidence.journal.filter(({ at }) => at > evidence.at) }),
    questions: questionsOf(plan, until, found),
    followUps: followUpsOf(plan, found),
  };
}

function standingOf(
  { reviewedAt, endedAt, outcome }: ReviewEvidence,
  dueAt: number | undefined,
): Pick<Review, 'standing' | 'standingSays'> {
  if (reviewedAt !== undefined)
    return { standing: 'final', standingSays: 'The probes were asked for this review, and these are their answers.' };
  if (endedAt !== undefined) {
    const early = dueAt === undefined || endedAt < dueAt ? ' before its review was due' : '';
    return { standing: 'final', standingSays: `The launch ended as ${outcome ?? 'over'}${early}: its probes were not asked for a review.` };
  }
  const when = dueAt === undefined ? 'the internal phase has not opened yet' : 'the probes have not been asked for the review yet';
  return { standing: 'provisional', standingSays: `Provisional: ${when}, and every figure can still change.` };
}

function doubtsOf({ journalBrokenAt, looks }: ReviewEvidence, metrics: readonly MetricReview[]): readonly string[] {
  const broken =
    journalBrokenAt === undefined
      ? []
      : [`The journal is not what was written, from entry ${journalBrokenAt} on: whatever this review takes from it may be wrong.`];
  const blind = metrics.filter(({ verdict }) => verdict === 'unmeasured').map(({ metric }) => metric);
  const unmeasured = blind.length === 0 ? [] : [`Nobody knows: ${blind.join(', ')}.`];
  const failed = looks.filter(({ status }) => status === 'unmeasured').length;
  const gaps = failed === 0 ? [] : [`${failed} of ${looks.length} looks behind these metrics brought no answer.`];
  return [...broken, ...unmeasured, ...gaps];
}
