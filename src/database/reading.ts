import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import type { Judgement } from '../domain/criterion.ts';
import type { Reading } from '../domain/reading.ts';
import type { SoakLedger } from '../domain/soak.ts';

/** One criterion's ledger. `sinceKey` names from where time counts (a phase, or empty: the opening of the scope), `sinceAt` when that was. */
export interface Soak {
  readonly criterion: string;
  readonly sinceKey: string;
  readonly sinceAt: number;
  readonly ledger: SoakLedger;
}

/** Everything one look found out. All its readings and judgements are of one launch; they may be of several scopes. */
export interface LookRecord {
  readonly launch: string;
  readonly readings: readonly Reading[];
  readonly soaks: readonly (Soak & { readonly scope: string })[];
  readonly judgements: readonly Judgement[];
}

/** What is known of one scope. `evidenceSince` is when its evidence last began anew; absent when it never did. */
export interface ScopeRecord {
  readonly soaks: readonly Soak[];
  readonly judgements: readonly Judgement[];
  readonly evidenceSince?: number;
}

export interface EvidenceRestart {
  readonly launch: string;
  readonly scope: string;
  readonly at: number;
  readonly why: string;
  /** Ledgers that go on, by their `sinceKey`: those that count from before this scope's own opening. */
  readonly keepSoaksSince?: readonly string[];
}

type Connection = Pool | PoolClient;

// One statement, so one transaction and one round trip. A row of a look that was already recorded, or that is older than what is there, or than the
// last restart of evidence, changes nothing: neither a repeated attempt nor a late one can.
const saveLookSql = `
with fresh as (
  select scope, at from softlaunch.evidence_start where launch = $1
), written as (
  insert into softlaunch.reading (launch, scope, probe, at, status, answer, gaps, reason)
  select $1, scope, probe, at, status, answer, gaps, reason
  from jsonb_to_recordset($2::jsonb) as r (scope text, probe text, at timestamptz, status text, answer jsonb, gaps jsonb, reason text)
  on conflict do nothing
  returning 1
), soaked as (
  insert into softlaunch.soak as known
    (launch, scope, criterion, since_key, since_at, healthy_ms, unhealthy_ms, unknown_ms, last_at, last_state, unhealthy_since)
  select $1, s.scope, criterion, since_key, since_at, healthy_ms, unhealthy_ms, unknown_ms, last_at, last_state, unhealthy_since
  from jsonb_to_recordset($3::jsonb) as s (scope text, criterion text, since_key text, since_at timestamptz, healthy_ms double precision,
    unhealthy_ms double precision, unknown_ms double precision, last_at timestamptz, last_state text, unhealthy_since timestamptz)
  left join fresh on fresh.scope = s.scope
  where fresh.at is null or s.last_at >= fresh.at
  on conflict (launch, scope, criterion, since_key) do update
  set since_at = excluded.since_at, healthy_ms = excluded.healthy_ms, unhealthy_ms = excluded.unhealthy_ms, unknown_ms = excluded.unknown_ms,
    last_at = excluded.last_at, last_state = excluded.last_state, unhealthy_since = excluded.unhealthy_since
  where excluded.last_at > known.last_at or (excluded.last_at = known.last_at and known.last_state is null)
), judged as (
  insert into softlaunch.judgement as known
    (launch, scope, criterion, verdict, reason, value, since, as_of, unmeasured_in_a_row)
  select $1, j.scope, criterion, verdict, reason, value, since, as_of, unmeasured_in_a_row
  from jsonb_to_recordset($4::jsonb) as j (scope text, criterion text, verdict text, reason text, value jsonb, since timestamptz,
    as_of timestamptz, unmeasured_in_a_row integer)
  left join fresh on fresh.scope = j.scope
  where fresh.at is null or j.as_of >= fresh.at
  on conflict (launch, scope, criterion) do update
  set verdict = excluded.verdict, reason = excluded.reason, value = excluded.value, since = excluded.since, as_of = excluded.as_of,
    unmeasured_in_a_row = excluded.unmeasured_in_a_row, recorded_at = now()
  where excluded.as_of > known.as_of
)
select count(*)::integer as written from written`;

