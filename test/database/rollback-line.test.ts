import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { NotKnown, RowLocked } from '../../src/database/database-refusal.ts';
import { openPool } from '../../src/database/pool.ts';
import { listRollbacks } from '../../src/database/rollback.ts';
import { openRollbackLine, type RollbackLine, type RollbackLineOptions, rollBack } from '../../src/database/rollback-line.ts';
import { type CarpoolDatabase, carpoolDatabase, communitiesIn, flagsOn, openLaunch } from './carpool-database.ts';
import { forgetfulProxy } from './forgetful-proxy.ts';

let product: CarpoolDatabase;
let launch: string;
let opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  product = await carpoolDatabase();
});
beforeEach(async () => {
  await product.reset();
  ({ launch } = await openLaunch(product.pool));
});
afterEach(async () => {
  await Promise.all(opened.map((thing) => thing.close()));
  opened = [];
});
afterAll(() => product?.close());

const four = ['fair_matching', 'multi_community', 'reliability_scoring_v2', 'smart_route_matching'];
const order = (scope = 'launch', commandId = 'cmd-1') => ({ launch, scope, reason: 'seats are overbooked', actor: 'omar', commandId });
const updateFlag = "update feature_flags set metadata = metadata where flag_name = 'fair_matching'";

function line(url = product.url, options: RollbackLineOptions = {}): RollbackLine {
  const open = openRollbackLine(url, options);
  opened.push(open);
  return open;
}

/** A session of the product in a transaction. `statement` has been done in it. */
async function session(statement: string, url = product.url) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  opened.push({ close: () => client.end() });
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await client.query('begin');
  await client.query(statement);
  const pid = rows[0]?.pid ?? expect.fail();
  return { client, pid };
}

/** Until this process of the server waits for a lock. */
async function untilItWaits(pid: number): Promise<void> {
  for (;;) {
    const { rows } = await product.pool.query('select from pg_stat_activity where pid = $1 and wait_event_type = $2', [pid, 'Lock']);
    if (rows.length > 0) return;
    await pause(5);
  }
}

/** The URL of a new role that may roll back, and has these rights besides. */
async function roleUrl(name: string, grants: string): Promise<string> {
  await product.pool.query(`create role ${name} login password 'secret' in role softlaunch_breakglass; ${grants}`);
  opened.push({ close: async () => void (await product.pool.query(`drop owned by ${name}; drop role ${name}`)) });
  const url = new URL(product.url);
  url.username = name;
  url.password = 'secret';
  return url.href;
}

test('nobody in the way: it rolls back and ends nobody', async () => {
  expect(await line().rollBack(order())).toMatchObject({ turnedOff: four, endedBlockers: [] });
});

test('a row held by a session that idles in a transaction: that session is terminated', async () => {
  const holder = await session(updateFlag);
  const answer = await line().rollBack(order());
  expect(answer).toMatchObject({ turnedOff: four, endedBlockers: [{ pid: holder.pid, how: 'terminated' }] });
  await expect(holder.client.query('commit')).rejects.toThrow();
});

