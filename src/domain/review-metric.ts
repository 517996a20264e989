import { cadenceAt } from './cadence.ts';
import { judgeCriterion, soakStateOf, type Verdict } from './criterion.ts';
import { formatDuration } from './duration.ts';
import type { Criterion, CriterionTest, Plan, ReviewMetric } from './plan.ts';
import type { Counts, Reading, Value } from './reading.ts';
import type { ReviewEvidence } from './review.ts';
import type { PhaseReview, RollbackReview } from './review-history.ts';
import { communityOf } from './rollback.ts';
import type { SoakState } from './soak.ts';

/** One metric against its target. */
export interface MetricReview {
  readonly metric: string;
  /** As people say it: `at most 4`, `at least 99.9 %`. */
  readonly target: string;
  /** As people say it; absent when it was not measured. */
  readonly value?: string;
  readonly verdict: Verdict;
  /** What the verdict rests on: sentences. */
  readonly evidence: string;
  /** Looks before the review that missed the target although it may be met now; 0 where that was not looked at. */
  readonly missedBefore: number;
}

/** What a metric is judged by. */
export interface MetricContext {
  readonly evidence: ReviewEvidence;
  readonly phases: readonly PhaseReview[];
  readonly rollbacks: readonly RollbackReview[];
  /** When the review is due; absent while the internal phase has not opened. */
  readonly dueAt: number | undefined;
}

type Judged = Omit<MetricReview, 'metric' | 'target'>;

/** Judges one metric of the plan. Source: Soft launch strategy, Post-Launch Review, Metrics to Review. */
export function judgeMetric(plan: Plan, metric: ReviewMetric, context: MetricContext): MetricReview {
  const { source } = metric;
  const judged = (): Judged => {
    switch (source.kind) {
      case 'probe':
        return judgeProbe(plan, { ...metric, source }, context);
      case 'healthy share':
        return judgeShare(plan, { ...metric, source }, context);
      case 'journal':
        return judgeJournal({ ...metric, source }, context);
      default:
        return source satisfies never;
    }
  };
  return { metric: metric.metric, target: targetText(metric.test), ...judged() };
}

type MetricOf<K> = ReviewMetric & { readonly source: Extract<ReviewMetric['source'], { readonly kind: K }> };

/** By what its probe answered for the review; what it answered at the looks before is told beside it, and changes no verdict. */
function judgeProbe(plan: Plan, metric: MetricOf<'probe'>, { evidence, dueAt }: MetricContext): Judged {
  const { probe, path } = metric.source;
  const criterion: Criterion = { probe, path, test: metric.test, perCommunity: false };
  const context = {
    name: metric.metric,
    scope: 'launch',
    at: evidence.at,
    freshMs: plan.probes[probe]?.freshMs ?? 0,
    declaredEndAt: evidence.reviewedAt === undefined && evidence.endedAt === undefined ? (dueAt ?? Number.POSITIVE_INFINITY) : undefined,
  };
  const answers = evidence.answers.filter((answer) => answer.probe === probe);
  const judgement = judgeCriterion(criterion, pooled(answers, criterion), context);
  const before = plan.probes[probe]?.perCommunity ? [] : earlierLooks(evidence, criterion);
  const missed = before.filter(({ verdict }) => verdict === 'missed');
  const history = missed.length === 0 ? '' : ` ${missed.length} of ${before.length} looks since the internal phase opened missed it.`;
  const asked = answers.length > 1 ? ` Of ${answers.length} communities together.` : '';
  const reason = answers.length === 0 ? notAsked(evidence) : judgement.reason;
  return {
    ...(judgement.value !== undefined && { value: valueText(judgement.value, metric.test) }),
    verdict: judgement.verdict,
    evidence: `${reason}${asked}${history}`,
    missedBefore: missed.length,
  };
}

function notAsked({ reviewedAt, endedAt }: ReviewEvidence): string {
  if (reviewedAt !== undefined) return 'Nobody answered for the review.';
  return endedAt === undefined
    ? 'It has not been asked yet; it is at the review.'
    : 'It was never asked: the launch ended before its review.';
}

/** A rate says nothing about one look; the other kinds are exact. */
function earlierLooks({ looks }: ReviewEvidence, criterion: Criterion) {
  if (criterion.test.kind === 'rate') return [];
  const own = looks.filter(({ probe, scope }) => probe === criterion.probe && scope === 'launch');
  // A criterion of the same probe may never have wanted this value.
  const wanted = own.filter((look) => look.status === 'measured' && Object.hasOwn(look.answer, criterion.path));
  return wanted.map((look) => judgeCriterion(criterion, look, { name: '', scope: look.scope, at: look.at, freshMs: 0 }));
}