const judgementColumns = `'criterion', criterion, 'scope', scope, 'verdict', verdict, 'reason', reason, 'value', value, 'since', ${milliseconds('since')},
  'asOf', ${milliseconds('as_of')}, 'unmeasuredInARow', unmeasured_in_a_row`;

const loadScopeSql = `
select
  (select ${milliseconds('at')} from softlaunch.evidence_start where launch = $1 and scope = $2) as "evidenceSince",
  (select coalesce(jsonb_agg(jsonb_build_object(
      'criterion', criterion, 'sinceKey', since_key, 'sinceAt', ${milliseconds('since_at')}, 'ledger', jsonb_build_object(
        'healthyMs', healthy_ms, 'unhealthyMs', unhealthy_ms, 'unknownMs', unknown_ms, 'lastAt', ${milliseconds('last_at')},
        'lastState', last_state, 'unhealthySince', ${milliseconds('unhealthy_since')})) order by criterion, since_key), '[]')
    from softlaunch.soak where launch = $1 and scope = $2) as soaks,
  (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(${judgementColumns})) order by criterion), '[]')
    from softlaunch.judgement where launch = $1 and scope = $2) as judgements`;

const restartEvidenceSql = `
with started as (
  insert into softlaunch.evidence_start as known (launch, scope, at, why) values ($1, $2, $3, $4)
  on conflict (launch, scope) do update set at = excluded.at, why = excluded.why, recorded_at = now()
  where excluded.at > known.at
  returning at
), forgotten as (
  delete from softlaunch.soak
  where launch = $1 and scope = $2 and since_key <> all ($5::text[]) and exists (select from started)
)
delete from softlaunch.judgement where launch = $1 and scope = $2 and exists (select from started)`;

const missedSql = `
select jsonb_strip_nulls(jsonb_build_object(${judgementColumns})) as judgement from softlaunch.judgement j
where launch = $1 and criterion = any ($2) and verdict = 'missed' and scope like 'community:%'
  and not exists (select from softlaunch.rollback r where r.launch = $1 and r.scope = j.scope and r.lifted_at is null)
order by scope, criterion`;

const latestReadingsSql = `
select distinct on (probe) jsonb_strip_nulls(jsonb_build_object('probe', probe, 'scope', scope, 'at', ${milliseconds('at')}, 'status', status,
  'answer', answer, 'gaps', gaps, 'reason', reason)) as reading
from softlaunch.reading where launch = $1 and scope = $2 and probe = any ($3) and at >= $4 and at <= $5
order by probe, at desc`;

const instant = z.number();
const counts = z.strictObject({ successes: z.number(), trials: z.number() });
export const soakRow = z.object({
  criterion: z.string(),
  sinceKey: z.string(),
  sinceAt: instant,
  ledger: z.object({
    healthyMs: z.number(),
    unhealthyMs: z.number(),
    unknownMs: z.number(),
    lastAt: instant,
    lastState: z.enum(['healthy', 'unhealthy', 'unknown']).nullable(),
    unhealthySince: instant.nullable(),
  }),
});
export const judgementRow = z.object({
  criterion: z.string(),
  scope: z.string(),
  verdict: z.enum(['met', 'missed', 'inconclusive', 'unmeasured']),
  reason: z.string(),
  value: z.union([z.number(), z.boolean(), counts]).exactOptional(),
  since: instant,
  asOf: instant,
  unmeasuredInARow: z.number(),
});
const value = z.union([z.number(), z.boolean(), counts]);
export const readingSchema: z.ZodType<Reading> = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('measured'),
    probe: z.string(),
    scope: z.string(),
    at: instant,
    answer: z.record(z.string(), value),
    gaps: z.record(z.string(), z.string()).exactOptional(),
  }),
  z.object({ status: z.literal('unmeasured'), probe: z.string(), scope: z.string(), at: instant, reason: z.string() }),
]);
const scopeRow = z.object({ evidenceSince: instant.nullable(), soaks: z.array(soakRow), judgements: z.array(judgementRow) });

/**
 * Records one look in one transaction and one round trip, and says how many readings were new. The same look again writes nothing twice, whatever
 * its second answers were; what is older than the scope's latest look or its last restart of evidence leaves ledgers and judgements alone.
 */
