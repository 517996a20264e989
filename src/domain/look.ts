import { type CadenceStep, cadenceAt } from './cadence.ts';
import { type GateJudgement, type Judgement, judgeCriterion, judgeGateCriterion, soakStateOf } from './criterion.ts';
import type { Expected } from './gate.ts';
import { type CommunityState, type LaunchState, phaseOf } from './launch.ts';
import { type Criterion, type GateCriterion, type OnboardingPlan, type PhaseName, type Plan, phaseNames, type Trigger } from './plan.ts';
import type { Reading, Want } from './reading.ts';
import { communityOf, communityScope } from './rollback.ts';
import type { Situation } from './situation.ts';
import { addReading, type SoakLedger, type SoakPolicy, soakCompleteAt, startSoak } from './soak.ts';

/** What a watch looks at: the launch in a phase, or one community by the rules of the phase in which it joined. Instants are logical time. */
export interface LookTarget {
  readonly launch: string;
  /** `launch` or `community:<slug>`. */
  readonly scope: string;
  readonly phase: PhaseName;
  /** When the phase or the community was opened: cadence and evidence count from here. */
  readonly openedAt: number;
  /** When each phase first opened, for healthy time that counts from an earlier phase. */
  readonly firstOpenedAt: Readonly<Partial<Record<PhaseName, number>>>;
  /** When a rate that is to be demonstrated is judged for good: the end of the minimum stay. */
  readonly declaredEndAt: number;
}

/** Healthy time of a criterion that is kept: from where it counts, and what an unhealthy reading does to it. */
interface KeptSoak {
  readonly criterion: string;
  /** A phase's name, or empty: the opening of what is looked at. */
  readonly sinceKey: string;
  readonly sinceAt: number;
  readonly policy: SoakPolicy;
}

/** What is judged at each look, and how often there is one. */
export interface LookPlan {
  readonly gate: Readonly<Record<string, GateCriterion>>;
  readonly triggers: readonly Trigger[];
  readonly cadence: readonly CadenceStep[];
  readonly criteria: readonly string[];
  readonly soaks: readonly KeptSoak[];
  /** What is asked of each probe. */
  readonly wants: Readonly<Record<string, readonly Want[]>>;
}

/** A ledger as it is stored. */
export interface StoredSoak {
  readonly criterion: string;
  readonly sinceKey: string;
  readonly sinceAt: number;
  readonly ledger: SoakLedger;
}

/** What was known of a scope before a look. */
export interface LookHistory {
  readonly judgements: readonly Judgement[];
  readonly soaks: readonly StoredSoak[];
  /** When evidence last began anew; absent: with the opening. */
  readonly evidenceSince?: number;
}

/** What a look found: judgements and ledgers to be kept, and the gate as it stands. */
export interface Judged {
  readonly judgements: readonly Judgement[];
  readonly soaks: readonly StoredSoak[];
  readonly gate: readonly GateJudgement[];
}

/** The criteria, ledgers, triggers and cadence for a target. */
export function lookPlan(plan: Plan, target: LookTarget): LookPlan {
  const phase = phaseOf(plan, target.phase);
  const ofCommunity = communityOf(target.scope) !== undefined;
  const own = ofCommunity
    ? phase.eachCommunity
    : { criteria: phase.passesWhen, rollsBackWhen: phase.rollsBackWhen, cadence: phase.cadence };
  const gate = own?.criteria ?? {};
  const triggers = own?.rollsBackWhen ?? [];
  const earlier = ofCommunity ? [] : soaksFromEarlier(plan, target);
  const named = [
    ...Object.keys(gate),
    ...[...triggers, ...phase.rollsBackWhen].flatMap((trigger) => (trigger.kind === 'missed' ? [trigger.criterion] : [])),
    ...earlier.map(({ criterion }) => criterion),
  ];
  const criteria = [...new Set(named)].filter((name) => plan.criteria[name]?.perCommunity === ofCommunity);
  const ownSoaks = Object.entries(gate)
    .filter(([, { soakMs, since }]) => soakMs > 0 && since === undefined)
    .map(([criterion, { onUnhealthy }]): KeptSoak => ({ criterion, sinceKey: '', sinceAt: target.openedAt, policy: onUnhealthy }));
  return {
    gate,
    triggers,
    cadence: own?.cadence ?? phase.cadence,
    criteria,
    soaks: [...ownSoaks, ...earlier],
    wants: wantsOf(plan, criteria),
  };
}

