import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type RunningWorker, startWorker, type WorkerOptions } from '../worker.ts';

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

/**
 * Starts the worker of this process. It says only what needs somebody's attention, unless `SOFTLAUNCH_LOG` names another level, and leaves Ctrl-C to us:
 * what runs beside it is stopped in order.
 */
export function startOwnWorker(
  options: WorkerOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<RunningWorker> {
  const level = levels.find((name) => name === environment.SOFTLAUNCH_LOG?.toUpperCase()) ?? 'WARN';
  Runtime.install({ logger: new DefaultLogger(level), shutdownSignals: [] });
  return startWorker(options);
}
