import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import { planReader } from './activities/resources.ts';
import { probeDatabaseUrl, type TemporalSettings } from './config.ts';
import { openPool } from './database/pool.ts';
import { openProbePool } from './database/probe.ts';
import { openRollbackLine } from './database/rollback-line.ts';
import { taskQueue } from './workflows/messages.ts';

export interface WorkerOptions {
  readonly databaseUrl: string;
  readonly temporal: TemporalSettings;
  /** Another queue than all workers share: for tests, which run side by side. */
  readonly taskQueue?: string;
  /** The bundled workflow code; absent, what the build made, or else bundled now. */
  readonly bundlePath?: string;
}

export interface RunningWorker {
  /** Lets what it does finish, then gives up its connections. Safe to call again. */
  stop(): Promise<void>;
  /** Resolves when it ends without being asked to, with the reason. */
  readonly failed: Promise<Error>;
}

/** Connections for activities, beside those of the pools' own defaults. */
const activities = 24;

/**
 * Runs launches until it is stopped. Any number of workers may run; each has its own connections, one of them reserved for rollbacks.
 *
 * @throws Temporal's and PostgreSQL's errors when they cannot be reached.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const pool = openPool(options.databaseUrl, { max: activities, applicationName: 'softlaunch worker' });
  const probePool = openProbePool(probeDatabaseUrl() ?? options.databaseUrl, 8);
  const rollbackLine = openRollbackLine(options.databaseUrl);
  const closePools = async () => {
    await Promise.all([pool.end(), probePool.end(), rollbackLine.close()]);
  };
  let connection: NativeConnection | undefined;
  try {
    await rollbackLine.connect();
    connection = await NativeConnection.connect(options.temporal.connectionOptions);
    const worker = await Worker.create({
      connection,
      namespace: options.temporal.namespace,
      taskQueue: options.taskQueue ?? taskQueue,
      activities: createActivities({ pool, probePool, rollbackLine, planOf: planReader(pool) }),
      ...workflowCode(options.bundlePath),
      interceptors: { activity: [(context) => ({ inbound: { execute: (input, next) => whileAlive(context, () => next(input)) } })] },
      stickyQueueScheduleToStartTimeout: 5_000,
      maxConcurrentActivityTaskExecutions: activities,
      maxCachedWorkflows: 500,
      shutdownGraceTime: 10_000,
      shutdownForceTime: 20_000,
    });
    return supervise(worker, [() => closeConnection(connection), closePools]);
  } catch (error) {
    await connection?.close();
    await closePools();
    throw error;
  }
}

/** Says every second that the activity is alive: when nobody does any more, its worker is gone and another one takes over. */
async function whileAlive<T>(context: Context, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => context.heartbeat(), 1_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function supervise(worker: Worker, closings: readonly (() => Promise<void>)[]): RunningWorker {
  let stopping: Promise<void> | undefined;
  const running = worker.run();
  const ended = running.then(() => undefined).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const failed = new Promise<Error>((resolve) => {
    void ended.then((error) => {
      if (stopping === undefined) resolve(error ?? new Error('The worker ended without being asked to.'));
    });
  });
  const stop = async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
    for (const close of closings) await close();
  };
  return {
    failed,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

async function closeConnection(connection: NativeConnection | undefined): Promise<void> {
  await connection?.close();
}

function workflowCode(bundlePath: string | undefined) {
  const built = bundlePath ?? fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(built)) return { workflowBundle: { codePath: built } };
  return { workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)) };
}