/** Healthy time that a later gate will ask for is kept from the phase on from which it counts. */
function soaksFromEarlier(plan: Plan, { firstOpenedAt }: LookTarget): readonly KeptSoak[] {
  const rules = plan.phases.flatMap((phase) => Object.entries(phase.passesWhen));
  const kept = rules.flatMap(([criterion, { soakMs, since, onUnhealthy }]): KeptSoak[] => {
    const sinceAt = since === undefined ? undefined : firstOpenedAt[since];
    return soakMs > 0 && since !== undefined && sinceAt !== undefined ? [{ criterion, sinceKey: since, sinceAt, policy: onUnhealthy }] : [];
  });
  return kept.filter(
    (soak, index) => kept.findIndex((other) => other.criterion === soak.criterion && other.sinceKey === soak.sinceKey) === index,
  );
}

/** What the criteria ask of each probe. */
export function wantsOf(plan: Plan, criteria: readonly string[]): Readonly<Record<string, readonly Want[]>> {
  const wants: Record<string, Want[]> = {};
  for (const { probe, path, test } of criteria.flatMap((name) => plan.criteria[name] ?? [])) {
    const known = wants[probe] ?? [];
    wants[probe] = known.some((want) => want.path === path) ? known : [...known, { path, kind: test.kind }];
  }
  return wants;
}

/** Judges everything a look asks about, from its readings by probe, and adds the look to the ledgers. */
export function judgeLook(
  plan: Plan,
  {
    look,
    target,
    history,
    readings,
    at,
  }: { look: LookPlan; target: LookTarget; history: LookHistory; readings: Readonly<Record<string, Reading>>; at: number },
): Judged {
  const judgements = look.criteria.map((name) => {
    const criterion = plan.criteria[name] as Criterion;
    const previous = history.judgements.find((judgement) => judgement.criterion === name);
    const freshMs = plan.probes[criterion.probe]?.freshMs ?? 0;
    return judgeCriterion(criterion, readings[criterion.probe], {
      name,
      scope: target.scope,
      at,
      freshMs,
      previous,
      declaredEndAt: target.declaredEndAt,
    });
  });
  const cadenceMs = cadenceAt(look.cadence, at - target.openedAt);
  const soaks = look.soaks.map((kept) => {
    const judgement = judgements.find(({ criterion }) => criterion === kept.criterion);
    const ledger = ledgerOf(kept, history);
    return {
      ...kept,
      ledger: judgement ? addReading(ledger, { at, state: soakStateOf(judgement) }, { cadenceMs, policy: kept.policy }) : ledger,
    };
  });
  return { judgements, soaks, gate: judgements.map((judgement) => gateJudgement(judgement, { gate: look.gate, soaks, at })) };
}

/** A ledger goes on; a new one begins where evidence does, so that time before that is not held against anybody. */
function ledgerOf({ criterion, sinceKey, sinceAt }: KeptSoak, { soaks, evidenceSince }: LookHistory): SoakLedger {
  const known = soaks.find((soak) => soak.criterion === criterion && soak.sinceKey === sinceKey);
  return known?.ledger ?? startSoak(Math.max(sinceAt, evidenceSince ?? sinceAt));
}

function gateJudgement(
  judgement: Judgement,
  { gate, soaks, at }: { gate: LookPlan['gate']; soaks: readonly StoredSoak[]; at: number },
): GateJudgement {
  const rule = gate[judgement.criterion] ?? { soakMs: 0, onUnhealthy: 'reset' as const, ifNot: [] };
  const ledger = soaks.find(({ criterion, sinceKey }) => criterion === judgement.criterion && sinceKey === (rule.since ?? ''))?.ledger;
  return judgeGateCriterion(rule, judgement, ledger, at);
}

