import { join } from 'node:path';
import pg from 'pg';
import type { Report } from './binaries.ts';
import { onFreePort } from './on-free-port.ts';
import { libraryFolders, postgresBinaries } from './postgres-binaries.ts';
import { clusterPassword, prepareCluster, waitUntilUnused } from './postgres-cluster.ts';
import { postgresUser, programAs } from './postgres-user.ts';
import { orStop, sizeOf, waitUntilReady } from './readiness.ts';
import { type SupervisedProcess, superviseServer } from './supervised-process.ts';

/** What to start. */
export interface PostgresOptions {
  /** Absolute path; prepared when it does not exist, kept when the server stops. */
  readonly dataDirectory: string;
  /** Absolute path. */
  readonly logFile: string;
  /** The loopback port to use when it is free; absent, any free one. */
  readonly preferredPort?: number;
  /** The database that `databaseUrl` names, created when missing; absent, `softlaunch`. */
  readonly database?: string;
  /** For tests: nothing is forced to disk, so a crash of the machine loses data. */
  readonly fast?: boolean;
  readonly report?: Report;
}

/** A PostgreSQL of ours, on loopback only. */
export interface RunningPostgres {
  readonly databaseUrl: string;
  readonly port: number;
  readonly server: SupervisedProcess;
  /** Creates a database when it is missing and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Breaks open sessions off, stops, and keeps the data. */
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 10_000;
const READY_WITHIN_MS = 60_000;

/**
 * Starts PostgreSQL on a data directory that is kept, whatever a previous server left there. Resolves when the database can be used.
 * @throws NoPostgresBinaries, NoPostgresUser, PostgresDataUnusable, ServerDidNotStart
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { dataDirectory } = options;
  const binaries = postgresBinaries();
  const runAs = postgresUser(dataDirectory);
  await prepareCluster({ dataDirectory, binaries, runAs, sync: options.fast !== true, report: options.report ?? (() => {}) });
  await waitUntilUnused({ dataDirectory, withinMs: STOP_WITHIN_MS });
  const password = clusterPassword(dataDirectory);
  const { server, port } = await onFreePort({ preferred: options.preferredPort }, async (port) => {
    const program = programAs(
      {
        executable: binaries.postgres,
        arguments: settings(options, port),
        paths: [join(dataDirectory, 'PG_VERSION'), ...libraryFolders(binaries)],
      },
      runAs,
    );
    const logFrom = sizeOf(options.logFile);
    const stopping = { stopSignal: 'SIGINT', stopWithinMs: STOP_WITHIN_MS } as const;
    const server = await superviseServer({
      name: 'PostgreSQL',
      logFile: options.logFile,
      environment: binaries.environment,
      ...stopping,
      ...program,
    });
    const answers = () => acceptsQueries(urlOf({ port, password, database: 'postgres' }));
    await waitUntilReady({ server, logFile: options.logFile, logFrom, answers, withinMs: READY_WITHIN_MS });
    return { server, port };
  });
  const createDatabase = async (name: string) => {
    await createIfMissing(urlOf({ port, password, database: 'postgres' }), name);
    return urlOf({ port, password, database: name });
  };
  const databaseUrl = await orStop(server, () => createDatabase(options.database ?? 'softlaunch'));
  return { databaseUrl, port, server, createDatabase, stop: () => server.stop() };
}

function settings(options: PostgresOptions, port: number): string[] {
  const careless = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const chosen = {
    listen_addresses: '127.0.0.1',
    port,
    // A socket file in a shared folder would collide with other servers.
    unix_socket_directories: '',
    max_connections: 200,
    // Dates of a launch are printed with their zone, and the machine's zone should not decide which.
    timezone: 'UTC',
    ...(options.fast ? careless : {}),
  };
  return ['-D', options.dataDirectory, ...Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function urlOf({ port, password, database }: { port: number; password: string; database: string }): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

async function acceptsQueries(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    await client.query('select 1');
    return true;
  });
}

async function createIfMissing(url: string, name: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return;
    try {
      await client.query(`create database ${client.escapeIdentifier(name)}`);
    } catch (error) {
      // Somebody created it between the look and the command: 42P04 duplicate database, 23505 its unique name.
      if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error;
    }
  });
}

async function withClient<R>(url: string, work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
