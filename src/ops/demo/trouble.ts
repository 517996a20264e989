import { type LaunchState, openCommunities } from '../../domain/launch.ts';
import { type LaunchClock, launchDay } from './launch-clock.ts';

/** The day on which one community begins to fail. */
const troubleDay = 4;

/** The community that begins to fail now: on day 4, the first of those that joined last and have been in for four hours. Undefined before, and outside the expansion. */
export function communityToFail(clock: LaunchClock, state: LaunchState, at: number): string | undefined {
  if (state.phase !== 'expansion' || launchDay(clock, at) < troubleDay) return undefined;
  const joined = openCommunities(state).filter(({ phase, joinedAt }) => phase === 'expansion' && at - joinedAt > clock.dayMs / 6);
  const lastAt = Math.max(...joined.map(({ joinedAt }) => joinedAt));
  // Those of one wave join within moments of each other.
  const lastWave = joined.filter(({ joinedAt }) => lastAt - joinedAt < clock.dayMs / 8).map(({ slug }) => slug);
  return lastWave.sort()[0];
}

/** What goes otherwise than the demo wants, as a sentence; undefined while all goes well. `failing` is the community that is meant to be turned off. */
export function surprise(state: LaunchState, failing: string | undefined): string | undefined {
  if (state.rollback) return `the whole launch was rolled back: ${state.rollback.reason}`;
  if (state.stage === 'abandoned' || state.stage === 'cancelled') return `the launch was ${state.stage}`;
  const [hold] = state.holds;
  if (hold) return `the launch is held by ${hold.by}: ${hold.reason}`;
  const incident = state.incidents.find(({ closedAt }) => closedAt === undefined);
  if (incident) return `incident ${incident.id} was opened: ${incident.issue}`;
  if (state.featuresOff.length > 0) return `${state.featuresOff.join(' and ')} was rolled back`;
  const off = Object.values(state.communities).find((community) => isOff(community) && community.slug !== failing);
  return off && `${off.slug} is ${off.state} though nothing is wrong there: ${off.why ?? 'nobody says why'}`;
}

/** The communities that were turned off, or could not be let in. */
export function communitiesOff(state: LaunchState): readonly string[] {
  return Object.values(state.communities)
    .filter(isOff)
    .map(({ slug }) => slug);
}

function isOff({ state }: LaunchState['communities'][string]): boolean {
  return state === 'rolled back' || state === 'refused';
}
