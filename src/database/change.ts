import type { z } from 'zod';
import type { Connection } from './pool.ts';
import { changeOutcomeRow } from './row-schemas.ts';
import { callFunction, instant, json } from './sql-function.ts';

/** One row of a change. `communities`: every eligible one, but for those rolled back or taken out by hand. */
export type RowChange =
  | { readonly kind: 'flag'; readonly key: string; readonly on?: boolean; readonly settings?: Readonly<Record<string, number>> }
  | { readonly kind: 'community'; readonly key: string; readonly in: boolean }
  | { readonly kind: 'communities'; readonly in: true };

export interface ChangeOrder {
  readonly launch: string;
  /** The same key again gives the stored outcome, refused ones too; whoever tries anew takes a new key. */
  readonly operationKey: string;
  /** The fence the launch knew when this was planned. */
  readonly fence: number;
  /** On whose behalf: `launch`, `feature:<name>` or `community:<slug>`. */
  readonly scope: string;
  readonly rows: readonly RowChange[];
  readonly actor: string;
  readonly reason: string;
  /** Logical time. */
  readonly at: number;
}

/** Applied: all rows. Refused: none, and why, as a word to decide by and a sentence to show. */
export type ChangeOutcome = Readonly<z.infer<typeof changeOutcomeRow>>;

/**
 * Writes flags and communities: all rows or none, once per operation key, never over a rollback and never over a manual off. A refusal is an answer.
 *
 * @throws RowLocked (try again), WriteNotTaken, OrderInvalid, NotKnown
 */
export function applyChange(connection: Connection, order: ChangeOrder): Promise<ChangeOutcome> {
  const { launch, operationKey, fence, scope, rows, actor, reason, at } = order;
  return callFunction(connection, 'apply_change', changeOutcomeRow, [
    launch,
    operationKey,
    fence,
    scope,
    json(rows),
    actor,
    reason,
    instant(at),
  ]);
}
