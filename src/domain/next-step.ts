import { formatDuration } from './duration.ts';
import { expansionBlockers, nextWaveDueAt, wavesOf } from './expansion.ts';
import { blockersBesidesDecision, gateBlockers } from './gate.ts';
import { onCall } from './incident.ts';
import { isOver, type LaunchState, phaseOf } from './launch.ts';
import type { Page } from './news.ts';
import { type PhaseName, type Plan, phaseNames } from './plan.ts';

/** The one thing a launch does next, by where it stands at this instant. */
export type NextStep =
  /** Goes into a phase, or into the same one again after a rollback. */
  | { readonly do: 'enter'; readonly phase: PhaseName }
  /** Turns the phase's features on. */
  | { readonly do: 'open' }
  /** Lets the next wave join, or one community that people admitted again. */
  | { readonly do: 'join'; readonly wave: number; readonly add: number }
  | { readonly do: 'readmit'; readonly community: string }
  /** Tells people something that is due now; `key` names it, so that it is told once. */
  | { readonly do: 'remind'; readonly key: string; readonly pages: readonly Page[] }
  | { readonly do: 'end' }
  /** Nothing to do before `until`, or before somebody or something changes it. */
  | { readonly do: 'wait'; readonly until?: number; readonly for: string };

/** What decides about times of day: midnight before the start, from which they count. */
export interface Clock {
  readonly at: number;
  readonly midnightAt: number;
}

/**
 * The whole course of a launch, phase by phase: enter, open, let communities join, wait for the gate, go on. Safety is not in here: what the watches see is
 * acted on whenever it comes.
 */
export function nextStep(plan: Plan, state: LaunchState, clock: Clock): NextStep {
  const { at } = clock;
  if (isOver(state)) return { do: 'end' };
  if (state.rollback) return state.stage === 'running' ? { do: 'enter', phase: state.phase } : { do: 'wait', for: 'resume or abandon' };
  if (state.entry === 0) return { do: 'enter', phase: state.phase };
  if (!state.opened) return state.holds.length > 0 ? { do: 'wait', for: 'resume, to open the phase' } : { do: 'open' };
  const due = reminder(plan, state, clock) ?? joining(plan, state, at);
  if (due) return due;
  if (gateBlockers(plan, state, at).length > 0) return { do: 'wait', ...waiting(plan, state, clock) };
  const next = phaseNames[phaseNames.indexOf(state.phase) + 1];
  return next === undefined ? { do: 'end' } : { do: 'enter', phase: next };
}

function joining(plan: Plan, state: LaunchState, at: number): NextStep | undefined {
  if (expansionBlockers(state).length > 0) return undefined;
  const readmitted = Object.values(state.communities).find((community) => community.state === 'readmitted');
  if (readmitted) return { do: 'readmit', community: readmitted.slug };
  const waves = wavesOf(plan, state);
  const due = nextWaveDueAt(waves, state);
  return due !== undefined && due <= at ? { do: 'join', wave: state.wavesJoined, add: waves[state.wavesJoined]?.add ?? 0 } : undefined;
}

function reminder(plan: Plan, state: LaunchState, clock: Clock): NextStep | undefined {
  const { at } = clock;
  const phase = phaseOf(plan, state.phase);
  const maximum = stayEndsAt(plan, state);
  if (maximum !== undefined && at >= maximum && !state.reminded.includes('maximum stay')) {
    const roles = phase.decidedBy.kind === 'people' ? phase.decidedBy.roles : [onCall(plan)];
    const what = `${phase.name} has lasted ${formatDuration(phase.maximumStayMs ?? 0)}, as long as it may, and has not passed`;
    return { do: 'remind', key: 'maximum stay', pages: roles.map((role) => ({ role, what, scope: 'launch' })) };
  }
  const talk = lastCheckInAt(plan, state, clock);
  if (talk === undefined || talk <= state.phaseOpenedAt || state.reminded.includes(`check-in ${talk}`)) return undefined;
  const pages = (phase.checkIns?.with ?? []).map((role) => ({
    role,
    what: `check-in of ${phase.name} is due`,
    scope: 'launch',
    routine: true,
  }));
  return { do: 'remind', key: `check-in ${talk}`, pages };
}

/** When people are paged because a phase does not pass; undefined when it may last for ever. */
function stayEndsAt(plan: Plan, state: LaunchState): number | undefined {
  const { maximumStayMs } = phaseOf(plan, state.phase);
  return maximumStayMs === undefined ? undefined : Math.max(state.phaseOpenedAt + maximumStayMs, state.stayUntil);
}

/** The phase's check-ins of yesterday, today and tomorrow. */
function checkInsAround(plan: Plan, state: LaunchState, { at, midnightAt }: Clock): readonly number[] {
  const times = phaseOf(plan, state.phase).checkIns?.atMs ?? [];
  const today = midnightAt + Math.floor((at - midnightAt) / plan.dayMs) * plan.dayMs;
  return [today - plan.dayMs, today, today + plan.dayMs].flatMap((midnight) => times.map((time) => midnight + time));
}

function lastCheckInAt(plan: Plan, state: LaunchState, clock: Clock): number | undefined {
  const due = checkInsAround(plan, state, clock).filter((time) => time <= clock.at);
  return due.length > 0 ? Math.max(...due) : undefined;
}

function nextCheckInAt(plan: Plan, state: LaunchState, clock: Clock): number | undefined {
  const due = checkInsAround(plan, state, clock).filter((time) => time > clock.at);
  return due.length > 0 ? Math.min(...due) : undefined;
}

/** Until when nothing can happen by itself, and what is waited for. */
function waiting(plan: Plan, state: LaunchState, clock: Clock): { until?: number; for: string } {
  const { at } = clock;
  const wave = nextWaveDueAt(wavesOf(plan, state), state);
  const maximum = state.reminded.includes('maximum stay') ? undefined : stayEndsAt(plan, state);
  const waivers = state.waivers.map((waiver) => waiver.expiresAt);
  const instants = [state.stayUntil, wave, maximum, nextCheckInAt(plan, state, clock), ...waivers].filter(
    (time) => time !== undefined && time > at,
  );
  const blockers = blockersBesidesDecision(plan, state, at);
  const reason = blockers[0] === undefined ? `go or no-go for ${state.phase}` : `${blockers[0].what}: ${blockers[0].why}`;
  return { ...(instants.length > 0 ? { until: Math.min(...(instants as number[])) } : {}), for: reason };
}
