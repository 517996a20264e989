import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listAnnouncements, recordAnnouncement } from '../../src/database/announcement.ts';
import { listComplaints, recordComplaint } from '../../src/database/complaint.ts';
import { NotKnown } from '../../src/database/database-refusal.ts';
import { appendJournal, type JournalLine, readJournal, verifyJournal } from '../../src/database/journal.ts';
import { orderRollback } from '../../src/database/rollback.ts';
import { type CarpoolDatabase, carpoolDatabase, morning, openLaunch, startLaunch } from './carpool-database.ts';

let product: CarpoolDatabase;
let launch: string;

beforeAll(async () => {
  product = await carpoolDatabase();
});
beforeEach(async () => {
  await product.reset();
  ({ launch } = await startLaunch(product.pool));
});
afterAll(() => product?.close());

const sql = (text: string) => product.pool.query(text);
const append = (more: Partial<JournalLine> = {}) =>
  appendJournal(product.pool, { launch, at: morning, kind: 'decision', scope: 'launch', actor: 'lead', summary: 'Go.', ...more });

/** What only a superuser can do: change the journal behind its own back. */
async function tamper(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: product.url });
  await client.connect();
  await client.query(`set session_replication_role = replica; ${statement}`);
  await client.end();
}

test('entries come back in their order, as they were written', async () => {
  await append({ detail: { phase: 'pilot', blocked: ['healthy'] }, at: morning + 0.5 });
  await append({ kind: 'hold', summary: 'Held: “naïve” ' });
  expect(await readJournal(product.pool, launch, { after: 1 })).toMatchObject([
    { seq: 2, kind: 'decision', at: morning, actor: 'lead', scope: 'launch', detail: { phase: 'pilot', blocked: ['healthy'] } },
    { seq: 3, kind: 'hold', summary: 'Held: “naïve” ', detail: {} },
  ]);
  expect(await readJournal(product.pool, launch, { kinds: ['hold'] })).toHaveLength(1);
  expect(await readJournal(product.pool, launch, { limit: 2 })).toHaveLength(2);
});

test('the same entry key appends once, per launch', async () => {
  expect(await append({ entryKey: 'go/pilot' })).toEqual({ seq: 2, repeated: false });
  expect(await append({ entryKey: 'go/pilot', summary: 'No go.' })).toEqual({ seq: 2, repeated: true });
  expect(await append()).toEqual({ seq: 3, repeated: false });
  expect(await append()).toEqual({ seq: 4, repeated: false });
  await expect(append({ launch: 'carpool' })).rejects.toThrow(NotKnown);
});

test('fifty writers at once make one chain without a gap, and one entry per key', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, n) => append({ entryKey: `key ${n % 25}`, summary: `Entry ${n}.` })));
  expect((await readJournal(product.pool, launch)).map(({ seq }) => seq)).toEqual(Array.from({ length: 26 }, (_, n) => n + 1));
  expect(await verifyJournal(product.pool, launch)).toBeNull();
});

test('whatever is written to the product is in the journal, refusals too', async () => {
  await product.reset();
  const opened = await openLaunch(product.pool);
  await opened.change([{ kind: 'flag', key: 'nothing', on: true }]);
  await opened.rollBack();
  const kinds = (await readJournal(product.pool, opened.launch)).map(({ kind }) => kind);
  expect(kinds).toEqual(['launch', 'change', 'change refused', 'rollback']);
});

test.each([
  ["update softlaunch.journal set summary = 'No go.'", 'update'],
  ['delete from softlaunch.journal', 'delete'],
  ['truncate softlaunch.journal', 'truncate'],
  ["insert into softlaunch.journal select * from softlaunch.journal on conflict (launch, seq) do update set summary = 'x'", 'update'],
])('even its owner is refused: %s', async (statement, verb) => {
  await expect(sql(statement)).rejects.toThrow(`The journal is append-only: ${verb} is refused.`);
});

