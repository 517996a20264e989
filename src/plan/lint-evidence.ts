import { cadenceAt } from '../domain/cadence.ts';
import type { PhaseWindow } from '../domain/calendar.ts';
import { trialsNeeded } from '../domain/confidence.ts';
import { formatDuration } from '../domain/duration.ts';
import type { CriterionTest, Plan } from '../domain/plan.ts';
import { errorRate } from './criterion-schema.ts';
import type { Finding } from './lint-plan.ts';
import { formatPath } from './plan-error.ts';

/** What the evidence of a plan can show, and what it will cost: samples, checks, probes that write, and what nobody looks at. */
export function lintEvidence(plan: Plan, windows: readonly PhaseWindow[]): readonly Finding[] {
  const criteria = Object.entries(plan.criteria).flatMap(([name, { test }]) => lintRate(test, formatPath(['criteria', name])));
  const metrics = plan.review.metrics.flatMap(({ metric, test, source }) => {
    const where = formatPath(['review', 'metrics', metric]);
    return source.kind === 'healthy share' ? lintUptime(plan, windows, test, where) : lintRate(test, where);
  });
  return [...criteria, ...metrics, ...lintWritingProbes(plan, windows), ...lintUnused(plan)];
}

/** Whether the fewest trials can show what the plan asks for, and how strong a breach must be. */
function lintRate(test: CriterionTest, where: string): readonly Finding[] {
  if (test.kind !== 'rate' || test.atLeast >= 1) return [];
  const needed = trialsNeeded({ target: test.atLeast, alpha: errorRate, failures: 0 });
  const target = percent(test.atLeast);
  const demonstration = `${target} is demonstrated at 95 % by ${needed} trials without a failure, and not by ${test.fromTrials}`;
  const findings: Finding[] = [];
  if (test.fromTrials < needed) {
    findings.push(
      test.certainty === 'demonstrated'
        ? { severity: 'note', where, sentence: demonstration }
        : { severity: 'warning', where, sentence: `${demonstration}: it may pass on luck` },
    );
  }
  if (test.alpha < errorRate) {
    const sentence = `rolls back on evidence of ${Math.round(1 / test.alpha)} against it: the error rate of 5 % is shared over communities and rates`;
    findings.push({ severity: 'note', where, sentence });
  }
  return findings;
}

/** A share of healthy checks has steps: with few checks, one that is unhealthy decides. */
function lintUptime(plan: Plan, windows: readonly PhaseWindow[], test: CriterionTest, where: string): readonly Finding[] {
  if (test.kind !== 'rate') return [];
  const checks = looksUntilReview(plan, windows);
  if (checks * (1 - test.atLeast) >= 1 || checks === 0) return [];
  const best = percent(1 - 1 / checks);
  return [
    {
      severity: 'warning',
      where,
      sentence: `there are about ${checks} checks until the review: a single unhealthy one gives ${best}, below ${percent(test.atLeast)}`,
    },
  ];
}

/** How often a phase's watch looks from the opening of the internal phase to the review. */
function looksUntilReview({ review }: Plan, windows: readonly PhaseWindow[]): number {
  const begin = windows.find(({ phase }) => phase.name === 'internal')?.opensAt ?? 0;
  const end = begin + review.afterMs;
  return windows
    .filter(({ opensAt }) => opensAt >= begin && opensAt < end)
    .reduce((sum, window, index, all) => sum + looks(window, Math.min(all[index + 1]?.opensAt ?? end, end)), 0);
}

function looks({ phase, opensAt }: PhaseWindow, end: number): number {
  let count = 0;
  let sinceMs = 0;
  for (const { untilMs } of phase.cadence) {
    const stepEnd = Math.min(untilMs ?? Number.POSITIVE_INFINITY, end - opensAt);
    if (stepEnd > sinceMs) count += Math.floor((stepEnd - sinceMs) / cadenceAt(phase.cadence, sinceMs));
    sinceMs = Math.max(sinceMs, stepEnd);
  }
  return count;
}

function lintWritingProbes(plan: Plan, windows: readonly PhaseWindow[]): readonly Finding[] {
  return Object.entries(plan.probes).flatMap(([name, probe]): Finding[] => {
    if (probe.kind !== 'sql' || !probe.writes) return [];
    const sentence = `writes into the product each time it is asked, about ${looksUntilReview(plan, windows)} times until the review`;
    return [{ severity: 'note', where: formatPath(['probes', name, 'writes']), sentence }];
  });
}

/** What is defined and never looked at was probably meant to be. */
function lintUnused({ probes, criteria, phases, review, rollback }: Plan): readonly Finding[] {
  const triggers = phases.flatMap(({ rollsBackWhen, eachCommunity }) => [...rollsBackWhen, ...(eachCommunity?.rollsBackWhen ?? [])]);
  const judged = new Set([
    ...phases.flatMap(({ passesWhen, eachCommunity }) => [...Object.keys(passesWhen), ...Object.keys(eachCommunity?.criteria ?? {})]),
    ...triggers.flatMap((trigger) => (trigger.kind === 'missed' ? [trigger.criterion] : [])),
    ...review.metrics.flatMap(({ source }) => (source.kind === 'healthy share' ? [source.criterion] : [])),
    ...rollback.verify,
  ]);
  const asked = new Set([
    ...Object.values(criteria).map(({ probe }) => probe),
    ...review.metrics.flatMap(({ source }) => (source.kind === 'probe' ? [source.probe] : [])),
  ]);
  const unused = (kind: string, names: readonly string[], used: ReadonlySet<string>, sentence: string) =>
    names.filter((name) => !used.has(name)).map((name): Finding => ({ severity: 'warning', where: formatPath([kind, name]), sentence }));
  return [
    ...unused('criteria', Object.keys(criteria), judged, 'is judged in no phase'),
    ...unused('probes', Object.keys(probes), asked, 'is asked for no criterion and no metric'),
    ...lintFreshness(probes, phases),
  ];
}

/** An answer that is stale before the next look leaves its criterion unmeasured in between. */
function lintFreshness(probes: Plan['probes'], phases: Plan['phases']): readonly Finding[] {
  const longest = (perCommunity: boolean) =>
    Math.max(
      0,
      ...phases
        .flatMap(({ cadence, eachCommunity }) => (perCommunity ? (eachCommunity?.cadence ?? []) : cadence))
        .map(({ everyMs }) => everyMs),
    );
  return Object.entries(probes).flatMap(([name, { freshMs, kind, perCommunity }]): Finding[] => {
    const everyMs = longest(perCommunity);
    if (kind === 'human' || freshMs >= everyMs) return [];
    const sentence = `counts for ${formatDuration(freshMs)} and is asked every ${formatDuration(everyMs)} at times: unmeasured in between`;
    return [{ severity: 'warning', where: formatPath(['probes', name, 'fresh for']), sentence }];
  });
}

/** Share as a percentage, cut and not rounded. */
function percent(share: number): string {
  return `${Math.floor(Number((share * 100_000).toPrecision(12))) / 1000} %`;
}
