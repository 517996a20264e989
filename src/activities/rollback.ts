import { activityInfo } from '@temporalio/activity';
import { findDrift } from '../database/drift.ts';
import { loadLaunch } from '../database/launch-record.ts';
import { liftFence, listRollbacks, settleRollback } from '../database/rollback.ts';
import type { News } from '../domain/news.ts';
import type { Plan } from '../domain/plan.ts';
import { againCommandId, communityOf, featureOf, firstCommandId, type RollbackOrder } from '../domain/rollback.ts';
import { notYet } from './not-yet.ts';
import { unmetCriteria } from './probing.ts';
import type { Resources } from './resources.ts';

/** A rollback that was ordered, by which launch, at which logical time. */
export interface OrderedRollback {
  readonly launch: string;
  readonly order: RollbackOrder;
  readonly at: number;
}

/** Command ids of the rollbacks that a launch has ordered or heard of, at a logical time. */
export interface KnownRollbacks {
  readonly launch: string;
  readonly known: readonly string[];
  readonly at: number;
}

/** How a rollback was found when it was read back. `over`: its launch has ended, or its fence was lifted, so nobody asks any more. */
export interface Proof {
  readonly state: 'restored' | 'stuck' | 'over';
  readonly says: string;
}

/** How often a rollback that cannot be proven is tried again. Machine time: what has to be off waits for no plan. */
const retryMs = 5_000;

/** The way back, and its end. */
export function rollbackActivities(resources: Resources) {
  const { pool, rollbackLine, planOf } = resources;

  /** Turns the scope off, over a connection of its own. The same command id again does nothing and gives the same answer. */
  async function rollBack({ launch, order, at }: OrderedRollback) {
    const { commandId, scope, by, reason } = order;
    const answer = await rollbackLine.rollBack({ launch, scope, reason, actor: by, commandId, at });
    const { turnedOff, alreadyOff, leftOn, notRestored, stillOn, fence } = answer;
    return { turnedOff, alreadyOff, leftOn, notRestored, stillOn, fence };
  }

  /**
   * Reads back what was turned off and probes what the plan verifies by. Comes back once it is proven; or at once when it is not and nobody knows that
   * yet. After that it tries again until it is: what is still on is turned off anew.
   */
  async function proveRollback({ launch, order, knownStuck }: Omit<OrderedRollback, 'at'> & { knownStuck: boolean }): Promise<Proof> {
    const at = activityInfo().currentAttemptScheduledTimestampMs;
    const plan = await planOf(launch);
    if (await isOver(launch, order)) return { state: 'over', says: 'Nobody asks any more: the launch has ended or goes on.' };
    const stillOn = await findStillOn(plan, launch, order.scope);
    const unmet = stillOn.length > 0 ? [] : await unmetCriteria(resources, plan, plan.rollback.verify, at);
    if (stillOn.length + unmet.length === 0) {
      const says = `${order.scope} reads back as off, and ${plan.rollback.verify.join(', ')} ${plan.rollback.verify.length === 1 ? 'holds' : 'hold'}.`;
      await settleRollback(pool, { launch, commandId: order.commandId, state: 'restored', says, actor: 'softlaunch', at });
      return { state: 'restored', says };
    }
    if (stillOn.length > 0) {
      const commandId = againCommandId(order.commandId, at);
      await rollbackLine.rollBack({ launch, scope: order.scope, reason: order.reason, actor: order.by, commandId, at });
      if ((await findStillOn(plan, launch, order.scope)).length === 0)
        throw notYet(1, `${order.scope} was turned off again; reading it back.`);
    }
    const says = `The rollback of ${order.scope} is not proven: ${[...stillOn.map((name) => `${name} is still on`), ...unmet].join('; ')}.`;
    await settleRollback(pool, { launch, commandId: order.commandId, state: 'stuck', says, actor: 'softlaunch', at });
    if (!knownStuck) return { state: 'stuck', says };
    throw notYet(retryMs, says);
  }

  /** Lifted by people, or its launch has ended since, which turned everything off and gave the flags back. */
  async function isOver(launch: string, { commandId }: RollbackOrder): Promise<boolean> {
    const record = (await listRollbacks(pool, launch)).find((rollback) => rollback.commandId === commandId);
    const endedAt = (await loadLaunch(pool, launch))?.endedAt ?? null;
    return record !== undefined && (record.liftedAt !== null || (endedAt !== null && endedAt >= record.at));
  }

  /** What of the scope is on although the launch has turned it off. */
  async function findStillOn(plan: Plan, launch: string, scope: string): Promise<readonly string[]> {
    const on = (await findDrift(pool, launch)).filter(({ what }) => what === 'turned on by hand');
    const community = communityOf(scope);
    if (community !== undefined) return on.filter(({ kind, key }) => kind === 'community' && key === community).map(({ key }) => key);
    const feature = plan.features[featureOf(scope) ?? ''];
    const flags = on.filter(({ kind }) => kind === 'flag').map(({ key }) => key);
    return feature ? flags.filter((flag) => feature.on.includes(flag) || feature.off.includes(flag)) : flags;
  }

  /** Rollbacks in force that the launch does not know: somebody rolled back by SQL. */
  async function foreignRollbacks({ launch, known, at }: KnownRollbacks): Promise<News['rollbacks']> {
    const inForce = (await listRollbacks(pool, launch)).filter(({ liftedAt }) => liftedAt === null);
    const unknown = inForce.filter(({ commandId }) => !known.includes(firstCommandId(commandId)));
    return unknown.map(({ commandId, scope, actor, reason }) => ({ commandId, scope, by: actor, reason, at }));
  }

  /** Lets a scope be written again and gives the fence for it. A rollback that the launch does not know stays in force, and keeps it from opening. */
  function lift({ order, ...known }: OrderedRollback & KnownRollbacks): Promise<number> {
    const { by, ...rest } = order;
    return liftFence(pool, { ...rest, ...known, actor: by });
  }

  return { rollBack, proveRollback, foreignRollbacks, lift };
}
