import type { TemporalSettings } from '../config.ts';

/** A worker of this process. */
export interface RunningWorker {
  /** Finishes what it is doing and ends. */
  stop(): Promise<void>;
  /** Resolves with the reason when it ends without being asked to. */
  readonly failed: Promise<Error>;
}

interface WorkerModule {
  startWorker(options: { readonly databaseUrl: string; readonly temporal: TemporalSettings }): Promise<RunningWorker>;
}

/** Starts a worker in this process. Loaded only then: the worker brings the Temporal core with it. */
export async function runWorker(options: Parameters<WorkerModule['startWorker']>[0]): Promise<RunningWorker> {
  const module: string = '../worker.ts';
  const { startWorker } = (await import(module)) as WorkerModule;
  return startWorker(options);
}
