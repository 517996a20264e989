import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PhaseName } from '../../src/domain/plan.ts';
import { type FaultWorld, faultWorld } from './fault-world.ts';
import { type Effects, effectsOf, resetProduct } from './oracle.ts';

let world: FaultWorld;
let undisturbed: Effects;

beforeAll(async () => {
  world = await faultWorld();
  const launch = await world.launch();
  await launch.playToTheEnd();
  undisturbed = await effectsOf(world.pool, launch.id);
  await resetProduct(world.pool);
}, 120_000);
afterAll(() => world.close());

test('a launch that nothing disturbs opens every phase once, and lets twelve communities and then everybody in', () => {
  expect(undisturbed.changes.filter((change) => change.includes('phase/'))).toHaveLength(4);
  expect(undisturbed.changes.filter((change) => change.includes('join/'))).toHaveLength(12);
  expect(undisturbed.brokenAt).toBeNull();
});

const disturbances: readonly { readonly what: string; readonly kill: () => Promise<void>; readonly start: () => Promise<void> }[] = [
  { what: 'its worker killed', kill: () => world.killWorker(), start: () => world.startWorker() },
  { what: 'Temporal killed', kill: () => world.killTemporal(), start: () => world.startTemporal() },
  { what: 'PostgreSQL killed', kill: () => world.killPostgres(), start: () => world.startPostgres() },
];

for (const { what, kill, start } of disturbances) {
  test(`a launch with ${what} in every phase goes on by itself, and has the same effects, each once`, async () => {
    const launch = await world.launch();
    const met = new Set<PhaseName>();
    for (;;) {
      await launch.playUntil(({ state }) => state.stage === 'completed' || (state.opened && !met.has(state.phase)));
      const now = await launch.status();
      if (now?.state.stage === 'completed') break;
      if (now) met.add(now.state.phase);
      await kill();
      await pause(300);
      await start();
    }
    expect([...met]).toHaveLength(5);
    const effects = await effectsOf(world.pool, launch.id);
    await resetProduct(world.pool);
    expect(effects).toEqual(undisturbed);
  }, 120_000);
}