/** What a launch's own watch looks at, where it stands now: its phase; before that is open, the one it comes from, whose features are on. */
export function launchTarget(state: LaunchState): LookTarget {
  const { launch, phase, phaseOpenedAt, firstOpenedAt, stayUntil } = state;
  const from = state.opened || state.again ? undefined : phaseNames[phaseNames.indexOf(phase) - 1];
  const looked = from === undefined ? { phase, openedAt: phaseOpenedAt } : { phase: from, openedAt: firstOpenedAt[from] ?? phaseOpenedAt };
  return { launch, scope: 'launch', ...looked, firstOpenedAt, declaredEndAt: stayUntil };
}

/** What a community's watch looks at; a rate is demonstrated when its longest healthy time could be complete. */
export function communityTarget(launch: string, onboarding: OnboardingPlan, { slug, phase, joinedAt }: CommunityState): LookTarget {
  const longest = Math.max(0, ...Object.values(onboarding.criteria).map(({ soakMs }) => soakMs));
  return { launch, scope: communityScope(slug), phase, openedAt: joinedAt, firstOpenedAt: {}, declaredEndAt: joinedAt + longest };
}

/** A launch as its records say it stands: what is pending by now, and when that can end. Its workflow hears only of what it acts on. */
export interface RecordedState {
  readonly state: LaunchState;
  readonly expected: Expected;
}

/** Fills in what is pending from the evidence that is recorded, by scope. Whatever a launch decides by stays as the launch said it. */
export function recordedState(plan: Plan, state: LaunchState, scopes: Readonly<Record<string, LookHistory>>, at: number): RecordedState {
  const own = pendingOf(plan, launchTarget(state), scopes.launch, at);
  const communities = Object.values(state.communities).map((community) => {
    const onboarding = phaseOf(plan, community.phase).eachCommunity;
    const scope = communityScope(community.slug);
    const known = onboarding ? pendingOf(plan, communityTarget(state.launch, onboarding, community), scopes[scope], at) : undefined;
    return { community, scope, known };
  });
  const refreshed = communities.map(({ community, known }) => [
    community.slug,
    { ...community, situation: withPending(community.situation, known) },
  ]);
  const expected = communities.map(({ scope, known }) => [scope, endsOf(known)]);
  return {
    state: { ...state, situation: withPending(state.situation, own), communities: Object.fromEntries(refreshed) },
    expected: { ...Object.fromEntries(expected), launch: endsOf(own) },
  };
}

/** Criteria that are pending by what is recorded, each with the instant at which enough healthy time can have been observed; null where time is not all. */
type Pending = ReadonlyMap<string, number | null>;

/** Undefined when nothing is recorded: then the launch knows as much. */
function pendingOf(plan: Plan, target: LookTarget, history: LookHistory | undefined, at: number): Pending | undefined {
  if (history === undefined || history.judgements.length === 0) return undefined;
  const { gate, cadence } = lookPlan(plan, target);
  const pending = Object.entries(gate).flatMap(([name, rule]): [string, number | null][] => {
    const judgement = history.judgements.find(({ criterion }) => criterion === name);
    if (judgement === undefined) return [[name, null]];
    const { verdict, blind } = gateJudgement(judgement, { gate, soaks: history.soaks, at });
    if (verdict === 'met' || verdict === 'missed' || blind) return [];
    const ledger = history.soaks.find(({ criterion, sinceKey }) => criterion === name && sinceKey === (rule.since ?? ''))?.ledger;
    const inTime = rule.soakMs > 0 && judgement.verdict === 'met' && ledger !== undefined;
    return [[name, inTime ? soakCompleteAt(ledger, rule.soakMs, cadenceAt(cadence, at - target.openedAt)) : null]];
  });
  return new Map(pending);
}

function endsOf(pending: Pending = new Map()): Expected[string] {
  return Object.fromEntries([...pending].flatMap(([name, end]) => (end === null ? [] : [[name, end]])));
}

function withPending(situation: Situation, known: Pending | undefined): Situation {
  return known === undefined || situation.ready ? situation : { ...situation, pending: [...known.keys()].sort() };
}
