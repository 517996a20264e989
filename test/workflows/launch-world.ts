import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowExecutionDescription, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { InternalConnectionOptionsSymbol } from '@temporalio/client/lib/connection.js';
import type pg from 'pg';
import { inject } from 'vitest';
import { type JournalRecord, readJournal } from '../../src/database/journal.ts';
import { registerLaunch } from '../../src/database/launch-record.ts';
import type { Command } from '../../src/domain/command.ts';
import type { Answer } from '../../src/domain/launch.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { planHash } from '../../src/plan/plan-hash.ts';
import { startTimeSkippingServer } from '../../src/runtime/time-skipping-server.ts';
import { startWorker } from '../../src/worker.ts';
import {
  commandUpdate,
  type LaunchInput,
  type LaunchResult,
  type LaunchStatus,
  launchStatusQuery,
  launchWorkflowId,
} from '../../src/workflows/messages.ts';
import { carpoolDatabase } from '../database/carpool-database.ts';
import { carpool, carpoolText } from '../plan/carpool.ts';
import { createDials, type Dials, withDials } from './dials.ts';
import { skippedTime } from './skipped-time.ts';

export const hour = 3_600_000;

/** A launch under test, driven as people drive it. */
export interface TestLaunch {
  readonly id: string;
  readonly handle: WorkflowHandle;
  status(): Promise<LaunchStatus>;
  say(command: Command['command'], what: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Lets time pass until the launch stands as told, or fails with how it stands. */
  until(what: string, holds: (status: LaunchStatus) => boolean, withinMs?: number): Promise<LaunchStatus>;
  journal(...kinds: readonly string[]): Promise<readonly JournalRecord[]>;
  /** Lets time pass until the launch has ended, and says how. */
  result(withinMs?: number): Promise<LaunchResult>;
  /** People do what the phase asks of them now. Whether nothing but their go is missing then. */
  prepare(): Promise<boolean>;
  /** Does everything that people have to do until the launch is in this phase and opened. */
  reach(phase: string): Promise<LaunchStatus>;
}

/** A carpool product, a time-skipping server and a worker. */
export interface LaunchWorld {
  readonly pool: pg.Pool;
  readonly dials: Dials;
  readonly client: Client;
  start(change?: (plan: Plan) => Plan, more?: Partial<LaunchInput>): Promise<TestLaunch>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Ends every launch and puts the product back. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

let worlds = 0;

export async function launchWorld(): Promise<LaunchWorld> {
  worlds += 1;
  const logFile = join(mkdtempSync(join(tmpdir(), 'softlaunch-time-')), 'server.log');
  const [database, server] = await Promise.all([carpoolDatabase(), startTimeSkippingServer({ logFile })]);
  const dials = await createDials(database.pool);
  // The SDK's own way to the time-skipping part of a server that somebody else started.
  const testService: object = { [InternalConnectionOptionsSymbol]: { supportsTestService: true } };
  const connection = await Connection.connect({ address: server.address, ...testService });
  const client = new Client({ connection });
  const temporal = { connectionOptions: { address: server.address }, namespace: 'default' };
  const worker = await startWorker({ databaseUrl: database.url, temporal, bundlePath: inject('bundlePath') });
  const started: TestLaunch[] = [];
  const clock = skippedTime(connection, async () => {
    const ids = await Promise.all(started.map(({ handle }) => workflowsOf(client, handle)));
    const described = await Promise.all(ids.flat().map((id) => client.workflow.getHandle(id).describe().catch(notFound)));
    return described.some((one) => one?.status.name === 'RUNNING' && isBusy(one.raw));
  });
  const { pass, now } = clock;

  return {
    pool: database.pool,
    dials,
    client,
    pass,
    start: async (change = (plan) => plan, more = {}) => {
      const plan = change({ ...quickPlan(), launch: `carpool-${worlds}-${started.length + 1}` });
      const startedAt = await now();
      const workflowId = launchWorkflowId(plan.launch);
      const hash = planHash(plan);
      await registerLaunch(database.pool, { plan, planHash: hash, source: carpoolText, workflowId, startedAt, actor: 'lead' });
      const input: LaunchInput = { plan, planHash: hash, startedAt, midnightAt: startedAt, weekdayAtMidnight: 0, ...more };
      const handle = await client.workflow.start('launch', { workflowId, taskQueue: 'softlaunch', args: [input] });
      const launch = testLaunch({ plan, handle, pass, pool: database.pool });
      started.push(launch);
      return launch;
    },
    reset: async () => {
      for (const { handle } of started) await terminateAll(client, handle);
      await database.reset();
      await dials.reset();
    },
    close: async () => {
      await worker.stop();
      await connection.close();
      await server.stop();
      await database.close();
    },
  };
}

/** The complete plan, looked at less often: a look costs the same in skipped time as in real time. */
export function quickPlan(): Plan {
  const plan = withDials(carpool());
  const everyMs = 2 * hour;
  const phases = plan.phases.map((phase) => ({
    ...phase,
    cadence: [{ everyMs, untilMs: null }],
    eachCommunity: phase.eachCommunity && { ...phase.eachCommunity, cadence: [{ everyMs, untilMs: null }] },
  }));
  const probes = Object.fromEntries(
    Object.entries(plan.probes).map(([name, probe]) => [name, { ...probe, freshMs: Math.max(probe.freshMs, 2 * everyMs) }]),
  );
  return { ...plan, phases, probes };
}

interface Parts {
  readonly plan: Plan;
  readonly handle: WorkflowHandle;
  readonly pool: pg.Pool;
  readonly pass: LaunchWorld['pass'];
}

function testLaunch({ plan, handle, pool, pass }: Parts): TestLaunch {
  let commands = 0;
  const status = () => handle.query(launchStatusQuery);
  const say: TestLaunch['say'] = (command, what) => {
    commands += 1;
    const payload = { by: 'lead', reason: 'as agreed', commandId: `${command}-${commands}`, ...what };
    const send = () => handle.executeUpdate(commandUpdate(command), { args: [payload] });
    // When its run ends with the answer because the launch goes on in a new one, the server loses it; the same command again gets it.
    return send().catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError && error.message.startsWith('update ')) return send();
      throw error;
    });
  };
  const until: TestLaunch['until'] = async (what, holds, withinMs = 30 * 24 * hour) => {
    for (let passed = 0; passed <= withinMs; passed += hour) {
      const now = await status();
      if (holds(now)) return now;
      await pass(hour);
    }
    throw new Error(`It never came to "${what}". ${JSON.stringify(await status(), null, 1)}`);
  };
  const prepare = async () => {
    const { phase, checked } = (await status()).state;
    for (const { item, owner, proof } of plan.phases.find(({ name }) => name === phase)?.checklist ?? []) {
      const by = Object.keys(plan.people).find((key) => plan.people[key]?.role === owner);
      if (proof === undefined && !(item in checked)) await say('check', { item, by });
    }
    if (phase === 'internal') await say('answer', { probe: 'smoke tests', successes: 42, trials: 42, by: 'ops' });
    return blockersBesidesPeople(await status()).length === 0;
  };
  const reach = async (phase: string) => {
    for (;;) {
      const { state } = await until(`${phase}, or a gate that waits for people`, (now) => waitsForPeople(now) || arrived(now, phase));
      if (state.phase === phase && state.opened) return status();
      if (await prepare()) await say('decide', { phase: state.phase, decision: 'go' });
      else await pass(hour);
    }
  };
  const journal: TestLaunch['journal'] = (...kinds) => readJournal(pool, plan.launch, kinds.length > 0 ? { kinds } : {});
  const result = async (withinMs = 30 * 24 * hour) => {
    for (let passed = 0; passed <= withinMs; passed += hour) {
      if ((await handle.describe()).status.name !== 'RUNNING')
        return handle.client.getHandle(handle.workflowId).result() as Promise<LaunchResult>;
      await pass(hour);
    }
    throw new Error(`It never ended. ${JSON.stringify(await status(), null, 1)}`);
  };
  return { id: plan.launch, handle, status, say, until, journal, prepare, reach, result };
}

