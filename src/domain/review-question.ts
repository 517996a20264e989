import type { Judgement, Verdict } from './criterion.ts';
import type { Plan, Probe } from './plan.ts';
import type { Review, ReviewEvidence } from './review.ts';
import { commandOf, inScope, lastVerdicts, text } from './review-history.ts';

/** Something that is known, as a sentence; `at` where it has an instant. */
export interface ReviewFact {
  readonly says: string;
  readonly at?: number;
}

/** A question that only people can answer, and what the evidence has to say to it. */
export interface ReviewQuestion {
  readonly question: string;
  /** False: nothing bears on it by its words, and the facts are what went otherwise than planned. */
  readonly direct: boolean;
  readonly facts: readonly ReviewFact[];
}

/** Something to do: as the plan has it, or because of what the evidence shows. */
export interface ReviewFollowUp {
  readonly what: string;
  readonly from: 'plan' | 'evidence';
}

/** The parts of a review that questions and follow-ups draw on. */
export type Found = Pick<Review, 'metrics' | 'waivers' | 'rollbacks' | 'incidents' | 'settings' | 'communities' | 'doubts'>;

/** A fact, and the words by which a question finds it: those of its name count more than those of its query. */
interface Indexed extends ReviewFact {
  readonly name: string;
  readonly about: string;
}

const factsShown = 8;

