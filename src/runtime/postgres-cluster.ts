import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Report } from './binaries.ts';
import { libraryFolders, type PostgresBinaries } from './postgres-binaries.ts';
import { type ProgramAs, programAs, type RunAs } from './postgres-user.ts';
import { commandLineOf, identifyProcess, isRunning } from './process-identity.ts';

/** The data directory cannot be used as it is. The message says what is there and what to do. */
export class PostgresDataUnusable extends Error {
  override readonly name = 'PostgresDataUnusable';
}

const PASSWORD_FILE = 'softlaunch.password';
const run = promisify(execFile);

/**
 * Makes a new cluster where there is none, with a superuser `postgres` and a random password kept inside. It is prepared beside and
 * moved into place, so an interrupted preparation leaves nothing half-made behind.
 */
export async function prepareCluster(options: {
  dataDirectory: string;
  binaries: PostgresBinaries;
  runAs: RunAs | undefined;
  sync: boolean;
  report: Report;
}): Promise<void> {
  const { dataDirectory, runAs } = options;
  if (existsSync(dataDirectory)) return;
  options.report('Preparing a database (once).');
  mkdirSync(dirname(dataDirectory), { recursive: true });
  const draft = mkdtempSync(`${dataDirectory}.preparing-`);
  try {
    const passwordFile = join(draft, PASSWORD_FILE);
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (runAs !== undefined) for (const path of [draft, passwordFile]) chownSync(path, runAs.uid, runAs.gid);
    const cluster = join(draft, 'cluster');
    await initialise({ ...options, cluster, passwordFile });
    renameSync(passwordFile, join(cluster, PASSWORD_FILE));
    renameSync(cluster, dataDirectory);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function initialise(options: {
  binaries: PostgresBinaries;
  runAs: RunAs | undefined;
  sync: boolean;
  cluster: string;
  passwordFile: string;
}): Promise<void> {
  const { cluster, passwordFile, sync } = options;
  const settings = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', ...(sync ? [] : ['--no-sync'])];
  const words = [`--pgdata=${cluster}`, `--pwfile=${passwordFile}`, ...settings];
  const program: ProgramAs = programAs(
    { executable: options.binaries.initdb, arguments: words, paths: [cluster, ...libraryFolders(options.binaries)] },
    options.runAs,
  );
  try {
    await run(program.executable, [...program.arguments], {
      cwd: '/',
      env: { ...process.env, ...options.binaries.environment },
      ...program.runAs,
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').join(' | ') || (error as Error).message;
    throw new PostgresDataUnusable(`initdb could not prepare a database cluster for ${cluster}: ${said}`, { cause: error });
  }
}

/** The superuser's password of a prepared cluster. @throws PostgresDataUnusable when the directory was not made by us */
export function clusterPassword(dataDirectory: string): string {
  try {
    return readFileSync(join(dataDirectory, PASSWORD_FILE), 'utf8').trim();
  } catch (error) {
    const message = `${dataDirectory} exists, but is not a database cluster made by softlaunch (it has no readable ${PASSWORD_FILE}). Move it away, or use another home.`;
    throw new PostgresDataUnusable(message, { cause: error });
  }
}

/**
 * Makes sure that no server works on this data any more. A server whose parent was killed is stopping by itself and is waited for;
 * a pid file that points to nobody, or to a stranger that was given the same number, is removed.
 * @throws PostgresDataUnusable when a server does not end within the bound
 */
export async function waitUntilUnused({ dataDirectory, withinMs }: { dataDirectory: string; withinMs: number }): Promise<void> {
  const pidFile = join(dataDirectory, 'postmaster.pid');
  const identity = identifyProcess(recordedPid(pidFile));
  const isPostmaster = identity !== undefined && commandLineOf(identity.pid).includes(dataDirectory);
  if (!isPostmaster) return rmSync(pidFile, { force: true });
  const deadline = Date.now() + withinMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) {
      throw new PostgresDataUnusable(
        `PostgreSQL (process ${identity.pid}) is already running on ${dataDirectory}. Stop it with "kill -INT ${identity.pid}" and try again.`,
      );
    }
    await pause(20);
  }
}

function recordedPid(pidFile: string): number {
  return existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) || 0 : 0;
}
