import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FaultWorld, faultWorld } from './fault-world.ts';
import { resetProduct } from './oracle.ts';

/** How many launches are stopped at random points: few in every run, as many as `SOFTLAUNCH_SEEDS` says when somebody wants to know. */
const seeds = Array.from({ length: Number(process.env.SOFTLAUNCH_SEEDS ?? 3) }, (_, index) => index + 1);

let world: FaultWorld;
beforeAll(async () => {
  world = await faultWorld();
}, 60_000);
afterEach(() => endAll(world));
afterAll(() => world.close());

for (const seed of seeds) {
  test(`a launch rolled back by SQL alone, with everything else stopped, adopts it when it is back and turns nothing on (seed ${seed})`, async () => {
    const random = randomOf(seed);
    const launch = await world.launch();
    const stopAt = Date.now() + 1_000 + random() * 9_000;
    await launch.playUntil(({ state }) => Date.now() >= stopAt || state.stage === 'completed');
    const before = await launch.status();
    await world.killWorker();
    await world.killTemporal();
    await rollBackByHand(world.databaseUrl, launch.id);
    expect(await on(world.pool)).toEqual([]);
    await pause(random() * 500);
    await world.startTemporal();
    await world.startWorker();
    if (before?.state.stage !== 'completed') {
      await launch.playUntil(({ state }) => state.rollback?.state === 'restored');
      const { state } = (await launch.status()) ?? {};
      expect(state).toMatchObject({ stage: 'rolled back', rollback: { scope: 'launch', by: 'nina', reason: 'seats are overbooked' } });
    }
    // Nobody has turned anything on since, not even for a moment: what the launch writes is in its changes.
    const { rows } = await world.pool.query(
      `select operation_key from softlaunch.change c where launch = $1 and answer ->> 'outcome' = 'applied'
       and recorded_at > (select recorded_at from softlaunch.rollback r where r.launch = $1 and command_id = 'by hand')`,
      [launch.id],
    );
    expect(rows).toEqual([]);
    expect(await on(world.pool)).toEqual([]);
  }, 120_000);
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
