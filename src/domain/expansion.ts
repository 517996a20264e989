import { blockingIncidents } from './incident.ts';
import { type CommunityState, type LaunchState, openCommunities, phaseOf } from './launch.ts';
import type { Plan, Wave } from './plan.ts';

/** The waves by which communities join a phase: named communities are one wave, at once. */
export function wavesOf(plan: Plan, state: LaunchState): readonly Wave[] {
  const { audience } = phaseOf(plan, state.phase);
  if (audience.kind === 'waves') return audience.waves;
  return audience.kind === 'communities' ? [{ afterMs: 0, add: audience.communities.length }] : [];
}

/**
 * When the next wave is due: at its time after the phase opened, but never sooner after the wave before it than the plan
 * puts between the two. So an outage delays the expansion and never doubles a day.
 */
export function nextWaveDueAt(waves: readonly Wave[], state: LaunchState): number | undefined {
  const next = waves[state.wavesJoined];
  if (!next) return undefined;
  const planned = state.phaseOpenedAt + next.afterMs;
  const previous = waves[state.wavesJoined - 1];
  return previous ? Math.max(planned, state.lastWaveAt + next.afterMs - previous.afterMs) : planned;
}

/** What keeps the next wave from joining now; empty when it may. */
export function expansionBlockers(state: LaunchState): readonly string[] {
  const unwell = openCommunities(state).filter(({ situation }) => situation.missed.length + situation.blind.length > 0);
  return [
    ...state.holds.map((hold) => `held by ${hold.by}: ${hold.reason}`),
    ...(state.rollback ? ['rolled back'] : []),
    ...blockingIncidents(state).map((incident) => `incident ${incident.id} is open`),
    ...state.situation.missed.map((criterion) => `missed: ${criterion}`),
    ...state.situation.blind.map((criterion) => `cannot be measured: ${criterion}`),
    ...unwell.map(({ slug }) => `community ${slug} is not well`),
  ];
}

/**
 * The communities whose own criteria count at the gate: those that joined in a phase that judges communities.
 * A community rolled back has left: the others go on.
 */
export function judgedCommunities(state: LaunchState): readonly CommunityState[] {
  return Object.values(state.communities).filter(
    ({ state: joined }) => joined === 'open' || joined === 'joining' || joined === 'readmitted',
  );
}
