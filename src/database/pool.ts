import pg from 'pg';

/** Whatever can send a statement: a pool, or one of its clients inside a transaction. */
export type Connection = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;

export interface PoolOptions {
  /** How many connections at most; absent, 10. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
}

/**
 * Connections for everything but rollbacks, which have their own (`openRollbackLine`). All we send are single statements, so a session that idles in a
 * transaction has lost its owner and is ended by the server before its locks can stand in anybody's way.
 */
export function openPool(url: string, options: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'softlaunch',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 5_000,
    keepAlive: true,
  });
  // A connection that breaks, idle or in use, is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
