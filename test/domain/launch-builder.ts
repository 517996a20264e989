import type { Command } from '../../src/domain/command.ts';
import { type CommunityState, enterPhase, type LaunchState, newLaunch, openPhase, phaseOf, unseen } from '../../src/domain/launch.ts';
import type { Facts } from '../../src/domain/outcome.ts';
import { type Phase, type PhaseName, type Plan, phaseNames } from '../../src/domain/plan.ts';
import type { Situation } from '../../src/domain/situation.ts';
import { type Taken, takeCommand } from '../../src/domain/take-command.ts';
import { carpool } from '../plan/carpool.ts';

/** The strategy as a plan: its numbers are the ones that tests of the rules use. */
export const plan = carpool();

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A Monday, 8:00; every phase that is built opens at this instant. */
export const start = Date.UTC(2026, 0, 12, 8);
export const midnight = start - 8 * hour;

export const healthy: Situation = { ...unseen, ready: true };

/** Something that is not well, as a watch reports it. */
export const seeing = (what: Partial<Situation>): Situation => ({ ...unseen, ...what });

export function newly(of: Plan = plan): LaunchState {
  return newLaunch(of, { planHash: 'hash', startedAt: start, midnightAt: midnight });
}

export function community(slug: string, phase: PhaseName, more: Partial<CommunityState> = {}): CommunityState {
  return { slug, phase, joinedAt: start, state: 'open', situation: healthy, ...more };
}

export const bySlug = (...all: readonly CommunityState[]) => Object.fromEntries(all.map((one) => [one.slug, one]));

/** A launch in an open phase, with everything done and well but the decision. */
export function inPhase(name: PhaseName, more: Partial<LaunchState> = {}, of: Plan = plan): LaunchState {
  const through = phaseNames.slice(0, phaseNames.indexOf(name) + 1);
  const opened = through.reduce((state, phase) => openPhase(of, enterPhase(of, state, phase, start), start), newly(of));
  const { checklist, audience } = phaseOf(of, name);
  const joined = [...through.flatMap((phase) => named(of, phase)), ...(name === 'expansion' ? [community('hilltop', name)] : [])];
  return {
    ...opened,
    situation: healthy,
    communities: bySlug(...joined),
    wavesJoined: audience.kind === 'waves' ? audience.waves.length : audience.kind === 'communities' ? 1 : 0,
    lastWaveAt: start,
    checked: Object.fromEntries(checklist.map(({ item }) => [item, { by: 'lead', at: start }])),
    ...more,
  };
}

function named(of: Plan, name: PhaseName): readonly CommunityState[] {
  const { audience } = phaseOf(of, name);
  return audience.kind === 'communities' ? audience.communities.map((slug) => community(slug, name)) : [];
}

/** The plan with one phase changed. */
export function withPhase(name: PhaseName, change: Partial<Phase>, of: Plan = plan): Plan {
  return { ...of, phases: of.phases.map((phase) => (phase.name === name ? { ...phase, ...change } : phase)) };
}

/** The plan with a gate that two different people must open. */
export const quorum: Plan = withPhase('pilot', { decidedBy: { kind: 'people', roles: ['launch lead', 'ops'], people: 2 } });

type Form = 'commandId' | 'by' | 'reason';
/** A command of which only what matters is said. */
export type Said<C = Command> = C extends Command ? Omit<C, Form> & Partial<Pick<C, Form>> : never;

let said = 0;

/** Says something to a launch: by the lead and with an id of its own, unless told otherwise. */
export function say(state: LaunchState, words: Said, { at = start, facts = {}, of = plan }: Saying = {}): Taken {
  said += 1;
  return takeCommand(of, state, { commandId: `said-${said}`, by: 'lead', reason: 'because', ...words } as Command, at, facts);
}

interface Saying {
  readonly at?: number;
  readonly facts?: Facts;
  readonly of?: Plan;
}

/** The state without the answers that were given: what a command changed beside them. */
export function withoutAnswers({ answers: _, ...state }: LaunchState): Omit<LaunchState, 'answers'> {
  return state;
}

/** Rolled back as a whole, and proven. */
export function rolledBack(state: LaunchState, how: 'ordered' | 'restored' | 'stuck' = 'restored'): LaunchState {
  const rollback = { commandId: 'off-1', scope: 'launch', by: 'ops', reason: 'double bookings', at: start, state: how };
  return { ...state, stage: 'rolled back', votes: [], rollback };
}