export async function saveLook(connection: Connection, look: LookRecord): Promise<{ readonly written: number }> {
  const rows = [look.readings.map(readingRow), look.soaks.map(soakRowOf), look.judgements.map(judgementRowOf)];
  const result = await connection.query<{ written: number }>(saveLookSql, [look.launch, ...rows.map((list) => JSON.stringify(list))]);
  return { written: result.rows[0]?.written ?? 0 };
}

/** Ledgers and latest judgements of one scope, in one round trip; empty when nothing was seen since its evidence began. */
export async function loadScope(connection: Connection, launch: string, scope: string): Promise<ScopeRecord> {
  const result = await connection.query(loadScopeSql, [launch, scope]);
  const { evidenceSince, soaks, judgements } = scopeRow.parse(result.rows[0]);
  return { soaks, judgements, ...(evidenceSince !== null && { evidenceSince }) };
}

/**
 * The latest reading of each of these probes in a scope, from `since` to `until` (epoch milliseconds, both included): what people have answered, for they
 * are not asked at each look.
 */
export async function latestReadings(
  connection: Connection,
  { launch, scope, probes, since, until }: { launch: string; scope: string; probes: readonly string[]; since: number; until: number },
): Promise<readonly Reading[]> {
  const result = await connection.query(latestReadingsSql, [launch, scope, probes, time(since), time(until)]);
  return z.array(readingSchema).parse(result.rows.map(({ reading }) => reading));
}

/** Communities' judgements that are missed, of these criteria; those of a community that is rolled back tell of the past and are left out. */
export async function missedInCommunities(
  connection: Connection,
  launch: string,
  criteria: readonly string[],
): Promise<readonly Judgement[]> {
  const result = await connection.query(missedSql, [launch, criteria]);
  return z.array(judgementRow).parse(result.rows.map(({ judgement }) => judgement));
}

/** The scopes that anything was seen of: the launch's own first, then in the order of their names. */
export async function listScopes(connection: Connection, launch: string): Promise<readonly string[]> {
  const sql = `select scope from softlaunch.judgement where launch = $1 union select scope from softlaunch.soak where launch = $1`;
  const { rows } = await connection.query<{ scope: string }>(sql, [launch]);
  return rows.map(({ scope }) => scope).sort((a, b) => Number(b === 'launch') - Number(a === 'launch') || (a < b ? -1 : 1));
}

/**
 * Begins a scope's evidence anew: after re-entering a phase or tuning a weight, what was seen before says nothing about what is now. Ledgers and
 * judgements go, readings stay. Done once however often it is asked; an older restart after a newer one does nothing.
 */
export async function restartEvidence(
  connection: Connection,
  { launch, scope, at, why, keepSoaksSince = [] }: EvidenceRestart,
): Promise<void> {
  await connection.query(restartEvidenceSql, [launch, scope, time(at), why, keepSoaksSince]);
}

function readingRow(reading: Reading) {
  const { probe, scope, status, at } = reading;
  const row = { probe, scope, status, at: time(at) };
  return reading.status === 'measured' ? { ...row, answer: reading.answer, gaps: reading.gaps } : { ...row, reason: reading.reason };
}

function soakRowOf({ scope, criterion, sinceKey, sinceAt, ledger }: Soak & { readonly scope: string }) {
  return {
    scope,
    criterion,
    since_key: sinceKey,
    since_at: time(sinceAt),
    healthy_ms: ledger.healthyMs,
    unhealthy_ms: ledger.unhealthyMs,
    unknown_ms: ledger.unknownMs,
    last_at: time(ledger.lastAt),
    last_state: ledger.lastState,
    unhealthy_since: ledger.unhealthySince === null ? null : time(ledger.unhealthySince),
  };
}

function judgementRowOf({ criterion, scope, verdict, reason, value, since, asOf, unmeasuredInARow }: Judgement) {
  return { criterion, scope, verdict, reason, value, since: time(since), as_of: time(asOf), unmeasured_in_a_row: unmeasuredInARow };
}

/** Exact to the millisecond on the way in; `milliseconds` is its way back. */
function time(ms: number): string {
  return new Date(ms).toISOString();
}

function milliseconds(column: string): string {
  return `(extract(epoch from ${column}) * 1000)::double precision`;
}
