import { isOver, type LaunchState, type RollbackState } from './launch.ts';

/** A rollback that was ordered: what, by whom, and the id under which it has one effect only. */
export interface RollbackOrder {
  readonly commandId: string;
  /** `launch`, `feature:<name>` or `community:<slug>`. */
  readonly scope: string;
  readonly by: string;
  readonly reason: string;
}

export const featureScope = (feature: string): string => `feature:${feature}`;
export const communityScope = (slug: string): string => `community:${slug}`;

/** The community that a scope names; undefined for other scopes. */
export function communityOf(scope: string): string | undefined {
  return scope.startsWith('community:') ? scope.slice('community:'.length) : undefined;
}

/** The feature that a scope names; undefined for other scopes. */
export function featureOf(scope: string): string | undefined {
  return scope.startsWith('feature:') ? scope.slice('feature:'.length) : undefined;
}

/**
 * What an order means for the launch from this instant on: the launch stands still, the community has left, or the feature stays off for later waves.
 * An order that joins a rollback of the launch in force leaves that one as it is, but for votes to resume, for those did not know of it. When people have
 * resumed meanwhile, the launch stands still again.
 * A launch that is over stays over.
 */
export function withRollback(state: LaunchState, order: RollbackOrder, at: number): LaunchState {
  const rollback: RollbackState = { ...order, at, state: 'ordered' };
  const ordered = [...state.ordered.filter((id) => id !== order.commandId), order.commandId].slice(-rememberedOrders);
  if (order.scope === 'launch') {
    const inForce = state.rollback !== null && state.stage !== 'running';
    // The product's settings are back at what they were, so what was tuned is undone too.
    if (inForce) return { ...state, ordered, votes: [] };
    return { ...state, ordered, stage: isOver(state) ? state.stage : 'rolled back', votes: [], tuned: {}, rollback };
  }
  const partRollbacks = { ...state.partRollbacks, [order.scope]: rollback };
  const feature = featureOf(order.scope);
  if (feature !== undefined) return { ...state, ordered, partRollbacks, featuresOff: [...new Set([...state.featuresOff, feature])] };
  const slug = communityOf(order.scope) ?? '';
  const community = Object.hasOwn(state.communities, slug) ? state.communities[slug] : undefined;
  if (!community) return { ...state, ordered, partRollbacks };
  return {
    ...state,
    ordered,
    partRollbacks,
    holds: state.holds.filter((hold) => hold.community !== slug),
    communities: { ...state.communities, [slug]: { ...community, state: 'rolled back', why: order.reason } },
  };
}

/** How many orders are remembered, so that the state stays small. */
const rememberedOrders = 200;

/** Whether the launch ordered this rollback itself, or has adopted it: by whichever door it is heard of again, it is the same one. */
export function isOrdered(state: LaunchState, { commandId }: RollbackOrder): boolean {
  return state.ordered.includes(firstCommandId(commandId));
}

/** The command id under which an order is carried out again, because something was on all the same. */
export const againCommandId = (commandId: string, at: number): string => `${commandId}/again-${at}`;

/** The command id of the order itself, whether or not this is a repetition of it. */
export const firstCommandId = (commandId: string): string => commandId.replace(/\/again-\d+$/, '');

/** The rollback of a scope that is in force, or was the latest of its feature or community. */
export function rollbackOf(state: LaunchState, scope: string): RollbackState | undefined {
  return (scope === 'launch' ? state.rollback : state.partRollbacks[scope]) ?? undefined;
}

/** The rollback of a scope has been proven done, or could not be. */
export function withRollbackSettled(state: LaunchState, scope: string, settled: 'restored' | 'stuck'): LaunchState {
  const known = rollbackOf(state, scope);
  if (!known) return state;
  const rollback = { ...known, state: settled };
  return scope === 'launch' ? { ...state, rollback } : { ...state, partRollbacks: { ...state.partRollbacks, [scope]: rollback } };
}
