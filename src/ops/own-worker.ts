import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
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
  const wanted = levels.find((name) => name === environment.SOFTLAUNCH_LOG?.toUpperCase());
  // The core warns of what is usual here: a watch that was told to end while it looked.
  const filter = makeTelemetryFilterString({ core: wanted ?? 'ERROR', other: wanted ?? 'ERROR' });
  Runtime.install({ logger: new DefaultLogger(wanted ?? 'WARN'), telemetryOptions: { logging: { filter } }, shutdownSignals: [] });
  return startWorker(options);
}
