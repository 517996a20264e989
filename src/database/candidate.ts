import type pg from 'pg';
import { z } from 'zod';
import { type CandidateRow, candidateRowOf, type Taken } from '../domain/candidate.ts';
import type { CandidateRule, SqlProbe } from '../domain/plan.ts';
import type { Connection } from './pool.ts';
import { runSqlProbe } from './probe.ts';
import { queryRows } from './sql-function.ts';

/** More communities than this are no list that people look at, and no answer that should be held in memory. */
const mostRows = 100_000;
const limits = { rows: mostRows + 1, bytes: 64 * 1024 * 1024 };

/** The communities that the plan's query names, or a sentence about why nobody may be picked. */
export type CandidateAnswer =
  | { readonly answered: true; readonly rows: readonly CandidateRow[] }
  | { readonly answered: false; readonly reason: string };

/**
 * Asks the product who may join, over a pool of `openProbePool` and within the same walls as a probe: read-only, as the probe role, one statement, a fresh
 * session, within its timeout. Of each row only the community's key and the measures that the plan names leave this function. All rows or none: half
 * a list would rank the wrong ones first. Never throws.
 */
export async function readCandidates(pool: pg.Pool, rule: CandidateRule, timeoutSeconds = 30): Promise<CandidateAnswer> {
  if (rule.sql === '') return { answered: false, reason: 'The plan has no query for candidates: write candidates with their sql.' };
  const question: SqlProbe = {
    kind: 'sql',
    sql: rule.sql,
    writes: false,
    timeoutSeconds,
    lagMs: 0,
    session: {},
    perCommunity: false,
    freshMs: 0,
  };
  const answer = await runSqlProbe(pool, question, { since: 0, until: 0 }, limits);
  if (!answer.answered) return answer;
  const found = Array.isArray(answer.raw) ? answer.raw : [];
  if (found.length > mostRows) return { answered: false, reason: `The query for candidates answers more than ${mostRows} rows.` };
  const rows = found.flatMap((row) => candidateRowOf(rule, row) ?? []);
  const unnamed = found.length - rows.length;
  if (unnamed > 0) {
    return {
      answered: false,
      reason: `${unnamed} of ${found.length} rows name no community: the query needs the column community, a text.`,
    };
  }
  return { answered: true, rows };
}

// A community that was rolled back, or taken out by hand, counts as joined until people let it in again. One written after that is in once more.
const takenSql = `
with admitted as (
  select distinct on (community) community, admitted, seq
  from softlaunch.journal, lateral (select detail #>> '{command,community}' as community, (detail #> '{command,admitted}')::boolean as admitted) command
  where launch = $1 and kind = 'admit' and community is not null
  order by community, seq desc
), joined as (
  select b.key from softlaunch.baseline b
  left join admitted a on a.community = b.key and a.admitted
  where b.launch = $1 and b.kind = 'community' and b.written is not null
    and (b.written -> 'in' = 'true' or a.seq is null
      or exists (select from softlaunch.journal r where r.launch = $1 and r.kind = 'rollback' and r.scope = 'community:' || b.key and r.seq > a.seq))
)
select array(select key from joined order by key) as joined,
  array(select community from admitted where not admitted order by community) as excluded`;

const takenRow = z.object({ joined: z.array(z.string()), excluded: z.array(z.string()) });

/** The communities of a launch that are no choice for its next wave, as far as the database knows. Works while no worker runs. */
export async function readTaken(connection: Connection, launch: string): Promise<Taken> {
  const [row] = await queryRows(connection, takenSql, [launch]);
  return takenRow.parse(row);
}