test.each([
  ['an edited summary', "update softlaunch.journal set summary = 'No go.' where launch = $ and seq = 3", 3],
  ['an edited detail', `update softlaunch.journal set detail = detail || '{"by": "me"}' where launch = $ and seq = 2`, 2],
  ['another actor', "update softlaunch.journal set actor = 'ines' where launch = $ and seq = 1", 1],
  ['another time', "update softlaunch.journal set at = at + interval '1 microsecond' where launch = $ and seq = 4", 4],
  ['another scope', "update softlaunch.journal set scope = scope || ' ' where launch = $ and seq = 4", 4],
  ['another key', "update softlaunch.journal set entry_key = 'x' where launch = $ and seq = 4", 4],
  ['a deleted entry', 'delete from softlaunch.journal where launch = $ and seq = 3', 3],
  ['a deleted first entry', 'delete from softlaunch.journal where launch = $ and seq = 1', 1],
  ['a deleted tail', 'delete from softlaunch.journal where launch = $ and seq >= 4', 4],
  ['a journal that is gone', 'delete from softlaunch.journal where launch = $', 1],
  [
    'a tail cut off with its head',
    'delete from softlaunch.journal where launch = $ and seq = 5; update softlaunch.launch set journal_seq = 4 where id = $',
    5,
  ],
  [
    'two entries in another order',
    'update softlaunch.journal set seq = case seq when 3 then -4 else -3 end where launch = $ and seq in (3, 4); update softlaunch.journal set seq = -seq where launch = $ and seq < 0',
    3,
  ],
  [
    'an entry slipped in at the end',
    "insert into softlaunch.journal select launch, 6, at, recorded_at, kind, scope, actor, 'Go!', detail, null, hash, hash from softlaunch.journal where launch = $ and seq = 5",
    6,
  ],
])('a superuser’s hand is found: %s', async (_, statement, first) => {
  for (const summary of ['One.', 'Two.', 'Three.', 'Four.']) await append({ summary });
  expect(await verifyJournal(product.pool, launch)).toBeNull();
  await tamper(statement.replaceAll('$', `'${launch}'`));
  expect(await verifyJournal(product.pool, launch)).toBe(first);
});

test('a journal that somebody has broken keeps no rollback from happening, and stays broken', async () => {
  await tamper(`insert into softlaunch.journal select launch, 2, at, recorded_at, kind, scope, actor, 'Go!', detail, null, hash, hash
    from softlaunch.journal where launch = '${launch}'`);
  const order = { launch, scope: 'launch', reason: 'overbooked', actor: 'omar', commandId: 'cmd-1' };
  expect(await orderRollback(product.pool, order)).toMatchObject({ fence: 1, stillOn: [] });
  expect((await readJournal(product.pool, launch)).at(-1)).toMatchObject({ seq: 3, kind: 'rollback' });
  expect(await verifyJournal(product.pool, launch)).toBe(2);
});

test('the chain is the same whatever time zone, locale or float format the reader’s session has', async () => {
  await append({ detail: { weight: 0.1, at: 1e21 } });
  const client = new pg.Client({ connectionString: product.url });
  await client.connect();
  await client.query(
    "set time zone 'Asia/Kathmandu'; set datestyle = 'German'; set extra_float_digits = -15; set intervalstyle = 'sql_standard'",
  );
  const broken = await verifyJournal(client, launch);
  await client.end();
  expect(broken).toBeNull();
});

test('an announcement is recorded once per key, with its promises, and journalled', async () => {
  const promises = [{ what: 'next update', dueAt: morning + 30 * 60_000 }];
  const announcement = {
    entryKey: 'deploy',
    template: 'deploy started',
    audience: 'internal',
    says: 'It has begun.',
    at: morning,
    promises,
  };
  expect(await recordAnnouncement(product.pool, launch, announcement)).toEqual({ repeated: false });
  expect(await recordAnnouncement(product.pool, launch, { ...announcement, says: 'Again.' })).toEqual({ repeated: true });
  await recordAnnouncement(product.pool, launch, { ...announcement, entryKey: 'join', community: 'riverside', at: morning + 1 });
  expect(await listAnnouncements(product.pool, launch)).toEqual([
    { ...announcement, community: null },
    { ...announcement, entryKey: 'join', community: 'riverside', at: morning + 1 },
  ]);
  const journalled = await readJournal(product.pool, launch, { kinds: ['announcement'] });
  expect(journalled.map(({ scope, detail }) => [scope, detail.entryKey])).toEqual([
    ['launch', 'deploy'],
    ['community:riverside', 'join'],
  ]);
  await expect(recordAnnouncement(product.pool, 'carpool', announcement)).rejects.toThrow(NotKnown);
});

test('a complaint is recorded once per command, found by time and community, and its words stay out of the journal', async () => {
  const complaint = {
    commandId: 'c-1',
    reporter: 'ada',
    issue: 'no-rides',
    community: 'riverside',
    severity: 'P2',
    text: 'Ben is rude.',
    at: morning,
  } as const;
  expect(await recordComplaint(product.pool, launch, complaint)).toEqual({ repeated: false });
  expect(await recordComplaint(product.pool, launch, { ...complaint, reporter: 'ben' })).toEqual({ repeated: true });
  await recordComplaint(product.pool, launch, { ...complaint, commandId: 'c-2', community: 'lakeside', at: morning + 5 });
  expect(await listComplaints(product.pool, launch, { community: 'riverside' })).toEqual([complaint]);
  expect((await listComplaints(product.pool, launch, { since: morning + 1 })).map(({ commandId }) => commandId)).toEqual(['c-2']);
  expect(JSON.stringify(await readJournal(product.pool, launch))).not.toContain('rude');
  expect(await readJournal(product.pool, launch, { kinds: ['complaint'] })).toHaveLength(2);
});
