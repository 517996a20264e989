import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { commandSignal } from '../../src/workflows/messages.ts';
import { flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld, type TestLaunch } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const runOf = async (launch: TestLaunch) => (await launch.handle.describe()).runId;

test('a launch that goes on in new runs keeps its place, and reaches everyone', async () => {
  const launch = await world.start(brisk, { longestHistory: 200 });
  const first = await runOf(launch);
  await launch.reach('general-availability');
  expect(await runOf(launch)).not.toBe(first);
  expect(await launch.result()).toMatchObject({ outcome: 'completed' });
  const opened = (await launch.journal('phase opened')).map(({ summary }) => summary);
  expect(opened).toEqual(['pre-launch opened.', 'internal opened.', 'pilot opened.', 'expansion opened.', 'general-availability opened.']);
  expect((await launch.journal('wave')).length).toBe(5);
});

test('no command is lost between two runs, and none has two effects', async () => {
  const launch = await world.start(brisk, { longestHistory: 150 });
  await launch.reach('internal');
  const first = await runOf(launch);
  const holds = Array.from({ length: 30 }, (_, index) => ({ by: 'ops', reason: `reason ${index}`, commandId: `hold-${index}` }));
  for (const [index, hold] of holds.entries()) {
    if (index % 2 === 0) await launch.handle.signal(commandSignal('hold'), hold);
    else if (index % 3 === 0) await launch.say('hold', hold);
    else await Promise.all([launch.handle.signal(commandSignal('hold'), hold), launch.handle.signal(commandSignal('hold'), hold)]);
  }
  await world.pass(hour);
  expect(await runOf(launch)).not.toBe(first);
  const { state } = await launch.status();
  expect(state.holds.map(({ reason }) => reason)).toEqual(holds.map(({ reason }) => reason));
  expect((await launch.journal('hold')).length).toBe(30);
  expect(await launch.say('hold', holds[3] ?? {})).toMatchObject({ accepted: true });
  expect((await launch.status()).state.holds.length).toBe(30);
});

test('a new run watches on: a breach is rolled back in it, by a trigger and by its communities', async () => {
  const launch = await world.start(brisk, { longestHistory: 150 });
  await launch.reach('pilot');
  const before = await runOf(launch);
  for (let hold = 0; hold < 30; hold += 1)
    await launch.handle.signal(commandSignal('hold'), { by: 'ops', reason: `reason ${hold}`, commandId: `hold-${hold}` });
  await world.pass(hour);
  expect(await runOf(launch)).not.toBe(before);
  await world.dials.set('isolation/riverside', { breaches: 1 });
  const { state } = await launch.until('a rollback', (now) => now.state.rollback !== null, 4 * hour);
  expect(state.rollback?.reason).toBe('isolated is missed in riverside');
  await launch.until('a proven rollback', (now) => now.state.rollback?.state === 'restored', 4 * hour);
  expect(await flagsOn(world.pool)).toEqual([]);
});