/** The plan's questions, each with the facts that share its words, best first. */
export function questionsOf(plan: Plan, evidence: ReviewEvidence, found: Found): readonly ReviewQuestion[] {
  const facts = factsOf(plan, evidence, found);
  const surprises = surprisesOf(evidence, found);
  return plan.review.questions.map((question) => {
    const asked = stems(question);
    const ranked = facts
      .map((fact) => ({ fact, score: 2 * shared(asked, fact.name) + shared(asked, fact.about) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, factsShown);
    if (ranked.length === 0) return { question, direct: false, facts: surprises };
    return { question, direct: true, facts: ranked.map(({ fact: { says, at } }) => ({ says, ...(at !== undefined && { at }) })) };
  });
}

/** The plan's follow-ups, and one for everything that is left open. */
export function followUpsOf({ review }: Plan, found: Found): readonly ReviewFollowUp[] {
  const planned = review.followUps.map((what): ReviewFollowUp => ({ what, from: 'plan' }));
  const open = [
    ...found.metrics.filter(({ verdict }) => verdict === 'missed').map(({ metric }) => `Find out why "${metric}" missed its target`),
    ...found.metrics.filter(({ verdict }) => verdict === 'unmeasured').map(({ metric }) => `Measure "${metric}": nobody knows it`),
    ...found.metrics
      .filter(({ verdict }) => verdict === 'inconclusive')
      .map(({ metric }) => `Look at "${metric}" again with more evidence`),
    ...found.waivers.map(({ waived, phase }) => `Settle what was waived at the gate of ${phase}: ${waived.join(', ')}`),
    ...found.rollbacks.filter(({ state }) => state !== 'restored').map(({ scope }) => `Prove that the rollback of ${scope} is done`),
    ...found.rollbacks.map(({ scope, reason }) => `Write down the root cause of the rollback of ${scope}: ${reason}`),
    ...found.incidents.filter(({ closedAt }) => closedAt === undefined).map(({ id, issue }) => `Close ${id}${issue ? `: ${issue}` : ''}`),
  ];
  return [...planned, ...open.map((what): ReviewFollowUp => ({ what, from: 'evidence' }))];
}

function factsOf(plan: Plan, evidence: ReviewEvidence, found: Found): readonly Indexed[] {
  return [
    ...found.metrics.map((metric) => ({
      says: `${metric.metric}: ${metric.verdict}. ${metric.evidence}`,
      ...indexOfMetric(plan, metric.metric),
    })),
    ...Object.keys(plan.criteria).map((name) => criterionFact(plan, name, evidence.judgements)),
    ...Object.keys(plan.guards).map((flag) => guardFact(flag, evidence)),
    ...complaintFacts(evidence),
    ...found.incidents.map(({ id, issue, openedAt }) => ({
      says: `${id}: ${issue || 'a rollback'}.`,
      name: issue,
      about: '',
      ...instant(openedAt),
    })),
    ...found.rollbacks.map(({ scope, reason, state, at }) => ({
      says: `${scope} was rolled back: ${reason} (${state}).`,
      at,
      name: scope,
      about: reason,
    })),
    ...found.settings.map(({ setting, before, after, why, at }) => ({
      says: `${setting} went from ${before} to ${after}: ${why}`,
      at,
      name: setting,
      about: why,
    })),
    ...spokenFacts(evidence),
  ];
}

function indexOfMetric(plan: Plan, name: string): Pick<Indexed, 'name' | 'about'> {
  const source = plan.review.metrics.find(({ metric }) => metric === name)?.source;
  if (source?.kind === 'probe') return { name: `${name} ${source.probe}`, about: probeText(plan.probes[source.probe]) };
  return { name: source?.kind === 'healthy share' ? `${name} ${source.criterion}` : name, about: '' };
}

function criterionFact(plan: Plan, name: string, judgements: readonly Judgement[]): Indexed {
  const own = judgements.filter(({ criterion }) => criterion === name);
  const { probe = '' } = plan.criteria[name] ?? {};
  const [only] = own;
  const reason = own.length === 1 && only !== undefined ? ` ${only.reason}` : '';
  const index = { name: `${name} ${probe}`, about: probeText(plan.probes[probe]) };
  return { says: `${lastVerdicts(name, own)}${reason}`, ...index, ...instant(own.length === 1 ? only?.asOf : undefined) };
}

function guardFact(flag: string, { journal }: ReviewEvidence): Indexed {
  const touched = journal.filter(({ kind, summary }) => kind === 'drift' && summary.includes(flag));
  const says =
    touched.length === 0
      ? `No change of the guarded flag ${flag} was seen.`
      : `The guarded flag ${flag} was changed by hand ${touched.length === 1 ? 'once' : `${touched.length} times`}.`;
  return { says, name: flag.replace(/_/g, ' '), about: '', ...instant(touched[0]?.at) };
}

function complaintFacts({ complaints, at: until }: ReviewEvidence): readonly Indexed[] {
  const issues = [...new Set(complaints.filter(({ at }) => at <= until).map(({ issue }) => issue))];
  return issues.map((issue) => {
    const same = complaints.filter((complaint) => complaint.issue === issue && complaint.at <= until);
    const people = new Set(same.map(({ reporter }) => reporter)).size;
    const says = `${same.length} ${same.length === 1 ? 'complaint' : 'complaints'} about ${issue}, by ${people} ${people === 1 ? 'person' : 'people'}.`;
    return { says, name: `${issue.replace(/[-_]/g, ' ')} complaint`, about: '', ...instant(same[0]?.at) };
  });
}

/** What people said at check-ins and answered to probes: the only evidence there is for what nobody can count. */
function spokenFacts({ journal }: ReviewEvidence): readonly Indexed[] {
  return journal
    .filter(({ kind }) => kind === 'checkIn' || kind === 'answer')
    .map(({ kind, at, actor, detail, scope, summary }) => {
      const reason = text(commandOf(detail).reason);
      const says = kind === 'checkIn' ? `${actor} noted a check-in${inScope(scope)}: "${reason}"` : `${actor}: ${summary}`;
      return { says, at, name: kind === 'answer' ? summary : '', about: reason };
    });
}

/** What went otherwise than planned. */
function surprisesOf({ journal }: ReviewEvidence, found: Found): readonly ReviewFact[] {
  const of = (kinds: readonly string[]) =>
    journal.filter(({ kind }) => kinds.includes(kind)).map(({ summary, at }) => ({ says: summary, at }));
  const notMet = (verdicts: readonly Verdict[]) => found.metrics.filter(({ verdict }) => verdicts.includes(verdict));
  const facts: readonly ReviewFact[] = [
    ...found.rollbacks.map(({ scope, reason, state, at }) => ({ says: `${scope} was rolled back: ${reason} (${state}).`, at })),
    ...found.incidents.map(({ id, issue, openedAt }) => ({ says: `${id}: ${issue || 'a rollback'}.`, ...instant(openedAt) })),
    ...notMet(['missed', 'inconclusive', 'unmeasured']).map(({ metric, verdict }) => ({ says: `${metric}: ${verdict}.` })),
    ...found.metrics
      .filter(({ verdict, missedBefore }) => verdict === 'met' && missedBefore > 0)
      .map(({ metric, missedBefore }) => ({ says: `${metric} is met, and was not at ${missedBefore} looks before.` })),
    ...found.waivers.map(({ phase, waived, reason, at }) => ({
      says: `${phase} was passed although not met: ${waived.join(', ')} (${reason}).`,
      at,
    })),
    ...found.communities
      .filter(({ state }) => state === 'refused')
      .map(({ community, why }) => ({ says: `${community} could not join: ${why ?? 'no reason given'}` })),
    ...of(['drift', 'hold', 'change refused', 'rollback stuck', 'page']),
  ];
  return facts.length > 0 ? facts : [{ says: 'Nothing is recorded that went otherwise than planned.' }];
}

function probeText(probe: Probe | undefined): string {
  if (probe === undefined) return '';
  return probe.kind === 'sql' ? probe.sql : probe.kind === 'http' ? probe.url : probe.question;
}

function instant(at: number | undefined): { readonly at?: number } {
  return at === undefined ? {} : { at };
}

/** Words that every question has, or every query. */
const empty = new Set(
  'about after before being count could does easy else ever from have into made make more must nobody once only over select should some than that their them then there they this until users very were what when where which while will with would your people designed differently'.split(
    ' ',
  ),
);

/** Beginnings of the words that carry meaning: enough to take `matching` for `match`, and `rides` for `ride`. */
function stems(words: string): readonly string[] {
  const found = words.toLowerCase().match(/[a-z]{4,}/g) ?? [];
  return [
    ...new Set(
      found.filter((word) => !empty.has(word)).map((word) => word.slice(0, word.endsWith('s') ? Math.min(5, word.length - 1) : 5)),
    ),
  ];
}

/** How many stems of a question begin, or are begun by, a word of the text. */
function shared(asked: readonly string[], words: string): number {
  const known = stems(words);
  return asked.filter((stem) => known.some((word) => word.startsWith(stem) || stem.startsWith(word))).length;
}
