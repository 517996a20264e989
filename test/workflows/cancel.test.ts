import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { communityWorkflowId } from '../../src/workflows/messages.ts';
import { communitiesIn, flagRows, flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld, type TestLaunch } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

/** It ended as cancelled, with nothing left of it in the product. */
async function expectCancelledAndOff(launch: TestLaunch): Promise<void> {
  const failure = await launch.result(24 * hour).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect((failure as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
  expect(await flagRows(world.pool, 'feature_flags')).toEqual(await flagRows(world.pool, 'kept_flags'));
  expect(await communitiesIn(world.pool)).toEqual([]);
  expect((await world.pool.query('select from softlaunch.claim where launch = $1', [launch.id])).rowCount).toBe(0);
  const { rows } = await world.pool.query('select outcome from softlaunch.launch where id = $1', [launch.id]);
  expect(rows).toEqual([{ outcome: 'cancelled' }]);
  expect((await launch.journal('rollback restored')).length).toBe(1);
  expect((await launch.journal('announcement')).at(-1)?.summary).toContain('critical issue');
}

test.for(['pre-launch', 'internal', 'pilot', 'expansion', 'general-availability'])(
  'a cancelled launch in %s turns everything off, proves it, and gives its claims back',
  async (phase) => {
    const launch = await world.start(brisk);
    await launch.reach(phase);
    await launch.handle.cancel();
    await expectCancelledAndOff(launch);
  },
);

test('a launch that is cancelled while it obeys a command answers that command and goes off', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  const [answer] = await Promise.all([launch.say('hold', { by: 'ops' }), launch.handle.cancel()]);
  expect(answer.accepted).toBe(true);
  await expectCancelledAndOff(launch);
});

test('a community whose own watch is cancelled may not stay in', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await world.client.workflow.getHandle(communityWorkflowId(launch.id, 'riverside')).cancel();
  const { state } = await launch.until('riverside out', (now) => now.state.communities.riverside?.state === 'rolled back', 4 * hour);
  expect(state.communities.riverside?.why).toBe('its watch was cancelled');
  expect(await communitiesIn(world.pool)).toEqual(['internal']);
});

test('after a terminate the communities page that nobody decides any more, and everything is still on and claimed', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await launch.handle.terminate('the wrong button');
  await world.dials.set('community health', { healthy: false });
  const community = world.client.workflow.getHandle(communityWorkflowId(launch.id, 'riverside'));
  for (let passed = 0; passed < 12 && (await community.describe()).status.name === 'RUNNING'; passed += 1) await world.pass(hour);
  expect(await community.result()).toEqual({ left: 'its launch does not run any more' });
  const pages = (await launch.journal('page')).map(({ summary }) => summary);
  expect(pages).toContain(
    `ops: launch ${launch.id} does not run any more, and riverside still has its features: roll back, or abandon the launch.`,
  );
  expect((await flagsOn(world.pool)).length).toBe(4);
  expect((await world.pool.query('select from softlaunch.claim where launch = $1', [launch.id])).rowCount).toBeGreaterThan(0);
});
