import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { RunningTemporal } from '../src/runtime/temporal.ts';
import { startWorker } from '../src/worker.ts';
import {
  commandUpdate,
  incidentWorkflowId,
  type LaunchInput,
  type LaunchStatus,
  launchStatusQuery,
  launchWorkflowId,
  rollbackWorkflowId,
  taskQueue,
} from '../src/workflows/messages.ts';
import { type EchoActivities, echoUpdate } from './bench-echo-workflow.ts';
import { openListeners } from './bench-listeners.ts';
import { interleaved, type Pairs } from './bench-ratio.ts';
import type { BenchProduct } from './bench-rollback-product.ts';

/** Bundled together with nothing of ours, so it costs what the SDK costs. */
const echoQueue = 'bench-echo';
/** Most of it goes into starting and ending launches. */
const WITHIN_MS = 110_000;

/**
 * From sending an update to hearing that its transaction is committed: a rollback on a running launch, and a bare workflow whose update runs an activity of
 * one statement. Both workers run in this process; a launch is started anew for each sample, so that each is the first rollback of a running one.
 */
export async function measureUpdates(product: BenchProduct, temporal: RunningTemporal): Promise<Pairs> {
  // Terminated launches leave children that find nobody to tell, and say so.
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } }, shutdownSignals: [] });
  const { address } = temporal;
  const settings = { connectionOptions: { address }, namespace: 'default' };
  const worker = await startWorker({ databaseUrl: product.url, temporal: settings });
  const echoConnection = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const listeners = await openListeners(product.url, 1);
  const side = await product.connect();
  const activities: EchoActivities = {
    touch: async () => {
      await side.query(`with touched as (update feature_flags set is_enabled = not is_enabled where flag_name = 'bare' returning flag_name)
        select pg_notify('softlaunch', flag_name) from touched`);
    },
  };
  const workflowsPath = fileURLToPath(new URL('./bench-echo-workflow.js', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const echoWorker = await Worker.create({ connection: echoConnection, taskQueue: echoQueue, workflowBundle, activities });
  const echoing = echoWorker.run();
  const echo = await client.workflow.start('echo', { workflowId: 'bench-echo', taskQueue: echoQueue });

  /** Milliseconds from sending until the commit is heard; comes back when the answer is there too. */
  const untilHeard = async (payload: string, send: () => Promise<unknown>) => {
    const heard = listeners.hear(payload);
    const begun = performance.now();
    const answered = send();
    // A refused update is never heard of, and must not be waited for.
    await Promise.race([heard, answered.then(() => heard)]);
    const took = performance.now() - begun;
    await answered;
    return took;
  };

  let launches = 0;
  let launch = '';
  try {
    return await interleaved(
      {
        before: async () => {
          launches += 1;
          launch = `bench-${launches}`;
          await product.register(launch);
          const startedAt = Date.now();
          const plan = { ...product.plan, launch };
          const input: LaunchInput = { plan, planHash: product.planHash, startedAt, midnightAt: startedAt, weekdayAtMidnight: 0 };
          const handle = await client.workflow.start('launch', { workflowId: launchWorkflowId(launch), taskQueue, args: [input] });
          // A launch that runs: opened, and looked at once. What it does in its first moments is nothing that a rollback meets later.
          while (!isAtRest(await handle.query(launchStatusQuery))) await pause(20);
          // And it has been told something before, like every launch that has passed a gate: the echo has, too.
          const told = { by: 'ops', reason: 'all is well', commandId: `told-${launch}` };
          await handle.executeUpdate(commandUpdate('checkIn'), { args: [told] });
          await product.turnOn(launch);
          await listeners.drain();
        },
        ours: async () => {
          const order = { scope: 'launch', by: 'ops', reason: 'seats are overbooked', commandId: `command-${launch}` };
          const handle = client.workflow.getHandle(launchWorkflowId(launch));
          const took = await untilHeard(launch, () => handle.executeUpdate(commandUpdate('rollback'), { args: [order] }));
          // What goes on after flags are off, proving and announcing, must not slow down the bare thing.
          const ids = [launchWorkflowId(launch), rollbackWorkflowId(launch, 'launch'), incidentWorkflowId(launch, 'P0-1')];
          await Promise.all(ids.map((id) => client.workflow.getHandle(id).terminate('measured').catch(ignoreEnded)));
          return took;
        },
        bare: () => untilHeard('bare', () => echo.executeUpdate(echoUpdate, { args: ['bare'] })),
        after: async () => {
          if (!(await product.isOff())) throw new Error(`Launch ${launch} is not off.`);
          await product.end(launch);
        },
      },
      WITHIN_MS,
    );
  } finally {
    echoWorker.shutdown();
    await echoing;
    await worker.stop();
    await listeners.close();
    await Promise.all([connection.close(), echoConnection.close()]);
  }
}

function isAtRest({ state, blockers }: LaunchStatus): boolean {
  return state.opened && blockers.every(({ what }) => what !== 'criteria');
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
