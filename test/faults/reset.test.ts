import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { commandSignal } from '../../src/workflows/messages.ts';
import { type FaultWorld, type FaultyLaunch, faultWorld } from './fault-world.ts';
import { effectsOf, resetProduct } from './oracle.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await faultWorld();
}, 120_000);
afterEach(async () => {
  await world.pool.query(
    `select softlaunch.end_launch(id, 'abandoned', 'off', 'test', 'the test is over', now()) from softlaunch.launch where ended_at is null`,
  );
  await resetProduct(world.pool);
});
afterAll(() => world.close());

test('a launch that was reset to its beginning after a rollback turns nothing on again, and knows that it is rolled back', async () => {
  const launch = await world.launch();
  await launch.playUntil(({ state }) => state.phase === 'pilot' && state.opened);
  const order = { scope: 'launch', by: 'ops', reason: 'double bookings', commandId: 'rollback-1' };
  await launch.handle.signal(commandSignal('rollback'), order);
  await launch.playUntil(({ state }) => state.rollback?.state === 'restored');
  const before = await effectsOf(world.pool, launch.id);
  await resetToBeginning(launch);
  await launch.playUntil(({ state }) => state.rollback?.state === 'restored');
  const { flags, communities, changes, brokenAt } = await effectsOf(world.pool, launch.id);
  expect({ flags, communities, changes, brokenAt }).toEqual({ ...before, announcements: undefined });
  const { rows } = await world.pool.query('select flag_name from feature_flags where is_enabled');
  expect(rows).toEqual([]);
}, 120_000);

test('a launch that was reset to its beginning in the pilot goes the same way once more, and no effect happens twice', async () => {
  const launch = await world.launch();
  await launch.playUntil(({ state }) => state.phase === 'pilot' && state.communities.riverside?.state === 'open');
  await resetToBeginning(launch);
  launch.sayAnew();
  await launch.playToTheEnd();
  const { changes, announcements, brokenAt } = await effectsOf(world.pool, launch.id);
  expect(changes).toEqual([...new Set(changes)]);
  expect(changes.filter((change) => change.includes('join/riverside') && change.endsWith('applied'))).toHaveLength(1);
  expect(announcements).toEqual([...new Set(announcements)]);
  expect(brokenAt).toBeNull();
}, 150_000);

/** As "Reset" in the Web UI does it: to the first workflow task, and what was said since is said again. */
async function resetToBeginning({ handle }: FaultyLaunch): Promise<void> {
  const { events } = await handle.fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
  await handle.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId },
    reason: 'somebody clicked Reset',
    requestId: `reset/${handle.workflowId}`,
    workflowTaskFinishEventId: first ?? null,
  });
}
