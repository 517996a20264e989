import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { communityWorkflowId, incidentWorkflowId, launchWorkflowId, rollbackWorkflowId } from '../../src/workflows/messages.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld, type TestLaunch, workflowsOf } from './launch-world.ts';

const folder = new URL('../histories/', import.meta.url);

describe('histories of launches that were recorded', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

  test('there is one of each kind of workflow', () => {
    expect(files).toEqual(['community.json', 'incident.json', 'launch.json', 'rollback.json']);
  });

  test.for(files)('%s is replayed by the workflows as they are', async (file) => {
    const { workflowId, history } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    await Worker.runReplayHistory({ workflowBundle: { codePath: inject('bundlePath') } }, history, workflowId);
  });
});

describe('what a launch leaves in histories', () => {
  let world: LaunchWorld;
  beforeAll(async () => {
    world = await launchWorld();
  });
  afterEach(() => world.reset());
  afterAll(() => world.close());

  const historyOf = (workflowId: string) => world.client.workflow.getHandle(workflowId).fetchHistory();
  const lengthOf = async (workflowId: string) => (await historyOf(workflowId)).events?.length ?? 0;

  async function eventsOf(launch: TestLaunch): Promise<number> {
    const lengths = await Promise.all((await workflowsOf(world.client, launch.handle)).map(lengthOf));
    return lengths.reduce((sum, length) => sum + length, 0);
  }

  test('a whole launch of seven days with eleven communities leaves at most 1,500 events in all its workflows', async () => {
    const launch = await world.start();
    await launch.reach('general-availability');
    await launch.result();
    expect(await eventsOf(launch)).toBeLessThanOrEqual(1_500);
  }, 120_000);

  test('two days of watching leave nothing', async () => {
    const launch = await world.start(brisk);
    await launch.reach('pilot');
    await launch.until('only the decision', ({ blockers }) => blockers.every(({ what }) => what === 'decision'));
    const before = await lengthOf(launch.handle.workflowId);
    await world.pass(48 * hour);
    expect((await lengthOf(launch.handle.workflowId)) - before).toBe(0);
  });

  // Run with RECORD_HISTORIES=1 when a history may be forgotten because no launch that it stands for runs any more.
  test.runIf(process.env.RECORD_HISTORIES)('records a launch with an incident and a rollback', async () => {
    const launch = await world.start(brisk);
    await launch.reach('pilot');
    await launch.say('report', { severity: 'P2', issue: 'slow search', by: 'support' });
    await world.pass(2 * hour);
    await launch.say('incident', { incident: 'P2-1', close: true, by: 'ops' });
    await launch.reach('expansion');
    await launch.say('rollback', { scope: 'community:riverside', by: 'ops' });
    await launch.reach('general-availability');
    await launch.result();
    const kinds = {
      launch: launchWorkflowId(launch.id),
      community: communityWorkflowId(launch.id, 'riverside'),
      rollback: rollbackWorkflowId(launch.id, 'community:riverside'),
      incident: incidentWorkflowId(launch.id, 'P2-1'),
    };
    for (const [kind, workflowId] of Object.entries(kinds)) {
      const history = JSON.parse(historyToJSON(await historyOf(workflowId)));
      writeFileSync(new URL(`${kind}.json`, folder), `${JSON.stringify({ workflowId, history })}\n`);
    }
  });
});
