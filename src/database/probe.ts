import pg from 'pg';
import type { SqlProbe } from '../domain/plan.ts';
import { bindParameters, countStatements } from '../domain/probe-sql.ts';
import type { RawAnswer } from '../domain/reading.ts';
import { faultSentence } from './probe-fault.ts';
import { type AnswerLimits, firstRows, probeLimits } from './probe-query.ts';

/** The role probes run as where it exists and the login may take it: it can read what it was granted, and nothing else. */
export const probeRole = 'softlaunch_probe';

/** What a probe is asked about: a community's key, and the half-open window `[since, until)` in epoch milliseconds. */
export interface ProbeQuestion {
  readonly community?: string | undefined;
  readonly since: number;
  readonly until: number;
}

/** How much longer than its timeout a probe may take before we stop waiting for a server that does not answer at all. */
const graceMs = 750;

/**
 * A pool for probes alone: each of its sessions is wiped after every probe, which would take prepared statements and settings away from other users
 * of it. The wall between a probe and the product is what this URL's login was granted, not the transaction that we open.
 */
export function openProbePool(connectionString: string, max = 4): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    application_name: 'softlaunch probe',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', () => {
    // An idle connection was lost. The pool has dropped it, and the next probe opens another or says why it cannot.
  });
  return pool;
}

/**
 * Asks the product one question: one statement, read-only unless the probe says that it writes, as the probe role, within its timeout, in a session
 * that nothing of the probe before is left in. Answers with its first rows (two at most, unless `limits` says otherwise), or with a sentence about why
 * there is no answer; never throws.
 */
export async function runSqlProbe(
  pool: pg.Pool,
  probe: SqlProbe,
  question: ProbeQuestion,
  limits: AnswerLimits = probeLimits,
): Promise<RawAnswer> {
  const fault = textFault(probe.sql);
  if (fault !== undefined) return { answered: false, reason: fault };
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    return { answered: false, reason: faultSentence(error, { ...probe, role: probeRole }) };
  }
  const { answer, clean } = await inFreshSession(
    client,
    () => ask(client, { probe, question, limits }),
    probe.timeoutSeconds * 1000 + graceMs,
  );
  client.release(!clean);
  return answer;
}

/** What a glance at the text already refuses. A courtesy to whoever writes a plan; what protects the product is in the session and the grants. */
function textFault(sql: string): string | undefined {
  if (countStatements(sql) !== 1) return 'A probe is one statement.';
  if (/\bset_config\s*\(/i.test(sql)) return 'A probe does not change settings; what it needs belongs under "session".';
  return undefined;
}

/** Runs, wipes the session, and says whether that worked. A connection that is not clean is closed, never lent again. */
async function inFreshSession(client: pg.PoolClient, run: () => Promise<RawAnswer>, deadlineMs: number) {
  const ignore = () => {};
  // A connection that breaks also emits; the query's own error says what there is to say.
  client.on('error', ignore);
  const late: RawAnswer = { answered: false, reason: 'The database did not answer in time.' };
  const answer = await within(deadlineMs, run(), late);
  const wiped = client.query('rollback').then(() => client.query('discard all'));
  const clean =
    answer !== late &&
    (await within(
      graceMs,
      wiped.then(() => true).catch(() => false),
      false,
    ));
  if (!clean) wiped.catch(ignore);
  else client.off('error', ignore);
  return { answer, clean };
}

interface Asking {
  readonly probe: SqlProbe;
  readonly question: ProbeQuestion;
  readonly limits: AnswerLimits;
}

async function ask(client: pg.PoolClient, { probe, question, limits }: Asking): Promise<RawAnswer> {
  let role = probeRole;
  try {
    await client.query(probe.writes ? 'begin read write' : 'begin read only');
    role = await prepareSession(client, probe);
    const raw = await firstRows(client, bind(probe.sql, question), limits);
    // What only reads is rolled back in any case: a notification or large object it made is never seen.
    if (probe.writes) await client.query('commit');
    return { answered: true, raw };
  } catch (error) {
    return { answered: false, reason: error instanceof RangeError ? error.message : faultSentence(error, { ...probe, role }) };
  }
}

/** Takes the probe role, then the plan's settings, and ours last, so that no plan can undo them. All end with the transaction. Answers the role in force. */
async function prepareSession(client: pg.PoolClient, { session, timeoutSeconds }: SqlProbe): Promise<string> {
  const timeout = String(Math.max(1, Math.round(timeoutSeconds * 1000)));
  const settings = [
    ...Object.entries(session),
    ['row_security', 'off'],
    ['statement_timeout', timeout],
    ['lock_timeout', timeout],
    ['idle_in_transaction_session_timeout', timeout],
  ];
  const taken = await client.query<{ role: string }>({
    text: `select coalesce((select set_config('role', rolname, true) from pg_roles where rolname = $1 and pg_has_role(oid, 'member')), current_user) as role`,
    values: [probeRole],
  });
  const calls = settings.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`);
  await client.query({ text: `select ${calls.join(', ')}`, values: settings.flat() });
  return session.role ?? taken.rows[0]?.role ?? probeRole;
}

function bind(sql: string, { community, since, until }: ProbeQuestion) {
  const window = { since: new Date(since).toISOString(), until: new Date(until).toISOString() };
  return bindParameters(sql, community === undefined ? window : { ...window, community });
}

async function within<T>(ms: number, work: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
