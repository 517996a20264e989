import { judgedCommunities, nextWaveDueAt, wavesOf } from './expansion.ts';
import { blockingIncidents } from './incident.ts';
import { type CommunityState, isOver, type LaunchState, phaseOf } from './launch.ts';
import type { DecisionRule, Plan } from './plan.ts';
import { communityScope } from './rollback.ts';
import { isSeen } from './situation.ts';

/** One reason why a gate does not open. */
export interface Blocker {
  readonly what: string;
  readonly why: string;
  /** Who can change it: a role, `nobody` for time, `ops` where the product is at fault. */
  readonly who: string;
  readonly since?: number;
  /** The earliest instant at which it can end; absent when that depends on people or on the product. */
  readonly earliestEndAt?: number;
  /** The name under which a go may waive it; absent: it cannot be waived. */
  readonly waivable?: string;
}

/** When criteria that are pending can be shown to hold at the earliest, by scope and criterion; what depends on more than time is not in it. */
export type Expected = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Everything that keeps the gate of the current phase shut at this instant, in the order in which it can end. Empty: it opens.
 * Status, `why`, the page and the workflow itself ask this one function.
 */
export function gateBlockers(plan: Plan, state: LaunchState, at: number, expected: Expected = {}): readonly Blocker[] {
  if (isOver(state)) return [];
  const standing = standstill(state);
  const evidence = [
    ...stay(state, at),
    ...opening(state),
    ...criteria(plan, state, at, expected),
    ...communities(plan, state, at, expected),
    ...checklist(plan, state),
  ];
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
    const { by, reason, at, state: proof } = state.rollback;
    const yet = { restored: '', ordered: ', not yet proven off', stuck: ', STUCK: something is still on, or not well' }[proof];
    blockers.push({
      what: 'rollback',
      why: `rolled back by ${by}: ${reason}${yet}`,
      who: "the gate's deciders, by resume or abandon",
      since: at,
    });
  }
  for (const { id, issue, owner, openedAt } of blockingIncidents(state)) {
    blockers.push({ what: 'incident', why: `${id} is open: ${issue}`, who: owner, since: openedAt });
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

function opening(state: LaunchState): Blocker[] {
  if (state.opened) return [];
  return [{ what: 'opening', why: `the features of ${state.phase} are not on yet`, who: 'nobody', since: state.phaseOpenedAt }];
}

function criteria(plan: Plan, state: LaunchState, at: number, expected: Expected): Blocker[] {
  // What is seen before its features are on is of the phase before.
  if (!state.opened) return [];
  const { missed, blind, pending } = state.situation;
  const block = (names: readonly string[], why: string, more: (name: string) => Partial<Blocker> = () => ({})): Blocker[] =>
    names
      .filter((name) => !waived(state, name, at))
      .map((name) => ({ what: 'criterion', why: `${name} ${why}`, who: 'ops', since: state.phaseOpenedAt, waivable: name, ...more(name) }));
  const inTime = (name: string) => {
    const end = endOf([name], expected.launch);
    return { ...end, who: end.earliestEndAt === undefined ? whoAnswers(plan, name) : 'nobody' };
  };
  const blockers = [
    ...block(missed, 'is missed'),
    ...block(blind, 'cannot be measured'),
    ...block(pending, 'is not yet shown to hold', inTime),
  ];
  return !isSeen(state.situation)
    ? [{ what: 'criteria', why: 'nothing has been looked at yet', who: 'nobody', since: state.phaseOpenedAt }]
    : blockers;
}

/** Who has to say something before the criterion can be judged: nobody, unless its probe asks people. */
function whoAnswers({ criteria, probes }: Plan, criterion: string): string {
  const name = criteria[criterion]?.probe ?? '';
  const probe = probes[name];
  return probe?.kind === 'human' ? `${probe.ask}, by answer "${name}"` : 'nobody';
}

/** When all of these can be shown to hold, if that is known of all of them. */
function endOf(names: readonly string[], expected: Expected[string] = {}): Pick<Blocker, 'earliestEndAt'> {
  const ends = names.flatMap((name) => (Object.hasOwn(expected, name) ? [expected[name] as number] : []));
  return names.length > 0 && ends.length === names.length ? { earliestEndAt: Math.max(...ends) } : {};
}

function communities(plan: Plan, state: LaunchState, at: number, expected: Expected): Blocker[] {
  const phase = phaseOf(plan, state.phase);
  const blockers: Blocker[] = judgedCommunities(state)
    .filter((community) => community.state !== 'open' || !community.situation.ready)
    .filter((community) => !waived(state, community.slug, at))
    .map((community) => ({
      what: `community ${community.slug}`,
      why: communityReason(community),
      who: isWell(community) ? 'nobody' : 'ops',
      since: community.joinedAt,
      ...(isWell(community) ? endOf(community.situation.pending, expected[communityScope(community.slug)]) : {}),
      waivable: community.slug,
    }));
  const waves = wavesOf(plan, state);
  const next = nextWaveDueAt(waves, state);
  if (next !== undefined) {
    const why = `${waves.length - state.wavesJoined} of ${waves.length} ${phase.audience.kind === 'waves' ? 'waves have' : 'groups of communities have'} not joined`;
    blockers.push({ what: 'waves', why, who: 'nobody', earliestEndAt: next });
  } else if (waves.length > 0 && !someoneStayed(state) && !waived(state, 'communities', at)) {
    const why = `no community that joined in ${phase.name} is left, so nothing was seen that could speak for it`;
    blockers.push({ what: 'communities', why, who: 'ops', since: state.phaseOpenedAt, waivable: 'communities' });
  }
  return blockers;
}

/** A phase whose own communities have all left has shown nothing about any, and nothing is never good. */
function someoneStayed(state: LaunchState): boolean {
  return judgedCommunities(state).some(({ phase }) => phase === state.phase);
}

/** Nothing is known against it: only time is missing. */
function isWell({ situation: { missed, blind } }: CommunityState): boolean {
  return missed.length + blind.length === 0;
}

function communityReason({ state, situation: { missed, blind, pending } }: CommunityState): string {
  if (state !== 'open') return 'is joining';
  const say = (names: readonly string[], what: string) => (names.length > 0 ? [`${what}: ${names.join(', ')}`] : []);
  const said = [...say(missed, 'missed'), ...say(blind, 'cannot be measured'), ...say(pending, 'not yet shown to hold')];
  return said.join('; ') || 'nothing has been looked at yet';
}

function checklist(plan: Plan, state: LaunchState): Blocker[] {
  return phaseOf(plan, state.phase)
    .checklist.filter((item) => !Object.hasOwn(state.checked, item.item))
    .map((item) => ({ what: 'checklist', why: `not done: ${item.item}`, who: item.owner, since: state.phaseOpenedAt }));
}

function decision(plan: Plan, state: LaunchState): Blocker[] {
  const rule = phaseOf(plan, state.phase).decidedBy;
  if (rule.kind === 'automatic' || enoughVotes(plan, rule, state)) return [];
  return [
    {
      what: 'decision',
      why: `needs go from ${rule.people} of: ${deciders(plan, rule).join(', ')} (${voters(plan, rule, state)} so far)`,
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
  return voters(plan, rule, state) >= rule.people;
}

function voters(plan: Plan, rule: DecisionRule, state: LaunchState): number {
  const allowed = deciders(plan, rule);
  return new Set(state.votes.map((vote) => vote.by).filter((by) => allowed.includes(by))).size;
}

function waived(state: LaunchState, name: string, at: number): boolean {
  return state.waivers.some(
    (waiver) => waiver.phase === state.phase && waiver.at >= state.phaseOpenedAt && waiver.expiresAt > at && waiver.criteria.includes(name),
  );
}
