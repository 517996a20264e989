import { isOver, type LaunchState } from './launch.ts';
import type { Situation } from './situation.ts';

/** How something stands, in one word for lists. */
export type Health = 'healthy' | 'unhealthy' | 'pending' | 'unknown' | 'held' | 'rolled back' | 'over';

/** A launch in one word: the gravest that holds. */
export function launchHealth(state: LaunchState): Health {
  if (isOver(state)) return 'over';
  if (state.rollback) return 'rolled back';
  if (state.holds.length > 0) return 'held';
  return situationHealth(state.situation);
}

/** What was seen, in one word. Nothing seen is unknown; `pending`: nothing is missed, and not everything is shown to hold yet. */
export function situationHealth({ missed, blind, pending, ready }: Situation): Health {
  if (missed.length > 0) return 'unhealthy';
  if (blind.length > 0) return 'unknown';
  if (ready) return 'healthy';
  return pending.length > 0 ? 'pending' : 'unknown';
}
