import { z } from 'zod';
import type { Connection } from './pool.ts';
import { adoptedRow, driftRow } from './row-schemas.ts';
import { callFunction, instant, queryRows } from './sql-function.ts';

/** Something done by hand. A setting's key is `flag.setting`. */
export type Drift = Readonly<z.infer<typeof driftRow>>;

export interface Adoption {
  readonly launch: string;
  readonly kind: 'flag' | 'community';
  /** As `findDrift` gave it. */
  readonly key: string;
  readonly actor: string;
  readonly reason: string;
  readonly commandId: string;
  readonly at: number;
}

/** Where the product differs from what the launch left there. Cheap enough for every look. @throws NotKnown */
export async function findDrift(connection: Connection, launch: string): Promise<readonly Drift[]> {
  const rows = await queryRows(connection, 'select kind, key, what, expected, found from softlaunch.drift($1) order by kind, key, what', [
    launch,
  ]);
  return z.array(driftRow).parse(rows);
}

/**
 * A person's choice to keep what was done by hand: the launch expects it from now on. `adopted` is false when there is no such drift any more.
 * A flag turned off is better adopted by a rollback, which also raises the fence.
 */
export function adoptDrift(connection: Connection, adoption: Adoption): Promise<{ readonly adopted: boolean; readonly repeated: boolean }> {
  const { launch, kind, key, actor, reason, commandId, at } = adoption;
  return callFunction(connection, 'adopt', adoptedRow, [launch, kind, key, actor, reason, commandId, instant(at)]);
}
