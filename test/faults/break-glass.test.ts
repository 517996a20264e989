import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FaultWorld, type FaultyLaunch, faultWorld } from './fault-world.ts';
import { resetProduct } from './oracle.ts';

/** How many launches are stopped at random points: few in every run, as many as `SOFTLAUNCH_SEEDS` says when somebody wants to know. */
const seeds = Array.from({ length: Number(process.env.SOFTLAUNCH_SEEDS ?? 2) }, (_, index) => index + 1);

let world: FaultWorld;
beforeAll(async () => {
  world = await faultWorld();
}, 60_000);
afterEach(() => endAll(world));
afterAll(() => world.close());

for (const seed of seeds) {
  test(`a launch rolled back by SQL alone, with everything else stopped, adopts it when it is back and turns nothing on (seed ${seed})`, async () => {
    const random = randomOf(seed);
    const launch = await playAWhile(random);
    await world.killWorker();
    await world.killTemporal();
    await rollBackByHand(world.databaseUrl, launch.id);
    expect(await on(world.pool)).toEqual([]);
    await pause(random() * 500);
    await world.startTemporal();
    await world.startWorker();
    await expectAdopted(launch);
    await expectNothingOnSince(launch);
  }, 120_000);

  test(`a worker that sleeps through a rollback by SQL turns nothing on when it wakes (seed ${seed})`, async () => {
    const launch = await playAWhile(randomOf(seed));
    const wake = world.freezeWorker();
    await world.startWorker();
    await rollBackByHand(world.databaseUrl, launch.id);
    await expectAdopted(launch);
    await wake();
    await expectNothingOnSince(launch);
  }, 120_000);
}

/** A launch at a random point of its way. */
async function playAWhile(random: () => number): Promise<FaultyLaunch> {
  const launch = await world.launch();
  const stopAt = Date.now() + 1_000 + random() * 9_000;
  await launch.playUntil(({ state }) => Date.now() >= stopAt || state.stage === 'completed');
  return launch;
}

async function expectAdopted(launch: FaultyLaunch): Promise<void> {
  await launch.playUntil(({ state }) => state.rollback?.state === 'restored' || state.stage === 'completed');
  const { state } = (await launch.status()) ?? {};
  if (state?.stage === 'completed') return;
  expect(state).toMatchObject({ stage: 'rolled back', rollback: { scope: 'launch', by: 'nina', reason: 'seats are overbooked' } });
}

/** Nobody has turned anything on since the rollback, not even for a moment: what the launch writes is in its changes. */
async function expectNothingOnSince({ id }: FaultyLaunch): Promise<void> {
  const { rows } = await world.pool.query(
    `select operation_key from softlaunch.change c where launch = $1 and answer ->> 'outcome' = 'applied'
     and recorded_at > (select recorded_at from softlaunch.rollback r where r.launch = $1 and command_id = 'by hand')`,
    [id],
  );
  expect(rows).toEqual([]);
  expect(await on(world.pool)).toEqual([]);
}

/** What somebody types who has nothing but psql. */
async function rollBackByHand(databaseUrl: string, launch: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`select softlaunch.roll_back('${launch}', 'launch', 'seats are overbooked', 'nina', 'by hand')`);
  await client.end();
}

async function on(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ flag: string }>('select flag_name as flag from feature_flags where is_enabled order by 1');
  return rows.map(({ flag }) => flag);
}

/** The launch has stood still; it ends so that the next may begin. */
async function endAll({ pool }: FaultWorld): Promise<void> {
  await pool.query(
    `select softlaunch.end_launch(id, 'abandoned', 'off', 'test', 'the test is over', now()) from softlaunch.launch where ended_at is null`,
  );
  await resetProduct(pool);
}

/** Mulberry32: the same seed stops a launch at the same point. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
