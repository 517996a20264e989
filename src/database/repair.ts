import type { QueryConfig } from 'pg';
import type { Connection } from './pool.ts';

/** What a repair came to. Repairs write the product, so a failed one is told and never tried again by itself. */
export type RepairOutcome = { readonly repaired: true } | { readonly repaired: false; readonly reason: string };

/**
 * Runs a repair that the plan names: one statement, with the rights of this connection. Only the extended protocol keeps several statements out.
 */
export async function runRepair(connection: Connection, sql: string): Promise<RepairOutcome> {
  try {
    const query: QueryConfig & { queryMode: 'extended' } = { text: sql, queryMode: 'extended' };
    await connection.query(query);
    return { repaired: true };
  } catch (error) {
    return { repaired: false, reason: (error as Error).message };
  }
}