/** The answers of several communities as one: one that is missing leaves the whole unmeasured, for a sum without it would be too good. */
function pooled(answers: readonly Reading[], { path, test }: Criterion): Reading | undefined {
  const [first] = answers;
  if (first === undefined || answers.length === 1) return first;
  const values: Value[] = [];
  for (const answer of answers) {
    const value = answer.status === 'measured' ? answer.answer[path] : undefined;
    if (value === undefined) {
      const reason = answer.status === 'measured' ? (answer.gaps?.[path] ?? 'its answer has no such value') : answer.reason;
      return {
        probe: first.probe,
        scope: 'launch',
        at: answer.at,
        status: 'unmeasured',
        reason: `${communityOf(answer.scope) ?? answer.scope}: ${reason}`,
      };
    }
    values.push(value);
  }
  const at = Math.min(...answers.map((answer) => answer.at));
  return { probe: first.probe, scope: 'launch', at, status: 'measured', answer: { [path]: values.reduce((a, b) => together(a, b, test)) } };
}

/** Counts add up, of ages the longest counts, and several booleans are kept as how many of them are true. */
function together(a: Value, b: Value, test: CriterionTest): Value {
  if (typeof a === 'number' && typeof b === 'number') return test.kind === 'age' ? Math.max(a, b) : a + b;
  const [one, other] = [countsOf(a), countsOf(b)];
  return { successes: one.successes + other.successes, trials: one.trials + other.trials };
}

function countsOf(value: Value): Counts {
  if (typeof value === 'object') return value;
  return { successes: Number(value), trials: 1 };
}

/**
 * The share of looks that were healthy, of all looks there should have been. Not a matter of chance: it is what happened. A look without an answer, and
 * one that nobody took, may have been either, so the target is met only if it is even with all of those unhealthy.
 */
function judgeShare(plan: Plan, { source, test }: MetricOf<'healthy share'>, context: MetricContext): Judged {
  const criterion = plan.criteria[source.criterion];
  if (criterion === undefined || test.kind !== 'rate') {
    return { verdict: 'unmeasured', evidence: `The plan asks for no share of "${source.criterion}".`, missedBefore: 0 };
  }
  const { healthy, unhealthy, unknown } = countLooks(plan, criterion, context);
  const [measured, all] = [healthy + unhealthy, healthy + unhealthy + unknown];
  if (measured === 0)
    return { verdict: 'unmeasured', evidence: `No look at "${source.criterion}" has brought an answer.`, missedBefore: 0 };
  const blind = unknown === 0 ? '' : `; ${unknown} more of ${all} brought no answer or were not taken`;
  const counted = `"${source.criterion}" was met at ${healthy} of ${measured} looks${blind}.`;
  const judged = (verdict: Verdict, why = ''): Judged => ({
    value: valueText({ successes: healthy, trials: measured }, test),
    verdict,
    evidence: `${counted}${why}`,
    missedBefore: unhealthy,
  });
  if (measured < test.fromTrials) return judged('inconclusive', ` At least ${test.fromTrials} looks are wanted.`);
  if (healthy / all >= test.atLeast) return judged('met');
  if ((healthy + unknown) / all < test.atLeast) return judged('missed');
  const range = `${percent(healthy / all)} to ${percent((healthy + unknown) / all)}`;
  return judged('inconclusive', ` Whatever those were, the share is from ${range}.`);
}

interface LookCounts {
  readonly healthy: number;
  readonly unhealthy: number;
  readonly unknown: number;
}

function countLooks(plan: Plan, criterion: Criterion, context: MetricContext): LookCounts {
  const own = context.evidence.looks.filter(({ probe }) => probe === criterion.probe);
  const scopes = [...new Set(own.map(({ scope }) => scope))].filter(
    (scope) => (communityOf(scope) !== undefined) === criterion.perCommunity,
  );
  const counts = { healthy: 0, unhealthy: 0, unknown: 0 };
  for (const scope of scopes) {
    const looks = own.filter((look) => look.scope === scope);
    for (const look of looks) counts[stateOf(criterion, look)] += 1;
    counts.unknown += missingLooks(plan, looks, context);
  }
  return counts;
}

function stateOf(criterion: Criterion, look: Reading): SoakState {
  return soakStateOf(judgeCriterion(criterion, look, { name: '', scope: look.scope, at: look.at, freshMs: 0 }));
}

/**
 * Looks that the cadence wanted and nobody took; a gap up to two looks long is only a late one. The launch's own looks count from the opening of the
 * internal phase to the end of the evidence, a community's between its first and its last.
 */
