import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { endLaunch } from '../../src/database/launch-record.ts';
import { listRollbacks } from '../../src/database/rollback.ts';
import { type CarpoolDatabase, carpoolDatabase, communitiesIn, flagsOn, openLaunch, startLaunch } from '../database/carpool-database.ts';
import { softlaunch, softlaunchJson } from './command-line.ts';

let database: CarpoolDatabase;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'softlaunch-ops-'));
  database = await carpoolDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.SOFTLAUNCH_HOME = join(folder, 'home');
  delete process.env.TEMPORAL_ADDRESS;
});
afterEach(() => database.reset());
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('softlaunch rollback with nothing but the database', () => {
  test('turns the only running launch off, says what went off and that Temporal could not be told', async () => {
    const { launch } = await openLaunch(database.pool);
    const { exitCode, out } = await softlaunch('rollback', '--by', 'ops', '--reason', 'seats are overbooked');
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`^off {2}launch of ${launch} is off, \\d+ ms after the command started`));
    expect(out).toMatch(/turned off +.*multi_community.*smart_route_matching/);
    expect(out).toContain('What is off stays off');
    expect(await flagsOn(database.pool)).not.toContain('smart_route_matching');
    expect(await listRollbacks(database.pool, launch)).toMatchObject([{ actor: 'ops', reason: 'seats are overbooked', scope: 'launch' }]);
  });

  test('turns one community off and leaves the flags on', async () => {
    await openLaunch(database.pool);
    const { exitCode, json } = await softlaunchJson('rollback', '--scope', 'community:riverside');
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ off: true, turnedOff: ['riverside'], told: 'nobody' });
    expect(await communitiesIn(database.pool)).toEqual([]);
    expect(await flagsOn(database.pool)).toContain('smart_route_matching');
  });

  test('has one effect for one command id', async () => {
    const { launch } = await openLaunch(database.pool);
    const first = await softlaunchJson('rollback', '--command-id', 'cmd-1');
    const again = await softlaunchJson('rollback', '--command-id', 'cmd-1');
    expect([first.json, again.json]).toMatchObject([{ repeated: false }, { repeated: true, fence: 1 }]);
    expect(await listRollbacks(database.pool, launch)).toHaveLength(1);
  });

  test('needs neither a person nor a reason', async () => {
    const { launch } = await openLaunch(database.pool);
    expect(await softlaunch('rollback')).toMatchObject({ exitCode: 0 });
    expect(await listRollbacks(database.pool, launch)).toMatchObject([{ reason: 'no reason given' }]);
  });

  test.each([
    [['rollback', 'nope'], 4, 'There is no launch "nope"'],
    [['rollback', '--scope', 'feature:nope'], 4, 'has no scope "feature:nope"'],
    [['rollback', '--scope', 'community:nope'], 4, 'There is no community "nope"'],
  ])('refuses %j and names what there is', async (words, exitCode, sentence) => {
    const { launch } = await openLaunch(database.pool);
    const ran = await softlaunch(...words);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.err).toContain(sentence);
    expect(await listRollbacks(database.pool, launch)).toEqual([]);
  });

  test('waits for rows that somebody else holds, gets rid of whoever holds them, and says so', async () => {
    await openLaunch(database.pool);
    const holder = await database.pool.connect();
    const lost = new Promise((resolve) => holder.once('error', resolve));
    await holder.query('begin');
    await holder.query('select from feature_flags for update');
    const { exitCode, out } = await softlaunch('rollback', '--by', 'ops');
    await lost;
    holder.release(true);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/Server process \d+ held the rows and was terminated\./);
    expect(await flagsOn(database.pool)).not.toContain('smart_route_matching');
  });

  test('says that nothing was changed when the database does not answer', async () => {
    process.env.DATABASE_URL = 'postgres://nobody@127.0.0.1:1/nothing';
    const { exitCode, json } = await softlaunchJson('rollback', 'carpool-v2');
    process.env.DATABASE_URL = database.url;
    expect(exitCode).toBe(3);
    expect(json).toMatchObject({ error: { kind: 'not off', message: expect.stringContaining('Nothing was changed') } });
  });

  test('says that nothing is off, and what is left to do, when the database cannot do it and nobody can be told', async () => {
    const { launch } = await openLaunch(database.pool);
    await database.pool.query('alter table feature_flags rename to moved_flags');
    const ran = await softlaunch('rollback');
    const status = await softlaunch('status');
    await database.pool.query('alter table moved_flags rename to feature_flags');
    expect(ran.exitCode).toBe(3);
    expect(ran.err).toMatch(
      new RegExp(`NOT OFF: launch of ${launch}\\. .*"public\\.feature_flags" does not exist.*turn it off where the product decides it`),
    );
    expect(status).toMatchObject({ exitCode: 0, out: expect.stringMatching(/Product\nIt cannot be read\./) });
  });

  test('rolls back what a launch left on when it ended', async () => {
    const { launch } = await openLaunch(database.pool);
    await endLaunch(database.pool, { launch, outcome: 'completed', leave: 'on', actor: 'lead', reason: 'done', at: Date.now() });
    expect(await softlaunch('rollback')).toMatchObject({ exitCode: 4, err: expect.stringContaining(`${launch} (completed)`) });
    expect(await softlaunchJson('rollback', launch)).toMatchObject({ exitCode: 0, json: { off: true } });
    expect(await flagsOn(database.pool)).not.toContain('smart_route_matching');
  });
});

