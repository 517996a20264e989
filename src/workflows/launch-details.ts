import { expansionBlockers, nextWaveDueAt, wavesOf } from '../domain/expansion.ts';
import { gateBlockers } from '../domain/gate.ts';
import { launchHealth } from '../domain/health.ts';
import type { LaunchState } from '../domain/launch.ts';
import type { Plan } from '../domain/plan.ts';
import type { LaunchStatus } from './messages.ts';

/** Where a launch stands, what blocks its gate, and what comes next. */
export function launchStatus(plan: Plan, state: LaunchState, at: number): LaunchStatus {
  const nextWaveAt = state.opened ? nextWaveDueAt(wavesOf(plan, state), state) : undefined;
  return {
    state,
    at,
    blockers: gateBlockers(plan, state, at),
    waveBlockers: expansionBlockers(state),
    ...(nextWaveAt === undefined ? {} : { nextWaveAt }),
  };
}

/** The same as Markdown, for the page of the workflow in the Temporal Web UI. */
export function launchDetails(plan: Plan, state: LaunchState, at: number): string {
  const { blockers, nextWaveAt } = launchStatus(plan, state, at);
  const communities = Object.values(state.communities);
  const names = (wanted: string) => communities.filter((community) => community.state === wanted).map(({ slug }) => slug);
  const list = (what: string, slugs: readonly string[]) => (slugs.length > 0 ? [`- ${what}: ${slugs.join(', ')}`] : []);
  return [
    `**${plan.title}** is in phase **${state.phase}**, ${launchHealth(state)}.`,
    '',
    ...(blockers.length > 0 ? ['**The gate waits for**', ...blockers.map(({ what, why, who }) => `- ${what}: ${why} (${who})`), ''] : []),
    ...(communities.length > 0
      ? [
          '**Communities**',
          ...list('open', names('open')),
          ...list('joining', names('joining')),
          ...list('rolled back', names('rolled back')),
          ...list('refused', names('refused')),
        ]
      : []),
    ...(nextWaveAt === undefined ? [] : ['', `Next wave: ${new Date(nextWaveAt).toISOString()}`]),
    ...(state.rollback ? ['', `**Rolled back** by ${state.rollback.by}: ${state.rollback.reason} (${state.rollback.state})`] : []),
  ].join('\n');
}