test('a row held by a busy session: its statement is cancelled, and the session lives on', async () => {
  const holder = await session(updateFlag);
  const busy = holder.client.query('select pg_sleep(60)').catch((error: Error) => error.message);
  const answer = await line().rollBack(order());
  expect(answer.endedBlockers).toEqual([{ pid: holder.pid, how: 'cancelled' }]);
  expect(await busy).toContain('canceling statement');
  await holder.client.query('rollback');
  expect((await holder.client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('a chain: only the session at its head is ended, those who wait like us go on by themselves', async () => {
  const head = await session("update feature_flags set metadata = metadata where flag_name = 'multi_community'");
  const middle = await session(updateFlag);
  const waiting = middle.client.query("update feature_flags set metadata = metadata where flag_name = 'multi_community'; commit");
  await untilItWaits(middle.pid);
  const answer = await line().rollBack(order());
  expect(answer).toMatchObject({ turnedOff: four, endedBlockers: [{ pid: head.pid, how: 'terminated' }] });
  await waiting;
});

test('a table that somebody is altering: whoever does is ended', async () => {
  const holder = await session('alter table feature_flags add column note text');
  expect((await line().rollBack(order())).endedBlockers).toEqual([{ pid: holder.pid, how: 'terminated' }]);
  expect(await flagsOn(product.pool)).toEqual([]);
});

test('a person with psql in the middle of a rollback of their own is ended, and nothing happens twice', async () => {
  const holder = await session(`select softlaunch.roll_back('${launch}', 'launch', 'mine', 'ines', 'cmd-0')`);
  const answer = await line().rollBack(order());
  expect(answer).toMatchObject({ turnedOff: four, endedBlockers: [{ pid: holder.pid, how: 'terminated' }] });
  expect((await listRollbacks(product.pool, launch)).map(({ commandId }) => commandId)).toEqual(['cmd-1']);
});

test('a booking in progress holds up no rollback and survives it', async () => {
  const booking = await session(`insert into memberships (profile, community)
    select p.id, c.id from profiles p, communities c where c.slug = 'riverside'
    and not exists (select from memberships m where m.profile = p.id and m.community = c.id) limit 1`);
  expect(await line().rollBack(order('community:riverside'))).toMatchObject({ turnedOff: ['riverside'], endedBlockers: [] });
  await booking.client.query('commit');
});

test.each([
  ['launch', updateFlag],
  ['launch', 'lock table feature_flags in access exclusive mode'],
  ['launch', 'select from softlaunch.launch for update'],
  ['community:riverside', "update communities set name = name where slug = 'riverside'"],
])('a role that may end nobody is told who is in the way of %s: %s', async (scope, statement) => {
  const url = await roleUrl('bystander', '');
  const holder = await session(statement);
  const refused = await line(url, { attempts: 1 })
    .rollBack(order(scope))
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RowLocked);
  expect(refused).toMatchObject({ pids: [holder.pid], message: expect.stringContaining(`select pg_terminate_backend(${holder.pid})`) });
  await holder.client.query('rollback');
  expect(await line(url).rollBack(order(scope))).toMatchObject({ stillOn: [], repeated: false, endedBlockers: [] });
});

test('a role that may signal but not look cancels first, and terminates whom that does not help', async () => {
  const url = await roleUrl('signaller', 'grant pg_signal_backend to signaller');
  const other = await roleUrl('line_app', 'grant select, update on feature_flags to line_app');
  const holder = await session(updateFlag, other);
  expect((await line(url).rollBack(order())).endedBlockers).toEqual([
    { pid: holder.pid, how: 'cancelled' },
    { pid: holder.pid, how: 'terminated' },
  ]);
});

test('whoever asks to end nobody gets the blockers instead', async () => {
  const holder = await session(updateFlag);
  const refused = line(product.url, { endBlockers: false, attempts: 1 }).rollBack(order());
  await expect(refused).rejects.toMatchObject({ name: 'RowLocked', pids: [holder.pid] });
  expect(await flagsOn(product.pool)).toEqual(four);
});

test('with the ordinary pool exhausted a rollback succeeds', async () => {
  const pool = openPool(product.url, { max: 3 });
  opened.push({ close: () => pool.end() });
  const clients = await Promise.all([1, 2, 3].map(() => pool.connect()));
  expect(await line().rollBack(order())).toMatchObject({ turnedOff: four });
  for (const client of clients) client.release();
});

test('with no connection left on the server, a line that is connected already rolls back and still ends who is in the way', async () => {
  const url = await roleUrl('scarce', 'alter role scarce connection limit 2; grant pg_signal_backend to scarce');
  const other = await roleUrl('line_app', 'grant select, update on feature_flags to line_app');
  const holder = await session(updateFlag, other);
  const ready = line(url);
  await ready.connect();
  await expect(rollBack(url, order(), { attempts: 1 })).rejects.toThrow('too many connections for role "scarce"');
  expect((await ready.rollBack(order())).endedBlockers).toContainEqual({ pid: holder.pid, how: 'terminated' });
});

test('an answer that is lost after the commit: the retry gets the stored answer and has no second effect', async () => {
  const proxy = await forgetfulProxy(product.url, { loses: 'turnedOff', times: 2 });
  opened.push(proxy);
  const answer = await line(proxy.url).rollBack(order());
  expect(proxy.lost()).toBe(2);
  expect(answer).toMatchObject({ turnedOff: four, fence: 1, repeated: true });
  expect(await listRollbacks(product.pool, launch)).toHaveLength(1);
});

test('a connection that breaks in the middle, while it waits for a row: the next one rolls back, once', async () => {
  const holder = await session(updateFlag);
  const rolling = line(product.url, { endBlockers: false }).rollBack(order());
  const waiting = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'softlaunch rollback'
    and datname = current_database() and wait_event_type = 'Lock'`;
  while ((await product.pool.query(waiting)).rows.length === 0) await pause(5);
  await holder.client.query('rollback');
  expect(await rolling).toMatchObject({ turnedOff: four, repeated: false });
  expect(await listRollbacks(product.pool, launch)).toHaveLength(1);
});

test('one command does it all over connections of its own, and a mistake is not tried again', async () => {
  expect(await rollBack(product.url, order('community:riverside'))).toMatchObject({ turnedOff: ['riverside'] });
  expect(await communitiesIn(product.pool)).toEqual([]);
  await expect(rollBack(product.url, order('feature:nothing', 'cmd-2'))).rejects.toThrow(NotKnown);
});