describe('softlaunch status with nothing but the database', () => {
  test('shows the product, rollbacks and the journal, and says what is missing', async () => {
    const { rollBack, launch } = await openLaunch(database.pool);
    await rollBack('community:riverside');
    const { exitCode, out } = await softlaunch('status');
    expect(exitCode).toBe(0);
    expect(out).toContain(`(${launch}, plan `);
    expect(out).toContain('no Temporal address is configured');
    expect(out).toMatch(/flags .*smart_route_matching on/);
    expect(out).toMatch(/community:riverside +not yet proven +by omar: seats are overbooked \(off: riverside\)/);
    expect(out).toMatch(/Journal\n[\s\S]*rollback of community:riverside by omar/);
  });

  test('shows what somebody changed by hand', async () => {
    await openLaunch(database.pool);
    await database.pool.query("update feature_flags set is_enabled = false where flag_name = 'multi_community'");
    expect((await softlaunch('status')).out).toMatch(
      /Changed by hand\n +flag multi_community +turned off by hand +expected true, found false/,
    );
  });

  test('gives scripts the same as one object', async () => {
    const { launch } = await openLaunch(database.pool);
    const { json } = await softlaunchJson('status');
    expect(json).toMatchObject({
      launch,
      stage: 'unknown',
      phase: null,
      state: null,
      product: { communities: ['riverside'] },
      rollbacks: [],
    });
  });

  test('shows the latest launch when none runs any more', async () => {
    const { launch } = await openLaunch(database.pool);
    await endLaunch(database.pool, { launch, outcome: 'abandoned', leave: 'off', actor: 'lead', reason: 'enough', at: Date.now() });
    expect((await softlaunch('status')).out).toContain('abandoned ');
  });

  test('asks which launch is meant when several run', async () => {
    const first = await startLaunch(database.pool);
    const other = {
      table: 'kept_communities',
      key: 'slug',
      name: 'name',
      settings: 'settings',
      eligible: {},
      inLaunch: { setting: 'other', is: 'yes' },
    };
    await database.pool.query('create table if not exists other_flags as table feature_flags');
    const second = await startLaunch(database.pool, {
      product: { flags: { table: 'other_flags', key: 'flag_name', on: 'is_enabled', settings: 'metadata' }, communities: other },
    });
    for (const words of [['status'], ['rollback']]) {
      const { exitCode, err } = await softlaunch(...words);
      expect(exitCode).toBe(4);
      for (const { launch } of [first, second]) expect(err).toContain(`${launch} (running)`);
    }
  });
});

test('softlaunch migrate has nothing to do on a database that is up to date', async () => {
  expect(await softlaunchJson('migrate')).toMatchObject({ exitCode: 0, json: { applied: [] } });
});

describe('softlaunch lint --database', () => {
  test('names what the product lacks, and changes nothing', async () => {
    await database.pool.query("delete from feature_flags where flag_name = 'fair_matching'");
    const { exitCode, json } = await softlaunchJson('lint', 'plans/carpool-v2.yaml', '--database');
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ product: { usable: false, problems: [expect.stringContaining('There is no flag "fair_matching"')] } });
    expect((await softlaunch('status', 'carpool-v2')).exitCode).toBe(4);
  });

  test('says for each probe what it answers, or which grant is missing', async () => {
    await database.pool.query(
      'grant select on all tables in schema public to softlaunch_probe; revoke select on profiles from softlaunch_probe',
    );
    const { json } = await softlaunchJson('lint', 'plans/carpool-v2.yaml', '--database');
    const { probes } = (json as { product: { probes: { probe: string; status: string; says: string }[] } }).product;
    expect(probes).toContainEqual({ probe: 'seats', status: 'answered', says: 'count 0' });
    expect(probes).toContainEqual({
      probe: 'super admins',
      status: 'no answer',
      says: expect.stringContaining('grant select on profiles to softlaunch_probe'),
    });
    expect(probes.filter(({ status }) => status === 'no answer').map(({ probe }) => probe)).toEqual(['super admins']);
  });
});
