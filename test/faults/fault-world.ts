import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type pg from 'pg';
import { inject } from 'vitest';
import { installCarpool } from '../../examples/carpool/install.ts';
import { registerLaunch } from '../../src/database/launch-record.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openPool } from '../../src/database/pool.ts';
import type { Command } from '../../src/domain/command.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { planHash } from '../../src/plan/plan-hash.ts';
import { scalePlan } from '../../src/plan/scale-plan.ts';
import { type RunningPostgres, startPostgres } from '../../src/runtime/postgres.ts';
import { type RunningTemporal, startTemporal } from '../../src/runtime/temporal.ts';
import { commandSignal, type LaunchInput, type LaunchStatus, launchStatusQuery, launchWorkflowId } from '../../src/workflows/messages.ts';
import { carpool, carpoolText } from '../plan/carpool.ts';
import { type CompiledRuntime, compileRuntime, type SeparateProcess } from '../runtime/separate-process.ts';
import { brisk } from '../workflows/brisk-plan.ts';
import { createDials, type Dials, withDials } from '../workflows/dials.ts';

/** Servers and a worker of their own, any of which may be killed and started again where it was. */
export interface FaultWorld {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly dials: Dials;
  killWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Stops the worker in the middle of what it does, as a machine does that sleeps. What is returned wakes it, and lets it finish and end. */
  freezeWorker(): () => Promise<void>;
  killTemporal(): Promise<void>;
  startTemporal(): Promise<void>;
  killPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
  /** Starts a launch that takes some ten seconds. */
  launch(): Promise<FaultyLaunch>;
  close(): Promise<void>;
}

export interface FaultyLaunch {
  readonly id: string;
  readonly handle: WorkflowHandle;
  /** Where it stands; undefined while nobody can answer. */
  status(): Promise<LaunchStatus | undefined>;
  /** People do what the plan asks of them, by messages that wait for whoever is down, until the launch stands as told. */
  playUntil(holds: (status: LaunchStatus) => boolean): Promise<void>;
  /** People say everything anew from here on, under new command ids: what they said before was said to a launch that is not any more. */
  sayAnew(): void;
  /** The same to its end. */
  playToTheEnd(): Promise<void>;
}

/** An hour of the plan in machine time. */
const hourMs = 250;
let launches = 0;

