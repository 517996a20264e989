import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyChange } from '../../src/database/change.ts';
import { readJournal } from '../../src/database/journal.ts';
import { openPool } from '../../src/database/pool.ts';
import { openProbePool, runSqlProbe } from '../../src/database/probe.ts';
import { type CarpoolDatabase, carpoolDatabase, everythingOn, flagsOn, morning, startLaunch } from './carpool-database.ts';
import { forgetfulProxy } from './forgetful-proxy.ts';

let product: CarpoolDatabase;
let opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  product = await carpoolDatabase();
});
beforeEach(() => product.reset());
afterEach(async () => {
  for (const thing of opened.reverse()) await thing.close();
  opened = [];
});
afterAll(() => product?.close());

async function losing(loses: string, times = 1) {
  const proxy = await forgetfulProxy(product.url, { loses, times });
  opened.push(proxy);
  return proxy;
}

/** A pool of one connection, so that whoever comes next needs a new one when it broke. */
function poolOf(url: string) {
  const pool = openPool(url, { max: 1 });
  opened.push({ close: () => pool.end() });
  return pool;
}

test('a connection that breaks while it is used is an error for its user, and the next gets another', async () => {
  const pool = poolOf((await losing('lost word')).url);
  const client = await pool.connect();
  await expect(client.query(`select 'lost word' as word`)).rejects.toThrow('Connection terminated unexpectedly');
  client.release(true);
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('a probe whose connection breaks has no answer, and the next one has', async () => {
  const pool = openProbePool((await losing('lost word')).url);
  opened.push({ close: () => pool.end() });
  const rest = { kind: 'sql', writes: false, timeoutSeconds: 5, lagMs: 0, session: {}, perCommunity: false, freshMs: 0 } as const;
  const ask = (sql: string) => runSqlProbe(pool, { ...rest, sql }, { since: morning, until: morning });
  expect(await ask(`select 'lost word' as word`)).toMatchObject({ answered: false });
  expect(await ask('select 1 as one')).toMatchObject({ answered: true });
});

test('a change whose answer is lost has happened once: asking again gives the stored answer', async () => {
  const { launch } = await startLaunch(product.pool);
  const pool = poolOf((await losing('"outcome"', 2)).url);
  const order = {
    launch,
    operationKey: 'open',
    fence: 0,
    scope: 'launch',
    rows: everythingOn,
    actor: 'softlaunch',
    reason: 'Opened.',
    at: morning,
  };
  await expect(applyChange(pool, order)).rejects.toThrow();
  await expect(applyChange(pool, order)).rejects.toThrow();
  expect(await applyChange(pool, order)).toMatchObject({ outcome: 'applied', repeated: true });
  expect(await flagsOn(product.pool)).toHaveLength(4);
  expect(await readJournal(product.pool, launch, { kinds: ['change'] })).toHaveLength(1);
});

test('a session that idles in a transaction is ended by the server before it is in anybody’s way for long', async () => {
  const { rows } = await poolOf(product.url).query('show idle_in_transaction_session_timeout');
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '5s' }]);
});
