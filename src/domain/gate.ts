import { judgedCommunities } from './expansion.ts';
import { isOver, type LaunchState, phaseOf } from './launch.ts';
import type { DecisionRule, Plan } from './plan.ts';

/** One reason why a gate does not open. */
export interface Blocker {
  readonly what: string;
  readonly why: string;
  /** Who can change it: a role, `nobody` for time, `ops` where the product is at fault. */
  readonly who: string;
  readonly since?: number;
  /** The earliest instant at which it can end; absent when that depends on people or on the product. */
  readonly earliestEndAt?: number;
  /** A go may waive it. */
  readonly waivable?: boolean;
}

/**
 * Everything that keeps the gate of the current phase shut at this instant, in the order in which it can end. Empty: it opens.
 * Status, `why`, the page and the workflow itself ask this one function.
 */
export function gateBlockers(plan: Plan, state: LaunchState, at: number): readonly Blocker[] {
  if (isOver(state)) return [];
  const standing = standstill(state);
  const evidence = [...stay(state, at), ...criteria(state), ...communities(plan, state), ...checklist(plan, state)];
  const open = [...standing, ...evidence];
  return [
    ...open.sort((a, b) => (a.earliestEndAt ?? Number.POSITIVE_INFINITY) - (b.earliestEndAt ?? Number.POSITIVE_INFINITY)),
    ...decision(plan, state),
  ];
}

/** What would block the gate if everybody had said go. */
export function blockersBesidesDecision(plan: Plan, state: LaunchState, at: number): readonly Blocker[] {
  return gateBlockers(plan, state, at).filter((blocker) => blocker.what !== 'decision');
}

function standstill(state: LaunchState): Blocker[] {
  const blockers: Blocker[] = state.holds.map((hold) => ({
    what: 'hold',
    why: `held by ${hold.by}: ${hold.reason}`,
    who: 'whoever resumes it',
    since: hold.at,
  }));
  if (state.rollback) {
    const { by, reason, at } = state.rollback;
    blockers.push({
      what: 'rollback',
      why: `rolled back by ${by}: ${reason}`,
      who: "the gate's deciders, by resume or abandon",
      since: at,
    });
  }
  for (const incident of state.incidents.filter((candidate) => candidate.closedAt === undefined && candidate.severity !== 'P3')) {
    blockers.push({ what: 'incident', why: `${incident.id} is open: ${incident.issue}`, who: incident.owner, since: incident.openedAt });
  }
  return blockers;
}

function stay(state: LaunchState, at: number): Blocker[] {
  if (at >= state.stayUntil) return [];
  return [
    {
      what: 'minimum stay',
      why: `${state.phase} lasts at least until then`,
      who: 'nobody',
      since: state.phaseOpenedAt,
      earliestEndAt: state.stayUntil,
    },
  ];
}

function criteria(state: LaunchState): Blocker[] {
  const { ready, missed, blind } = state.situation;
  if (ready || waives(state, 'criteria')) return [];
  const why = [
    missed.length > 0 ? `missed: ${missed.join(', ')}` : '',
    blind.length > 0 ? `cannot be measured: ${blind.join(', ')}` : '',
    missed.length + blind.length === 0 ? 'not yet shown to hold' : '',
  ];
  return [{ what: 'criteria', why: why.filter(Boolean).join('; '), who: 'ops', since: state.phaseOpenedAt, waivable: true }];
}

function communities(plan: Plan, state: LaunchState): Blocker[] {
  const phase = phaseOf(plan, state.phase);
  const blockers: Blocker[] = judgedCommunities(state)
    .filter((community) => community.state === 'joining' || (community.state === 'open' && !community.situation.ready))
    .filter((community) => !waives(state, community.slug))
    .map((community) => ({
      what: `community ${community.slug}`,
      why: communityReason(community.state, community.situation),
      who: 'ops',
      since: community.joinedAt,
      waivable: true,
    }));
  const waves = phase.audience.kind === 'waves' ? phase.audience.waves : [];
  const next = waves[state.wavesJoined];
  if (next) {
    blockers.push({
      what: 'waves',
      why: `${waves.length - state.wavesJoined} of ${waves.length} waves have not joined`,
      who: 'nobody',
      earliestEndAt: state.phaseOpenedAt + next.afterMs,
    });
  }
  return blockers;
}

function communityReason(state: string, situation: LaunchState['situation']): string {
  if (state === 'joining') return 'is joining';
  if (situation.missed.length > 0) return `missed: ${situation.missed.join(', ')}`;
  if (situation.blind.length > 0) return `cannot be measured: ${situation.blind.join(', ')}`;
  return 'its own criteria are not yet shown to hold';
}

function checklist(plan: Plan, state: LaunchState): Blocker[] {
  return phaseOf(plan, state.phase)
    .checklist.filter((item) => !(item.item in state.checked))
    .map((item) => ({ what: 'checklist', why: `not done: ${item.item}`, who: item.owner, since: state.phaseOpenedAt }));
}

function decision(plan: Plan, state: LaunchState): Blocker[] {
  const rule = phaseOf(plan, state.phase).decidedBy;
  if (rule.kind === 'automatic' || enoughVotes(plan, rule, state)) return [];
  return [
    {
      what: 'decision',
      why: `needs go from ${rule.people} of: ${deciders(plan, rule).join(', ')} (${state.votes.length} so far)`,
      who: rule.roles.join(' or '),
    },
  ];
}

/** Keys of the people whose role may decide at this gate. */
export function deciders(plan: Plan, rule: DecisionRule): readonly string[] {
  return Object.keys(plan.people).filter((key) => rule.roles.includes(plan.people[key]?.role ?? ''));
}

/** As many different people as the rule asks for have said go. */
export function enoughVotes(plan: Plan, rule: DecisionRule, state: LaunchState): boolean {
  const allowed = deciders(plan, rule);
  return new Set(state.votes.map((vote) => vote.by).filter((by) => allowed.includes(by))).size >= rule.people;
}

function waives(state: LaunchState, what: string): boolean {
  return state.waivers.some((waiver) => waiver.phase === state.phase && waiver.at >= state.phaseOpenedAt && waiver.criteria.includes(what));
}
