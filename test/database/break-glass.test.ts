import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyChange } from '../../src/database/change.ts';
import { readJournal, verifyJournal } from '../../src/database/journal.ts';
import { registerLaunch } from '../../src/database/launch-record.ts';
import { rollbackAnswerRow } from '../../src/database/row-schemas.ts';
import { carpool } from '../plan/carpool.ts';
import { type CarpoolDatabase, carpoolDatabase, everythingOn, flagsOn, morning, openLaunch, registrationOf } from './carpool-database.ts';

const card = readFileSync(new URL('../../docs/rollback.md', import.meta.url), 'utf8');

/** A line of the card, as it is printed. */
function printed(start: string): string {
  const line = card.split('\n').find((candidate) => candidate.trim().startsWith(start));
  return line?.trim() ?? expect.fail(`The card has no line that starts with ${start}`);
}

let product: CarpoolDatabase;
let oncall: pg.Client;

beforeAll(async () => {
  product = await carpoolDatabase();
  await product.pool.query('drop role if exists oncall');
  await product.pool.query(printed('create role oncall'));
  await product.pool.query(`alter role oncall password 'secret'`);
  const url = new URL(product.url);
  url.username = 'oncall';
  url.password = 'secret';
  oncall = new pg.Client({ connectionString: url.href });
  await oncall.connect();
});
beforeEach(() => product.reset());
afterAll(async () => {
  await oncall?.end();
  await product?.pool.query('drop owned by oncall; drop role oncall');
  await product?.close();
});

test('the card’s line turns the strategy’s launch off, with a login made by the card’s line', async () => {
  await registerLaunch(product.pool, registrationOf(carpool()));
  const order = { launch: 'carpool-v2', operationKey: 'open', fence: 0, scope: 'launch', actor: 'softlaunch', reason: 'Opened internal.' };
  await applyChange(product.pool, { ...order, rows: everythingOn, at: morning });
  const line = printed('select softlaunch.roll_back');
  const { rows } = await oncall.query<{ roll_back: Record<string, unknown> }>(line);
  expect(rows[0]?.roll_back).toMatchObject({ stillOn: [], repeated: false, commandId: 'any-unique-id' });
  expect(await flagsOn(product.pool)).toEqual([]);
  expect((await oncall.query(line)).rows).toMatchObject([{ roll_back: { repeated: true } }]);
  const last = (await readJournal(product.pool, 'carpool-v2')).at(-1);
  expect(last).toMatchObject({ kind: 'rollback', actor: 'your name', summary: 'why', detail: { role: 'oncall' } });
});

test('the card explains every part of the answer that says what happened', () => {
  const parts = Object.keys(rollbackAnswerRow.shape).filter((part) => !['commandId', 'scope', 'fence'].includes(part));
  expect(parts.filter((part) => !card.includes(`\`"${part}"`))).toEqual([]);
});

test('it turns off and never on, whatever scope and however often; and a false name does not hide the login', async () => {
  const { launch } = await openLaunch(product.pool);
  for (const scope of ['feature:communities', 'community:riverside', 'community:lakeside', 'launch', 'feature:smart matching', 'launch']) {
    await oncall.query('select softlaunch.roll_back($1, $2, $3, $4)', [launch, scope, 'overbooked', 'the boss']);
  }
  expect(await flagsOn(product.pool)).toEqual([]);
  const orders = await readJournal(product.pool, launch, { kinds: ['rollback'] });
  expect(orders.map(({ actor, detail }) => `${actor} as ${String(detail.role)}`)).toEqual(Array(6).fill('the boss as oncall'));
  expect(await verifyJournal(product.pool, launch)).toBeNull();
});

test('a flag that is none of the launch’s business stays on', async () => {
  await product.pool.query("insert into feature_flags values ('night_mode', true, null)");
  const { launch } = await openLaunch(product.pool);
  await oncall.query('select softlaunch.roll_back($1, $2, $3, $4)', [launch, 'launch', 'overbooked', 'omar']);
  expect(await flagsOn(product.pool)).toEqual(['night_mode']);
});

test('objects of the caller’s own with the names of ours are not looked at', async () => {
  const { launch } = await openLaunch(product.pool);
  await oncall.query(
    'create temp table launch (id text); create temp table rollback (id text); create temp table feature_flags (flag_name text)',
  );
  await oncall.query(`create function pg_temp.now() returns timestamptz language sql return '-infinity'::timestamptz`);
  await oncall.query('set search_path = pg_temp, softlaunch');
  await oncall.query('select softlaunch.roll_back($1, $2, $3, $4)', [launch, 'launch', 'overbooked', 'omar']);
  await oncall.query('discard all');
  expect(await flagsOn(product.pool)).toEqual([]);
});
