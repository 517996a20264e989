import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type RunningTemporal, startTemporal } from '../../src/runtime/temporal.ts';
import { type RunningWorker, startWorker } from '../../src/worker.ts';
import { launchWorkflowId } from '../../src/workflows/messages.ts';
import { type CarpoolDatabase, carpoolDatabase, communitiesIn, flagsOn } from '../database/carpool-database.ts';
import { softlaunch, softlaunchJson } from './command-line.ts';

const plan = 'plans/carpool-v2.yaml';
const launch = 'carpool-v2';

let folder: string;
let database: CarpoolDatabase;
let temporal: RunningTemporal;
let worker: RunningWorker | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'softlaunch-ops-'));
  [database, temporal] = await Promise.all([carpoolDatabase(), startTemporal({ logFile: join(folder, 'temporal.log'), ui: 'none' })]);
  await database.pool.query('grant select on all tables in schema public to softlaunch_probe');
  process.env.DATABASE_URL = database.url;
  process.env.TEMPORAL_ADDRESS = temporal.address;
  process.env.SOFTLAUNCH_HOME = join(folder, 'home');
});
afterAll(async () => {
  await worker?.stop();
  await temporal.stop();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function work(): Promise<void> {
  const settings = { connectionOptions: { address: temporal.address }, namespace: temporal.namespace };
  worker = await startWorker({ databaseUrl: database.url, temporal: settings, bundlePath: inject('bundlePath') });
}

/** Asks until the answer is as told, or fails with the last one. */
async function until(holds: (ran: Awaited<ReturnType<typeof softlaunch>>) => boolean, ...words: readonly string[]) {
  for (let tries = 0; ; tries += 1) {
    const ran = await softlaunch(...words);
    if (holds(ran)) return ran;
    if (tries === 200) throw new Error(`softlaunch ${words.join(' ')} never came to it: ${ran.out}${ran.err}`);
    await pause(100);
  }
}

/** After a rollback in the internal phase. */
async function beginAgain(): Promise<void> {
  expect((await softlaunch('resume', '--by', 'lead', '--reason', 'cause found')).out).toContain('begins again');
  await until(({ out }) => /running in internal[\s\S]*\n +internal +open/.test(out), 'status');
}

// One story, in order: each test goes on where the one before stopped, as people do.
describe('a launch from the command line', () => {
  test('cannot be started while the product lacks a flag, and takes nothing', async () => {
    await database.pool.query("update feature_flags set flag_name = 'fair' where flag_name = 'fair_matching'");
    const { exitCode, json } = await softlaunchJson('start', plan, '--speed', '1000');
    await database.pool.query("update feature_flags set flag_name = 'fair_matching' where flag_name = 'fair'");
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ error: { kind: 'refused', problems: [expect.stringContaining('There is no flag "fair_matching"')] } });
    expect(await softlaunch('status')).toMatchObject({ exitCode: 4 });
  });

  test('starts once', async () => {
    const { exitCode, out } = await softlaunch('start', plan, '--speed', '1000', '--by', 'lead');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^started {2}Carpool 2\.0/);
    expect(out).toContain('softlaunch go --phase pre-launch --by lead');
    const again = await softlaunchJson('start', plan, '--speed', '1000');
    expect(again).toMatchObject({ exitCode: 1, json: { error: { kind: 'already started' } } });
  });

  test('keeps a command while no worker is up, and says so', async () => {
    const { exitCode, json } = await softlaunchJson('hold', '--by', 'ops', '--reason', 'wait for me', '--command-id', 'hold-early');
    expect(exitCode).toBe(5);
    expect(json).toMatchObject({ launch, stored: true, commandId: 'hold-early' });
    expect(await softlaunch('go', '--by', 'lead', '--reason', 'x')).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('Add --phase'),
    });
  });

  test('shows the phase without a worker, and that nobody answers', async () => {
    const { out } = await softlaunch('status');
    expect(out).toMatch(/in pre-launch\n {2}No worker answers/);
    expect(await softlaunchJson('why')).toMatchObject({ exitCode: 3, json: { error: { kind: 'no worker' } } });
  });

  test('takes the stored command once a worker is up, and answers the same id the same', async () => {
    await work();
    await until(({ out }) => out.includes('held by ops: wait for me'), 'why');
    const again = await softlaunchJson('hold', '--by', 'ops', '--reason', 'wait for me', '--command-id', 'hold-early');
    expect(again).toMatchObject({ exitCode: 0, json: { accepted: true } });
    expect((await softlaunch('resume', '--by', 'ops', '--reason', 'here I am')).out).toContain('lifted 1 hold');
  });

  test('refuses what may not be, with the reason, and changes nothing', async () => {
    expect(await softlaunch('go', '--by', 'ops', '--reason', 'x')).toMatchObject({ exitCode: 1, out: expect.stringContaining('lead may') });
    expect(await softlaunch('go', '--by', 'lead', '--reason', 'x')).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('not done: '),
    });
    expect(await softlaunch('go', '--phase', 'pilot', '--by', 'lead', '--reason', 'x')).toMatchObject({ exitCode: 1 });
    expect(await softlaunch('check', 'Nothing', '--by', 'lead')).toMatchObject({ exitCode: 1, out: expect.stringContaining('it has "') });
    expect(await flagsOn(database.pool)).not.toContain('smart_route_matching');
  });

  test('says why it stands still: each item, and who can change it', async () => {
    await until(({ out }) => !out.includes('Monitoring queries work'), 'why');
    const { exitCode, json } = await softlaunchJson('why');
    expect(exitCode).toBe(1);
    const { blockers } = json as { blockers: { what: string; who: string }[] };
    expect(blockers.map(({ what, who }) => `${what}: ${who}`)).toEqual([
      'checklist: launch lead',
      'checklist: ops',
      'checklist: support',
      'checklist: launch lead',
      'decision: launch lead',
    ]);
  });

  test('goes on when everything is checked and the lead says go', async () => {
    await softlaunch('check', 'pre-flight checks complete', '--by', 'lead');
    await softlaunch('check', 'Communication channel set up', '--by', 'lead');
    await softlaunch('check', 'Rollback procedures tested', '--by', 'ops');
    await softlaunch('check', 'Support team briefed', '--by', 'support', '--reason', 'at 10:00');
    expect(await softlaunch('go', '--by', 'lead', '--reason', 'all fine')).toMatchObject({ exitCode: 0 });
    const { out } = await until((ran) => /internal +open/.test(ran.out), 'status');
    expect(out).toMatch(/running in internal/);
    expect(await flagsOn(database.pool)).toContain('smart_route_matching');
  });

  test('takes an answer from people, a report and its closing', async () => {
    expect(await softlaunch('answer', 'smoke tests', '42/42', '--by', 'ops')).toMatchObject({ exitCode: 0 });
    const report = ['report', '--severity', 'P2', '--issue', 'slow-search', '--reporter', 'user-7', '--by', 'support', '--reason', '10 s'];
    expect((await softlaunch(...report)).out).toContain('Opened P2-1: slow-search');
    expect((await softlaunch('why')).out).toContain('P2-1 is open: slow-search');
    expect(await softlaunch('incident', 'P2-1', '--close', '--by', 'ops', '--reason', 'an index')).toMatchObject({ exitCode: 0 });
  });

  test('is turned off from the shell, proves it, and begins again by resume only', async () => {
    const { exitCode, json } = await softlaunchJson('rollback', '--by', 'ops', '--reason', 'trying it out');
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ off: true, told: 'launch' });
    expect(await flagsOn(database.pool)).not.toContain('smart_route_matching');
    await until(({ out }) => out.includes('(restored): trying it out'), 'status');
    expect(await softlaunch('go', '--by', 'lead', '--reason', 'x')).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('rolled back'),
    });
    await beginAgain();
    expect(await communitiesIn(database.pool)).toContain('internal');
  });

  test('is turned off by its worker when the database cannot be reached from the shell', async () => {
    process.env.DATABASE_URL = 'postgres://nobody@127.0.0.1:1/nothing';
    const { exitCode, out } = await softlaunch('rollback', launch, '--by', 'ops', '--reason', 'from afar');
    process.env.DATABASE_URL = database.url;
    expect(exitCode).toBe(5);
    expect(out).toMatch(/^NOT OFF YET {2}launch of carpool-v2: The database did not answer.*carpool-v2 was told by way of Temporal/);
    await until((ran) => ran.out.includes('(restored): from afar'), 'status');
    expect(await flagsOn(database.pool)).not.toContain('smart_route_matching');
    await beginAgain();
  });

  test('can be spoken to by its name while the database is down', async () => {
    process.env.DATABASE_URL = 'postgres://nobody@127.0.0.1:1/nothing';
    const held = await softlaunch('hold', launch, '--by', 'ops', '--reason', 'the database is down');
    const unnamed = await softlaunch('hold', '--by', 'ops', '--reason', 'the database is down');
    process.env.DATABASE_URL = database.url;
    expect(held).toMatchObject({ exitCode: 0 });
    expect(unnamed).toMatchObject({ exitCode: 3, err: expect.stringContaining('The database did not answer') });
  });

  test('tells what is still on after its workflow was terminated, and rolls it back and ends it all the same', async () => {
    const connection = await Connection.connect({ address: temporal.address });
    await new Client({ connection }).workflow.getHandle(launchWorkflowId(launch)).terminate('by mistake');
    await connection.close();
    const { out } = await softlaunch('status');
    expect(out).toMatch(/closed \(terminated\), and nobody ended the launch[\s\S]*still on .*smart_route_matching/);
    expect(out).toContain(`claimed by ${launch}  communities in public.communities`);
    expect(await softlaunch('hold', '--by', 'ops', '--reason', 'x')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('does not run'),
    });
    expect(await softlaunchJson('rollback', '--by', 'ops')).toMatchObject({ exitCode: 0, json: { off: true, told: 'rollback' } });
    await until((ran) => /Rollbacks\n +\S.* launch +restored/.test(ran.out), 'status');
    const abandoned = await softlaunchJson('abandon', '--by', 'lead', '--reason', 'terminated by mistake');
    expect(abandoned).toMatchObject({ exitCode: 0, json: { directly: true, outcome: 'abandoned' } });
    expect(await communitiesIn(database.pool)).toEqual([]);
    expect(await softlaunch('status')).toMatchObject({ exitCode: 0, out: expect.stringContaining('abandoned ') });
  });

  test('takes nothing any more once it is over', async () => {
    expect(await softlaunch('hold', launch, '--by', 'ops', '--reason', 'x')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('has ended as abandoned'),
    });
    expect(await softlaunch('start', plan)).toMatchObject({ exitCode: 1, err: expect.stringContaining('another id') });
    expect(await softlaunch('go', 'nope', '--by', 'lead', '--reason', 'x')).toMatchObject({
      exitCode: 4,
      err: expect.stringContaining('There is no launch "nope"'),
    });
  });
});

test('commands say which Temporal did not answer, and that a rollback needs none', async () => {
  process.env.TEMPORAL_ADDRESS = '127.0.0.1:1';
  const { exitCode, json } = await softlaunchJson('start', plan);
  process.env.TEMPORAL_ADDRESS = temporal.address;
  expect(exitCode).toBe(3);
  expect(json).toMatchObject({ error: { kind: 'temporal unreachable', message: expect.stringContaining('127.0.0.1:1 did not answer') } });
});
