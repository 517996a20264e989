import type { Pool } from 'pg';
import type { Traffic } from '../../../examples/carpool/traffic.ts';
import { migrate } from '../../database/migrate.ts';
import { openPool } from '../../database/pool.ts';
import { type Stack, startStack } from '../../runtime/stack.ts';
import { startCarpool } from '../carpool-example.ts';
import { LaunchClient } from '../launch-client.ts';
import { type Stoppable, stopAll } from '../until-stopped.ts';

/** Everything the demo runs on: servers, the product with its people, a worker, and our own view of it. */
export interface Stage {
  readonly home: string;
  readonly stack: Stack;
  readonly traffic: Traffic;
  readonly pool: Pool;
  readonly client: LaunchClient;
  /** Resolves with a sentence when something ended that nobody stopped. */
  readonly lost: Promise<string>;
  /** Stops everything in the reverse order. Answers with what could not be stopped, a sentence each. */
  stop(): Promise<readonly string[]>;
}

/** What a stage is set up with. */
export interface StageOptions {
  readonly home: string;
  readonly speed: number;
  readonly report: (text: string) => void;
}

/** At this speed the carpool's usual traffic shows enough in an hour of the launch. */
const usualSpeed = 4_000;

/** Sets everything up in a home. Nothing is left running when it fails. */
export async function setStage({ home, speed, report }: StageOptions): Promise<Stage> {
  const started: Stoppable[] = [];
  try {
    const stack = await startStack({ home, report });
    started.push({ name: 'The stack', stop: () => stack.stop() });
    const { databaseUrl, temporalSettings } = stack;
    await migrate(databaseUrl);
    report('Installing the carpool example.');
    const traffic = await startCarpool(databaseUrl);
    started.push({ name: 'The traffic', stop: () => traffic.stop() });
    // As many bookings in an hour of a faster launch, for evidence is counted in bookings.
    traffic.dials.speed = Math.max(1, speed / usualSpeed);
    // Loaded only here: a worker brings the Temporal core with it.
    const { startOwnWorker } = await import('../own-worker.ts');
    const worker = await startOwnWorker({ databaseUrl, temporal: temporalSettings });
    started.push({ name: 'The worker', stop: () => worker.stop() });
    const pool = openPool(databaseUrl, { max: 4, applicationName: 'softlaunch demo' });
    started.push({ name: 'The view', stop: () => pool.end() });
    const client = await LaunchClient.connect(temporalSettings);
    started.push({ name: 'The connection to Temporal', stop: () => client.close() });
    const lost = Promise.race([
      stack.serverLost.then(({ name }) => `${name} ended by itself; its log is in ${home}`),
      worker.failed.then((error) => `the worker ended by itself: ${error.message}`),
    ]);
    return { home, stack, traffic, pool, client, lost, stop: () => stopAll(started) };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}