function arrived({ state }: LaunchStatus, phase: string): boolean {
  return state.phase === phase && state.opened;
}

/** Nothing stands against the gate but what people do. Criteria may wait for them too, and what is pending makes no news. */
function waitsForPeople(status: LaunchStatus): boolean {
  const others = status.blockers.filter(({ what }) => !['decision', 'checklist', 'criteria', 'criterion'].includes(what));
  return status.state.opened && others.length === 0;
}

function blockersBesidesPeople(status: LaunchStatus) {
  return status.blockers.filter(({ what }) => what !== 'decision');
}

/** Something of it runs at this moment: a step of the workflow, or an attempt of an activity. The server calls one started that waits for its next attempt. */
function isBusy({ pendingWorkflowTask, pendingActivities }: WorkflowExecutionDescription['raw']): boolean {
  const running = (pendingActivities ?? []).filter(
    ({ lastStartedTime, lastAttemptCompleteTime }) => nanosOf(lastStartedTime) > nanosOf(lastAttemptCompleteTime),
  );
  return Boolean(pendingWorkflowTask) || running.length > 0;
}

function nanosOf(time: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1e9 + (time?.nanos ?? 0);
}

/** A launch and its children, which outlive it: the histories of all its runs tell which. */
export async function workflowsOf(client: Client, { workflowId }: WorkflowHandle): Promise<readonly string[]> {
  const children = new Set<string>();
  for (let runId: string | undefined; ; ) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId;
      if (child) children.add(child);
    }
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
    if (!runId) return [workflowId, ...children];
  }
}

async function terminateAll(client: Client, handle: WorkflowHandle): Promise<void> {
  for (const id of await workflowsOf(client, handle)) await client.workflow.getHandle(id).terminate('the test is over').catch(notFound);
}

function notFound(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