export async function faultWorld(): Promise<FaultWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'softlaunch-faults-'));
  const code = compileRuntime('src/worker.ts');
  const at = (name: string) => join(folder, name);
  const postgresFiles = { dataDirectory: at('postgres'), logFile: at('postgres.log') };
  const temporalFiles = { databaseFile: at('temporal.db'), logFile: at('temporal.log'), ui: 'none' as const };
  // Forced to disk: what a killed server has acknowledged must be there again.
  let postgres: RunningPostgres = await startPostgres({ ...postgresFiles, fast: false });
  let temporal: RunningTemporal = await startTemporal(temporalFiles);
  let worker: SeparateProcess | undefined;
  const pool = openPool(postgres.databaseUrl);
  await migrate(postgres.databaseUrl);
  await installCarpool(pool);
  const dials = await createDials(pool);
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });

  const startWorker = async () => {
    worker = await workerProcess(code, { databaseUrl: postgres.databaseUrl, address: temporal.address });
  };
  const killWorker = async () => {
    worker?.process.kill('SIGKILL');
    await worker?.ended;
  };
  const freezeWorker = () => {
    const frozen = worker;
    frozen?.process.kill('SIGSTOP');
    return async () => {
      frozen?.process.kill('SIGCONT');
      frozen?.process.kill('SIGTERM');
      await frozen?.ended;
    };
  };
  await startWorker();

  return {
    pool,
    databaseUrl: postgres.databaseUrl,
    dials,
    startWorker,
    freezeWorker,
    killWorker,
    killTemporal: async () => {
      process.kill(temporal.server.identity.pid, 'SIGKILL');
      await temporal.server.ended;
    },
    startTemporal: async () => {
      temporal = await startTemporal({ ...temporalFiles, preferredPort: temporal.port });
    },
    killPostgres: async () => {
      process.kill(postgres.server.identity.pid, 'SIGKILL');
      await postgres.server.ended;
    },
    startPostgres: async () => {
      postgres = await startPostgres({ ...postgresFiles, fast: false, preferredPort: postgres.port });
    },
    launch: () => startLaunch(pool, client),
    close: async () => {
      await killWorker();
      await connection.close();
      await pool.end();
      await temporal.server.stop();
      await postgres.stop();
      code.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function workerProcess(
  code: CompiledRuntime,
  { databaseUrl, address }: { databaseUrl: string; address: string },
): Promise<SeparateProcess> {
  const options = { databaseUrl, temporal: { connectionOptions: { address }, namespace: 'default' }, bundlePath: inject('bundlePath') };
  const body = `
    import { DefaultLogger, Runtime } from '@temporalio/worker';
    Runtime.install({ logger: new DefaultLogger('ERROR', () => {}) });
    const worker = await runtime.startWorker(${JSON.stringify(options)});
    tell('started');
    await worker.failed;
    process.exit(1);`;
  const child = code.run(['./worker'], body);
  await child.heard();
  return child;
}

async function startLaunch(pool: pg.Pool, client: Client): Promise<FaultyLaunch> {
  launches += 1;
  const plan: Plan = { ...scalePlan(brisk(withDials(carpool())), 3_600_000 / hourMs), launch: `carpool-${launches}` };
  const startedAt = Date.now();
  const workflowId = launchWorkflowId(plan.launch);
  await registerLaunch(pool, { plan, planHash: planHash(plan), source: carpoolText, workflowId, startedAt, actor: 'lead' });
  const input: LaunchInput = { plan, planHash: planHash(plan), startedAt, midnightAt: startedAt, weekdayAtMidnight: 0 };
  const handle = await client.workflow.start('launch', { workflowId, taskQueue: 'softlaunch', args: [input] });
  return faultyLaunch(plan, handle);
}

function faultyLaunch(plan: Plan, handle: WorkflowHandle): FaultyLaunch {
  let round = 1;
  const status = async () => {
    try {
      return await handle.client.withDeadline(Date.now() + 2_000, () => handle.query(launchStatusQuery));
    } catch {
      // Whoever would answer is down: that is what is tested.
      return undefined;
    }
  };
  const playUntil = async (holds: (status: LaunchStatus) => boolean) => {
    for (const deadline = Date.now() + 90_000; ; ) {
      const now = await status();
      if (now && holds(now)) return;
      if (Date.now() > deadline) throw new Error(`The launch got stuck. ${JSON.stringify(now?.blockers)} ${JSON.stringify(now?.state)}`);
      if (now) await play(plan, handle, now, round);
      await pause(50);
    }
  };
  const sayAnew = () => {
    round += 1;
  };
  return { id: plan.launch, handle, status, playUntil, sayAnew, playToTheEnd: () => playUntil(({ state }) => state.stage === 'completed') };
}

/** What people do at this moment. A command has the same id however often it is sent. */
async function play(plan: Plan, handle: WorkflowHandle, { state, blockers }: LaunchStatus, round: number): Promise<void> {
  const { phase, entry } = state;
  const send = async (command: Command['command'], what: Readonly<Record<string, unknown>>, id: string) => {
    const payload = { by: 'lead', reason: 'as agreed', commandId: `${round}/${entry}/${id}`, ...what };
    await handle.signal(commandSignal(command), payload).catch(() => {
      // The server is down; it is said again.
    });
  };
  for (const { item, owner, proof } of plan.phases.find(({ name }) => name === phase)?.checklist ?? []) {
    const by = Object.keys(plan.people).find((key) => plan.people[key]?.role === owner);
    if (proof === undefined && !(item in state.checked)) await send('check', { item, by }, item);
  }
  if (phase === 'internal') await send('answer', { probe: 'smoke tests', successes: 42, trials: 42, by: 'ops' }, 'smoke tests');
  if (blockers.length === 1 && blockers[0]?.what === 'decision') await send('decide', { phase, decision: 'go' }, `go/${Date.now()}`);
}
