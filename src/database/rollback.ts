import { z } from 'zod';
import type { Connection } from './pool.ts';
import { rollbackAnswerRow, rollbackRow, settledRow } from './row-schemas.ts';
import { callFunction, instant, queryRows } from './sql-function.ts';

export interface RollbackOrder {
  readonly launch: string;
  /** `launch`, `feature:<name>` or `community:<slug>`. */
  readonly scope: string;
  readonly reason: string;
  readonly actor: string;
  /** The same id again gives the same answer and has no second effect. */
  readonly commandId: string;
  /** Logical time; absent, the database's clock. */
  readonly at?: number;
}

/**
 * What a rollback did. `leftOn` says why a flag may stay on, `notRestored` what could not be put back; whoever finds something in `stillOn` has a
 * flag or community that should be off and is not.
 */
export type RollbackAnswer = Readonly<z.infer<typeof rollbackAnswerRow>>;
export type RollbackRecord = Readonly<z.infer<typeof rollbackRow>>;

/**
 * Rolls back over a given connection, once, without dealing with whoever is in the way: `openRollbackLine` does.
 *
 * @throws RowLocked with the blockers, NotKnown with the known scopes, OrderInvalid
 */
export function orderRollback(connection: Connection, order: RollbackOrder): Promise<RollbackAnswer> {
  const { launch, scope, reason, actor, commandId, at } = order;
  const values = [launch, scope, reason, actor, commandId, ...(at === undefined ? [] : [instant(at)])];
  return callFunction(connection, 'roll_back', rollbackAnswerRow, values);
}

/** All rollbacks of a launch, latest first. In force while `liftedAt` is null; a stuck one needs people. */
export async function listRollbacks(connection: Connection, launch: string): Promise<readonly RollbackRecord[]> {
  const sql = `select command_id as "commandId", scope, fence, reason, actor, at, recorded_at as "recordedAt", state, settled_at as "settledAt",
    lifted_at as "liftedAt", answer from softlaunch.rollback where launch = $1 order by fence desc`;
  return z.array(rollbackRow).parse(await queryRows(connection, sql, [launch]));
}

/** Records what reading back has shown. @throws NotKnown */
export function settleRollback(
  connection: Connection,
  settlement: {
    readonly launch: string;
    readonly commandId: string;
    readonly state: 'restored' | 'stuck';
    /** The sentence for the journal. */
    readonly says: string;
    readonly actor: string;
    readonly at: number;
  },
): Promise<{ readonly state: string; readonly repeated: boolean }> {
  const { launch, commandId, state, says, actor, at } = settlement;
  return callFunction(connection, 'settle_rollback', settledRow, [launch, commandId, state, says, actor, instant(at)]);
}

/**
 * Lets a scope be written again and returns the fence that writes must carry from now on. Rollbacks of other scopes stay in force, and those of which
 * whoever lifts does not know: `known` are command ids.
 *
 * @throws LaunchEnded, NotKnown, RowLocked
 */
export function liftFence(
  connection: Connection,
  order: RollbackOrder & { readonly at: number; readonly known: readonly string[] },
): Promise<number> {
  const { launch, scope, actor, reason, commandId, at, known } = order;
  return callFunction(connection, 'lift_fence', z.coerce.number(), [launch, scope, actor, reason, commandId, instant(at), known]);
}
