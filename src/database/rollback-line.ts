import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { RowLocked } from './database-refusal.ts';
import { orderRollback, type RollbackAnswer, type RollbackOrder } from './rollback.ts';

export interface RollbackLineOptions {
  /** Whether whoever holds the needed rows is cancelled, where the role may; absent, yes. */
  readonly endBlockers?: boolean;
  /** How often to try when rows are held or the connection breaks; absent, 4. */
  readonly attempts?: number;
}

/** A process of the server that stood in the way, and what was done to it. */
export interface EndedBlocker {
  readonly pid: number;
  readonly how: 'cancelled' | 'terminated';
}

/** Connections kept for rollbacks alone: they never queue behind other work. */
export interface RollbackLine {
  /** @throws RowLocked when the rows are held to the end; NotKnown, OrderInvalid; the driver's error when the database cannot be reached */
  rollBack(order: RollbackOrder): Promise<RollbackAnswer & { readonly endedBlockers: readonly EndedBlocker[] }>;
  /** Connects now, so that the first rollback need not, and finds a place when the server has none left. */
  connect(): Promise<void>;
  close(): Promise<void>;
}

/** Shorter than the wait of `roll_back` itself, so that a blocker is gone before the first attempt gives up. */
const LOOK_FOR_BLOCKERS_AFTER_MS = 200;
const PAUSE_BETWEEN_MS = 100;

/**
 * A connection of its own for rollbacks, opened at the first one (or by `connect`). While a rollback waits for a row, a second connection finds out
 * who holds it: a session that idles in a transaction is terminated, a busy one first cancelled, then terminated.
 */
export function openRollbackLine(url: string, options: RollbackLineOptions = {}): RollbackLine {
  const pool = reservedPool(url, 'softlaunch rollback');
  const watch = reservedPool(url, 'softlaunch rollback watch');
  const attempts = options.attempts ?? 4;
  const mayEnd = options.endBlockers ?? true;

  async function rollBack(order: RollbackOrder) {
    const ended: EndedBlocker[] = [];
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await attemptOnce(order, ended);
        return { ...answer, endedBlockers: ended };
      } catch (error) {
        const passing = error instanceof RowLocked || isBrokenConnection(error) || isConflict(error);
        if (attempt >= attempts || !passing) throw error;
        await pause(PAUSE_BETWEEN_MS);
      }
    }
  }

  async function attemptOnce(order: RollbackOrder, ended: EndedBlocker[]): Promise<RollbackAnswer> {
    const client = await pool.connect();
    // A pooled client does not know its own process id in its types, but the protocol told it when it connected.
    const { processID } = client as unknown as { processID: number };
    const done = new AbortController();
    const watching = mayEnd ? endBlockersOf(watch, processID, ended, done.signal) : Promise.resolve();
    let broken = false;
    try {
      return await orderRollback(client, order);
    } catch (error) {
      broken = isBrokenConnection(error);
      throw error;
    } finally {
      done.abort();
      await watching;
      client.release(broken);
    }
  }

  return {
    rollBack,
    connect: async () => {
      for (const client of await Promise.all([pool.connect(), watch.connect()])) client.release();
    },
    close: async () => {
      await Promise.all([pool.end(), watch.end()]);
    },
  };
}

/** One rollback over connections of its own, for a command that does nothing else. @throws like `RollbackLine.rollBack` */
export async function rollBack(url: string, order: RollbackOrder, options: RollbackLineOptions = {}) {
  const line = openRollbackLine(url, options);
  try {
    return await line.rollBack(order);
  } finally {
    await line.close();
  }
}

function reservedPool(url: string, applicationName: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    idleTimeoutMillis: 0,
    keepAlive: true,
  });
  pool.on('error', () => {});
  // A client that is in use when its connection breaks tells so twice: to whoever waits for its answer, and as an event that nobody may leave unheard.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Looks until told to stop; what it cannot do (no right, no connection) it leaves, for the rollback itself then says who is in the way. */
async function endBlockersOf(watch: pg.Pool, pid: number, ended: EndedBlocker[], stop: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await pause(LOOK_FOR_BLOCKERS_AFTER_MS, undefined, { signal: stop });
      const known = ended.filter(({ how }) => how === 'cancelled').map((blocker) => blocker.pid);
      const { rows } = await watch.query<EndedBlocker>(endBlockersSql, [pid, known]);
      ended.push(...rows);
    }
  } catch {
    // Stopped, or not allowed.
  }
}

// Only those at the head of the queue: whoever waits like us goes on by itself. Cancelling does nothing to a session that idles in a transaction, so
// that one is terminated at once; a state that this role may not see counts as busy, for whoever is not helped by cancelling is terminated next.
const endBlockersSql = `
with recursive chain (pid) as (
  select unnest(pg_blocking_pids($1))
  union
  select unnest(pg_blocking_pids(chain.pid)) from chain
), head as (
  select distinct pid, coalesce(a.state like 'idle in transaction%', false) or pid = any ($2::integer[]) as hard
  from chain join pg_stat_activity a using (pid) where cardinality(pg_blocking_pids(pid)) = 0 and pid <> pg_backend_pid()
)
select pid, case when hard then 'terminated' else 'cancelled' end as how
from head where case when hard then pg_terminate_backend(pid) else pg_cancel_backend(pid) end`;

/** The server went away or ended the session: whether the rollback happened is unknown, and asking again with the same command id is safe. */
function isBrokenConnection(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return (
    /^(08|57P0[1-3]|ECONN|EPIPE|ETIMEDOUT)/.test(code ?? '') ||
    /Connection terminated|timeout exceeded|Query read timeout/.test(message ?? '')
  );
}

/** Two transactions got into each other's way and PostgreSQL undid ours. */
function isConflict(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === '40001' || code === '40P01';
}