function missingLooks(plan: Plan, looks: readonly Reading[], { phases, evidence }: MetricContext): number {
  const ofCommunity = communityOf(looks[0]?.scope ?? '') !== undefined;
  const opened = phases.find(({ phase }) => phase === 'internal')?.openedAt;
  const instants = looks.map(({ at }) => at);
  const bounds = ofCommunity || opened === undefined ? instants : [opened, ...instants, evidence.at];
  let missing = 0;
  for (const [index, at] of bounds.slice(1).entries()) {
    const from = bounds[index] ?? at;
    const everyMs = everyAt(plan, phases, { at: from, ofCommunity, joinedAt: bounds[0] ?? from });
    if (everyMs === undefined || at - from <= 2 * everyMs) continue;
    const betweenLooks = ofCommunity || (index > 0 && index < bounds.length - 2);
    missing += betweenLooks ? Math.round((at - from) / everyMs) - 1 : Math.floor((at - from) / everyMs);
  }
  return missing;
}

/** How far apart the looks of a scope were meant to be at an instant; undefined when no phase was open. A community keeps the cadence it joined with. */
function everyAt(
  plan: Plan,
  phases: readonly PhaseReview[],
  { at, ofCommunity, joinedAt }: { readonly at: number; readonly ofCommunity: boolean; readonly joinedAt: number },
): number | undefined {
  const when = ofCommunity ? joinedAt : at;
  const open = phases.findLast(({ openedAt }) => openedAt !== undefined && openedAt <= when);
  const phase = plan.phases.find(({ name }) => name === open?.phase);
  const steps = ofCommunity ? phase?.eachCommunity?.cadence : phase?.cadence;
  if (steps === undefined || open?.openedAt === undefined) return undefined;
  return cadenceAt(steps, Math.max(0, at - (ofCommunity ? joinedAt : open.openedAt)));
}

/** What was written down is counted exactly, unless somebody has rewritten it. */
function judgeJournal({ source, test }: MetricOf<'journal'>, { evidence, rollbacks }: MetricContext): Judged {
  if (evidence.journalBrokenAt !== undefined) {
    const why = `The journal is not what was written, from entry ${evidence.journalBrokenAt} on, so nothing in it can be counted.`;
    return { verdict: 'unmeasured', evidence: why, missedBefore: 0 };
  }
  const count = source.count === 'rollbacks' ? rollbacks.length : evidence.complaints.filter(({ at }) => at <= evidence.at).length;
  const reading: Reading = { probe: '', scope: 'launch', at: evidence.at, status: 'measured', answer: { '': count } };
  const criterion: Criterion = { probe: '', path: '', test, perCommunity: false };
  const { verdict, reason } = judgeCriterion(criterion, reading, { name: '', scope: 'launch', at: evidence.at, freshMs: 0 });
  const what = source.count === 'rollbacks' ? rollbackText(rollbacks) : complaintText(evidence.complaints);
  return { value: valueText(count, test), verdict, evidence: `${reason}${what}`, missedBefore: 0 };
}

function rollbackText(rollbacks: readonly RollbackReview[]): string {
  return rollbacks.length === 0 ? '' : ` ${rollbacks.map(({ scope, state }) => `${scope} (${state})`).join(', ')}.`;
}

function complaintText(complaints: ReviewEvidence['complaints']): string {
  if (complaints.length === 0) return '';
  const issues = new Map<string, number>();
  for (const { issue } of complaints) issues.set(issue, (issues.get(issue) ?? 0) + 1);
  return ` ${[...issues].map(([issue, count]) => `${count} about ${issue}`).join(', ')}.`;
}

function targetText(test: CriterionTest): string {
  switch (test.kind) {
    case 'boolean':
      return test.mustBe ? 'yes' : 'no';
    case 'count':
      return [test.atLeast === undefined ? '' : `at least ${test.atLeast}`, test.atMost === undefined ? '' : `at most ${test.atMost}`]
        .filter(Boolean)
        .join(' and ');
    case 'age':
      return `within ${formatDuration(test.atMostMs)}`;
    case 'rate':
      return `at least ${percent(test.atLeast)}${test.certainty === 'demonstrated' ? ', demonstrated' : ''}`;
    default:
      return test satisfies never;
  }
}

function valueText(value: Value, test: CriterionTest): string {
  if (typeof value === 'object')
    return value.trials === 0 ? 'none of 0' : `${percent(value.successes / value.trials)} (${value.successes} of ${value.trials})`;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return test.kind === 'age' ? `${formatDuration(value * 1000)} ago` : String(value);
}

/** Share as a percentage, cut and not rounded, so that 99.8999 % is never printed as 99.9 %. */
function percent(share: number): string {
  return `${Math.floor(Number((share * 100_000).toPrecision(12))) / 1000} %`;
}
