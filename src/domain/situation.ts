import type { GateJudgement, Judgement } from './criterion.ts';
import { formatDuration } from './duration.ts';
import { type Severity, severities, type Trigger } from './plan.ts';

/** What a watch reports to its workflow when something changed. Tiny, for it goes into history: names, no measurements. */
export interface Situation {
  /** Every criterion of the gate is met. */
  readonly ready: boolean;
  /** Names of the gate's criteria that are missed, sorted. */
  readonly missed: readonly string[];
  /** Names of the gate's criteria that could not be measured four times in a row, sorted. */
  readonly blind: readonly string[];
  /** Names of the gate's criteria that are neither met nor in the lists above: not yet shown to hold, sorted. As of the last news. */
  readonly pending: readonly string[];
  /** What orders a rollback now, one sentence each, sorted. */
  readonly triggers: readonly string[];
}

/** One complaint: who, about what, when (epoch milliseconds). */
export interface Complaint {
  readonly issue: string;
  readonly reporter: string;
  readonly at: number;
}

/** What triggers are looked for in. Everything since the evidence began, so that an outage of ours hides nothing. */
export interface TriggerFacts {
  readonly scope: string;
  /** Latest judgements, the open communities' own included. */
  readonly judgements: readonly Judgement[];
  readonly complaints: readonly Complaint[];
  readonly openIssues: readonly { readonly id: string; readonly severity: Severity }[];
}

/**
 * The situation at a gate: `criteria` names what it asks for, and a criterion without a judgement is not met. A community whose plan asks for nothing
 * is ready once looked at; a phase that asks for nothing is refused when the plan is read.
 */
export function situationOf(criteria: readonly string[], judged: readonly GateJudgement[], triggers: readonly string[]): Situation {
  const asked = judged.filter(({ criterion }) => criteria.includes(criterion));
  const unseen = criteria.filter((name) => !asked.some(({ criterion }) => criterion === name));
  const names = (those: readonly GateJudgement[]) => [...new Set(those.map(({ criterion }) => criterion))].sort();
  return {
    ready: unseen.length === 0 && asked.every(({ verdict }) => verdict === 'met'),
    missed: names(asked.filter(({ verdict }) => verdict === 'missed')),
    blind: names(asked.filter(({ blind }) => blind)),
    pending: [...unseen, ...names(asked.filter(({ verdict, blind }) => verdict !== 'met' && verdict !== 'missed' && !blind))].sort(),
    triggers: [...new Set(triggers)].sort(),
  };
}

/** Somebody has looked: of what was looked at something is met, missed, blind or pending. */
export function isSeen({ ready, missed, blind, pending }: Situation): boolean {
  return ready || missed.length + blind.length + pending.length > 0;
}

/**
 * Nothing changed that a workflow would act on. Which criteria are still pending is not among that: whether any is shows in `ready`, and each change of
 * their names would cost history. The first look of all is. Whoever shows them asks what is recorded (`recordedState`).
 */
export function sameSituation(a: Situation, b: Situation): boolean {
  const same = (these: readonly string[], those: readonly string[]) =>
    JSON.stringify([...these].sort()) === JSON.stringify([...those].sort());
  return (
    a.ready === b.ready && isSeen(a) === isSeen(b) && (['missed', 'blind', 'triggers'] as const).every((list) => same(a[list], b[list]))
  );
}

/** What changed between two looks, as one sentence for the journal; undefined when nothing did that people should read. */
export function changeText(before: Situation, now: Situation): string | undefined {
  const added = (these: readonly string[], those: readonly string[]) => those.filter((name) => !these.includes(name));
  const say = (what: string, names: readonly string[]) => (names.length > 0 ? [`${what} ${names.join(', ')}`] : []);
  const changes = [
    ...say('missed:', added(before.missed, now.missed)),
    ...say('no longer missed:', added(now.missed, before.missed)),
    ...say('cannot be measured:', added(before.blind, now.blind)),
    ...say('can be measured again:', added(now.blind, before.blind)),
    ...(now.ready && !before.ready ? ['every criterion is met'] : []),
  ];
  return changes.length === 0 ? undefined : `${changes.join('; ')}.`;
}

/** A sentence for each trigger that holds. The same facts always give the same sentences, so that a situation changes only when they do. */
export function triggersHolding(triggers: readonly Trigger[], facts: TriggerFacts): readonly string[] {
  return triggers.flatMap((trigger) => {
    switch (trigger.kind) {
      case 'missed':
        return missedSentences(trigger.criterion, facts);
      case 'complaints':
        return complaintSentences(trigger, facts.complaints);
      case 'issue':
        return issueSentences(trigger.severity, facts);
      default:
        return trigger satisfies never;
    }
  });
}

/** Most distinct reporters of one issue inside any one window; a reporter who writes twice counts once. Source: Phase 2, rollback trigger. */
export function mostReporters(complaints: readonly Complaint[], windowMs: number): number {
  return complaints.reduce((most, first) => {
    const inside = complaints.filter(({ at, issue }) => issue === first.issue && at >= first.at && at - first.at <= windowMs);
    return Math.max(most, new Set(inside.map(({ reporter }) => reporter)).size);
  }, 0);
}

function missedSentences(criterion: string, { judgements, scope }: TriggerFacts): readonly string[] {
  const missed = judgements.filter((judgement) => judgement.criterion === criterion && judgement.verdict === 'missed');
  return missed.map((judgement) => `${criterion} is missed${judgement.scope === scope ? '' : ` in ${judgement.scope}`}`);
}

function complaintSentences(
  { reporters, windowMs }: { readonly reporters: number; readonly windowMs: number },
  complaints: readonly Complaint[],
) {
  const byIssue = new Map<string, Complaint[]>();
  for (const complaint of complaints) byIssue.set(complaint.issue, [...(byIssue.get(complaint.issue) ?? []), complaint]);
  const enough = [...byIssue].filter(([, about]) => mostReporters(about, windowMs) >= reporters);
  return enough.map(([issue]) => `${reporters} people complained about ${issue} within ${formatDuration(windowMs)}`);
}

function issueSentences(severity: Severity, { openIssues }: TriggerFacts): readonly string[] {
  const severe = openIssues.filter((issue) => severities.indexOf(issue.severity) <= severities.indexOf(severity));
  return severe.map(({ id }) => `${id} is open`);
}
