import type { Pool } from 'pg';
import { z } from 'zod';
import type { ScopeRecord } from '../../database/reading.ts';

/** How often a launch looked at its product, and what it missed. */
export interface Looks {
  readonly count: number;
  /** Looks a second, over the whole launch and in its busiest second. */
  readonly perSecond: number;
  readonly busiestSecond: number;
  /** The longest time that nobody can vouch for in any ledger, milliseconds; `where` is that ledger. */
  readonly longestUnknownMs: number;
  readonly where: string;
}

const looksRow = z.object({ count: z.number(), seconds: z.number(), busiest: z.number() });

const looksSql = `
with look as (
  select distinct scope, at from softlaunch.reading where launch = $1
), second as (
  select date_trunc('second', at) as at, count(*)::integer as looks from look group by 1
)
select (select count(*)::integer from look) as count, coalesce(max(looks), 0) as busiest,
  coalesce(extract(epoch from max(at) - min(at)), 0)::double precision as seconds
from second`;

/** Counts the looks of a launch by what they left in the database. */
export async function countLooks(pool: Pool, launch: string, scopes: Readonly<Record<string, ScopeRecord>>): Promise<Looks> {
  const { rows } = await pool.query(looksSql, [launch]);
  const { count, seconds, busiest } = looksRow.parse(rows[0]);
  const ledgers = Object.entries(scopes).flatMap(([scope, { soaks }]) =>
    soaks.map(({ criterion, ledger }) => ({ where: `${criterion} of ${scope}`, unknownMs: ledger.unknownMs })),
  );
  const worst = ledgers.reduce((so, ledger) => (ledger.unknownMs > so.unknownMs ? ledger : so), { where: '', unknownMs: 0 });
  return { count, perSecond: count / Math.max(seconds, 1), busiestSecond: busiest, longestUnknownMs: worst.unknownMs, where: worst.where };
}
