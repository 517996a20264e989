import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type LaunchWorld, launchWorld } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

test('a launch goes from phase 0 to general availability and its review in seven days, with everyone having the features', async () => {
  const launch = await world.start();
  await launch.reach('general-availability');
  expect(await launch.result()).toMatchObject({ outcome: 'completed' });
  const phases = (await launch.journal('phase opened')).map(({ summary }) => summary);
  expect(phases).toEqual(['pre-launch opened.', 'internal opened.', 'pilot opened.', 'expansion opened.', 'general-availability opened.']);
}, 120_000);
