import { z } from 'zod';
import type { Connection } from './pool.ts';
import { claimRow } from './row-schemas.ts';
import { queryRows } from './sql-function.ts';

/** Something a running launch owns. `communities` with an empty key: the table of communities as a whole. */
export type Claim = Readonly<z.infer<typeof claimRow>>;

/** What is owned, by one launch or by all. Nothing of a launch that has ended. */
export async function listClaims(connection: Connection, launch?: string): Promise<readonly Claim[]> {
  const sql = `select kind, product_table as "table", key, launch, claimed_at as "claimedAt" from softlaunch.claim
    where $1::text is null or launch = $1 order by launch, kind, key`;
  return z.array(claimRow).parse(await queryRows(connection, sql, [launch ?? null]));
}
