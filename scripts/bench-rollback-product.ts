import { readFileSync } from 'node:fs';
import pg from 'pg';
import { installCarpool } from '../examples/carpool/install.ts';
import { applyChange, type RowChange } from '../src/database/change.ts';
import { endLaunch, registerLaunch } from '../src/database/launch-record.ts';
import { migrate } from '../src/database/migrate.ts';
import { liftFence, orderRollback } from '../src/database/rollback.ts';
import type { Plan } from '../src/domain/plan.ts';
import { loadPlan } from '../src/plan/load-plan.ts';
import type { RunningPostgres } from '../src/runtime/postgres.ts';

const source = readFileSync(new URL('plans/carpool-v2.yaml', import.meta.resolve('softlaunch/package.json')), 'utf8');
const { plan, hash } = loadPlan(source, 'carpool-v2.yaml');

/** The four flags and two settings that the carpool plan turns on. */
const everythingOn: readonly RowChange[] = [
  { kind: 'flag', key: 'smart_route_matching', on: true },
  { kind: 'flag', key: 'fair_matching', on: true, settings: { weight_reliability: 0.15 } },
  { kind: 'flag', key: 'reliability_scoring_v2', on: true, settings: { new_user_threshold: 10 } },
  { kind: 'flag', key: 'multi_community', on: true },
];

/** A flag of nobody's, for the bare statement. */
const bareFlag = 'bare';

/** A carpool product with a launch, and what a benchmark does with it. */
export interface BenchProduct {
  readonly url: string;
  readonly plan: Plan;
  readonly planHash: string;
  /** A connection that does nothing but what is measured. */
  connect(): Promise<pg.Client>;
  /** Registers a launch under this id. */
  register(launch: string): Promise<void>;
  /** Turns everything on, by the launch's own way; lifts the fence first when there was a rollback. */
  turnOn(launch: string): Promise<void>;
  /** One rollback of the whole launch over this connection. @throws Error when it did not turn off four flags and restore two settings */
  rollBack(connection: pg.Client, launch: string): Promise<void>;
  /** The bare thing: one flag's row, in a transaction of three statements. */
  bareTransaction(connection: pg.Client): Promise<void>;
  /** Whether nothing of the launch is on. */
  isOff(): Promise<boolean>;
  end(launch: string): Promise<void>;
  close(): Promise<void>;
}

/** @param communities how many the product has, all of them in the launch's table and eligible; absent, as many as the example has */
export async function benchProduct(server: RunningPostgres, database: string, communities?: number): Promise<BenchProduct> {
  const url = await server.createDatabase(database);
  await migrate(url);
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    clients.push(client);
    return client;
  };
  const side = await connect();
  await installCarpool(side);
  if (communities !== undefined) await fillCommunities(side, communities);
  await side.query('insert into feature_flags (flag_name, is_enabled) values ($1, true)', [bareFlag]);
  await side.query('vacuum analyze');
  let orders = 0;
  const fences = new Map<string, number>();
  const order = (launch: string) => {
    orders += 1;
    return { launch, scope: 'launch', reason: 'seats are overbooked', actor: 'ops', commandId: `command-${orders}` };
  };

  return {
    url,
    plan,
    planHash: hash,
    connect,
    register: async (launch) => {
      const workflowId = `launch/${launch}`;
      await registerLaunch(side, { plan: { ...plan, launch }, planHash: hash, source, workflowId, startedAt: Date.now(), actor: 'lead' });
    },
    turnOn: async (launch) => {
      const inForce = await side.query<{ id: string }>(
        'select command_id as id from softlaunch.rollback where launch = $1 and lifted_at is null',
        [launch],
      );
      const known = inForce.rows.map(({ id }) => id);
      if (known.length > 0) fences.set(launch, await liftFence(side, { ...order(launch), at: Date.now(), known }));
      const { commandId: operationKey, ...rest } = order(launch);
      const rows =
        communities === undefined || fences.has(launch) ? everythingOn : [...everythingOn, { kind: 'communities', in: true } as const];
      const change = await applyChange(side, { ...rest, operationKey, fence: fences.get(launch) ?? 0, rows, at: Date.now() });
      if (change.outcome === 'refused') throw new Error(change.says);
    },
    rollBack: async (connection, launch) => {
      const { turnedOff, restored } = await orderRollback(connection, order(launch));
      if (turnedOff.length !== 4 || restored.length !== 2)
        throw new Error(`Turned off ${turnedOff.length} of 4 flags, restored ${restored.length} of 2 settings.`);
    },
    bareTransaction: async (connection) => {
      await connection.query('begin');
      await connection.query('update feature_flags set is_enabled = not is_enabled where flag_name = $1', [bareFlag]);
      await connection.query('commit');
    },
    isOff: async () => {
      const keys = everythingOn.map((row) => (row.kind === 'flag' ? row.key : ''));
      return (await side.query('select from feature_flags where is_enabled and flag_name = any ($1)', [keys])).rowCount === 0;
    },
    end: async (launch) => {
      await endLaunch(side, { launch, outcome: 'abandoned', leave: 'off', actor: 'lead', reason: 'measured', at: Date.now() });
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

async function fillCommunities(side: pg.Client, communities: number): Promise<void> {
  const { rows } = await side.query<{ count: number }>('select count(*)::integer as count from communities');
  const missing = communities - (rows[0]?.count ?? 0);
  await side.query(
    `insert into communities (id, name, slug, status) select gen_random_uuid(), 'Place ' || n, 'place-' || n, 'active' from generate_series(1, $1) n`,
    [missing],
  );
}
