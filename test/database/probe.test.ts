import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openProbePool, runSqlProbe } from '../../src/database/probe.ts';
import { firstRows } from '../../src/database/probe-query.ts';
import type { SqlProbe } from '../../src/domain/plan.ts';
import { interpretAnswer } from '../../src/domain/reading.ts';
import { testDatabase } from '../support/database.ts';

const question = { community: 'riverside', since: 0, until: Date.UTC(2026, 0, 11) };
const secret = 'lena@example.org';

let database: Awaited<ReturnType<typeof testDatabase>>;
let owner: pg.Pool;
let probes: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Pool({ connectionString: database.url, max: 2 });
  await owner.query(product);
  // One connection, so that each probe runs in the session of the one before.
  probes = openProbePool(database.url, 1);
});

afterAll(async () => {
  await Promise.all([probes?.end(), owner?.end()]);
  await database?.close();
});

const product = `
do $$ begin
  create role softlaunch_probe nologin;
exception when duplicate_object then null; end $$;
create table flag (name text primary key, on_now boolean not null);
insert into flag values ('matching', true);
create table person (id integer primary key, email text);
insert into person values (1, '${secret}');
create table ungranted (id integer);
create table tenant_row (id integer);
insert into tenant_row values (1);
alter table tenant_row enable row level security;
create policy nothing on tenant_row using (false);
create table finding (found integer);
create sequence counter;
create function log_finding() returns integer language sql security definer set search_path = public
  as 'insert into finding values (1) returning found';
create function log_as_caller() returns integer language sql as 'insert into finding values (1) returning found';
create function complain_about(who text) returns integer language plpgsql as $$ begin raise exception 'no ride for %', who; end $$;
create function turn_off() returns boolean language sql security definer set search_path = public
  as 'update flag set on_now = false returning on_now';
grant select on flag, person, tenant_row to softlaunch_probe;
`;

function probe(sql: string, more: Partial<SqlProbe> = {}): SqlProbe {
  return { kind: 'sql', sql, writes: false, timeoutSeconds: 2, lagMs: 0, session: {}, perCommunity: false, freshMs: 60_000, ...more };
}

const ask = (sql: string, more?: Partial<SqlProbe>) => runSqlProbe(probes, probe(sql, more), question);

async function reasonOf(sql: string, more?: Partial<SqlProbe>): Promise<string> {
  const answer = await ask(sql, more);
  return answer.answered ? `answered ${JSON.stringify(answer.raw)}` : answer.reason;
}

async function effects(): Promise<unknown> {
  const result = await owner.query(`select (select json_agg(flag) from flag) as flags, (select count(*) from finding) as findings,
    (select last_value from counter) as counter, (select count(*) from pg_largeobject_metadata) as large_objects`);
  return result.rows[0];
}

describe('an answer', () => {
  test('brings numbers and booleans as such, by the type of their column, and nothing else', async () => {
    const sql = `select true as yes, 3::int8 as big, 3::numeric as exact, 0.25::float8 as half, '0.97' as text, null as nothing,
      9007199254740993::int8 as too_big, 'NaN'::numeric as nan, 'Infinity'::float8 as endless, 2.99999999999999999999 as almost,
      now() as instant, '{"a": [{"n": 2}]}'::jsonb as document`;
    const answer = await ask(sql);
    const raw = answer.answered ? answer.raw : [];
    const count = (path: string) => interpretAnswer([{ path, kind: 'count' }], raw);
    expect(interpretAnswer([{ path: 'yes', kind: 'boolean' }], raw)).toMatchObject({ answer: { yes: true } });
    expect([count('big'), count('exact'), count('document.a[*].n')]).toMatchObject([
      { answer: { big: 3 } },
      { answer: { exact: 3 } },
      { answer: { 'document.a[*].n': 2 } },
    ]);
    for (const path of ['half', 'text', 'nothing', 'too_big', 'nan', 'endless', 'almost', 'instant', 'document', 'yes']) {
      expect(count(path), path).toMatchObject({ status: 'unmeasured' });
    }
  });

  test('is asked about its community and window', async () => {
    expect(
      await ask(`select :community = 'riverside' and :since < :until::timestamptz as healthy, '2026-01-11'::timestamptz = :until as at`),
    ).toEqual({
      answered: true,
      raw: [{ healthy: true, at: true }],
    });
  });

  test('keeps a community that looks like SQL a value', async () => {
    const community = "x'; update flag set on_now = false; --";
    const answer = await runSqlProbe(probes, probe('select :community::text = $$x$$ as same'), { ...question, community });
    expect(answer).toEqual({ answered: true, raw: [{ same: false }] });
  });

  test('has its plan’s session settings, for that transaction only', async () => {
    const session = { 'request.jwt.claims': '{"role":"auditor"}' };
    const sql = `select current_setting('request.jwt.claims', true)::jsonb ->> 'role' = 'auditor' as claimed`;
    expect(await ask(sql, { session })).toEqual({ answered: true, raw: [{ claimed: true }] });
    expect(await ask(`select coalesce(current_setting('request.jwt.claims', true), '') = '' as gone`)).toEqual({
      answered: true,
      raw: [{ gone: true }],
    });
  });

  test('cannot be had by undoing our guards in the plan', async () => {
    const session = { row_security: 'on', statement_timeout: '0' };
    expect(await reasonOf('select count(*) as n from tenant_row', { session })).toContain('are hidden from softlaunch_probe');
    expect(await reasonOf('select pg_sleep(5)', { session, timeoutSeconds: 0.3 })).toContain('no answer within 0.3 s');
  });

  test('of many rows stops at the second', async () => {
    expect(await ask('select generate_series(1, 100000000) as n')).toEqual({ answered: true, raw: [{ n: 1 }, { n: 2 }] });
  });
});

describe('a probe without an answer says why and what to do', () => {
  test.each([
    ['writes undeclared', 'select log_finding() as n', /writes, and did not say so.*"writes: yes"/],
    ['row-level security hides rows', 'select count(*) as n from tenant_row', /row-level security.*alter role softlaunch_probe bypassrls/],
    ['a table was not granted', 'select count(*) as n from ungranted', /grant select on ungranted to softlaunch_probe;/],
    ['there is no such table', 'select count(*) as n from tabel', /relation "tabel" does not exist/],
    ['there is no such column', 'select nn from person', /column "nn" does not exist/],
    ['two statements', 'select 1 as n; select 2', /one statement/],
    ['no statement', '-- nothing', /one statement/],
    ['an unknown parameter', 'select :tenant as n', /:tenant/],
    ['changed settings', "select set_config('statement_timeout', '0', false)", /belongs under "session"/],
  ])('%s', async (_, sql, says) => expect(await reasonOf(sql)).toMatch(says));

  test('and never with what stands in a row', async () => {
    for (const sql of [
      'select email::integer as n from person',
      'select complain_about(email) as n from person',
      'select (email || $$x$$)::jsonb as n from person',
    ]) {
      const reason = await reasonOf(sql);
      expect(reason).toContain('withheld');
      expect(reason).not.toContain(secret);
    }
  });

  test('when the database is not there, without its address or password', async () => {
    const nowhere = openProbePool('postgres://someone:canary@127.0.0.1:1/product');
    const answer = await runSqlProbe(nowhere, probe('select 1 as n'), question);
    expect(answer).toMatchObject({ answered: false, reason: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(answer)).not.toMatch(/canary|someone/);
    await nowhere.end();
  });
});

describe('an attack hidden in a probe has no effect', () => {
  const attacks = [
    'update flag set on_now = false returning on_now',
    'delete from flag returning on_now',
    'with gone as (delete from flag returning 1) select count(*) as n from gone',
    'insert into finding values (1) returning found',
    'select log_finding() as n',
    'select log_as_caller() as n',
    'select turn_off() as healthy',
    'select name from flag for update',
    `do $$ begin update flag set on_now = false; end $$`,
    'explain analyze update flag set on_now = false',
    `select query_to_xml('update flag set on_now = false returning 1', true, false, '') as n`,
    `select nextval('counter') as n`,
    'select lo_create(0) as n',
    'truncate flag',
    'drop table flag',
    'create table loot as select * from person',
    `copy person to program 'cat'`,
    `select pg_read_file('/etc/passwd') as n`,
    'set transaction read write',
    'set role none',
    'reset role',
    'set session authorization default',
    'commit',
    'rollback',
    'begin read write',
    'lock table flag in access exclusive mode',
    'select 1; commit; begin read write; update flag set on_now = false',
    'select 1 /* ; */ ; update flag set on_now = false',
    `select $a$;$a$; update flag set on_now = false`,
    `select U&"\\0073et_config"('transaction_read_only', 'off', true), turn_off()`,
    'vacuum flag',
    'notify flags_changed',
    `select pg_notify('flags_changed', 'forged') as n`,
    'listen flags_changed',
    'select pg_advisory_lock(1) as n',
    'create temporary table flag (name text)',
    `prepare stolen as select 1`,
  ];

  test.each(attacks)('%s', async (sql) => {
    const before = await effects();
    const listener = await owner.connect();
    const heard: unknown[] = [];
    const hear = (message: pg.Notification) => heard.push(message);
    listener.on('notification', hear);
    await listener.query('listen flags_changed');
    await ask(sql);
    await listener.query('select 1');
    await listener.query('unlisten *');
    listener.off('notification', hear).release();
    expect(await effects()).toEqual(before);
    expect(heard).toEqual([]);
    expect(await pristine()).toEqual({ answered: true, raw: [fresh] });
  });

  const fresh = {
    role: 'softlaunch_probe',
    listens: 0,
    locks: 0,
    prepared: 0,
    search_path: true,
    timeout: '2s',
    read_only: 'on',
    flags: 1,
  };

  async function pristine() {
    return ask(`select current_user::text as role, (select count(*)::int from pg_listening_channels()) as listens,
      (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
      (select count(*)::int from pg_prepared_statements) as prepared, current_setting('search_path') like '%public%' as search_path,
      current_setting('statement_timeout') as timeout, current_setting('transaction_read_only') as read_only, (select count(*)::int from flag) as flags`);
  }
});

test('the database itself refuses a second statement, should a glance at the text ever miss it', async () => {
  const client = await owner.connect();
  const sql = { text: 'select 1 as n; update flag set on_now = false', values: [] };
  await expect(firstRows(client, sql)).rejects.toThrow('multiple commands');
  client.release();
  expect(await effects()).toMatchObject({ flags: [{ on_now: true }] });
});

describe('a probe that wants too much is stopped', () => {
  const within = { timeoutSeconds: 0.3 };

  test.each([
    ['sleep', 'select pg_sleep(30)'],
    ['an endless series', 'select count(*) as n from generate_series(1, 1e12::int8)'],
    ['endless recursion', 'with recursive r as (select 1 as n union all select n + 1 from r) select max(n) as n from r'],
    ['a lock that is held', 'select count(*) as n from flag'],
    ['a product of tables', 'select count(*) as n from pg_proc a, pg_proc b, pg_proc c'],
  ])('%s', async (what, sql) => {
    const holder = await owner.connect();
    if (what === 'a lock that is held') await holder.query('begin; lock table flag in access exclusive mode');
    const started = performance.now();
    const answer = await ask(sql, within);
    const took = performance.now() - started;
    await holder.query('rollback').finally(() => holder.release());
    expect(answer.answered).toBe(false);
    expect(took).toBeLessThan(1300);
  });

  test.each([
    ['a row of 100 MB', `select repeat('x', 100000000) as n`],
    ['a document of 50 MB', `select to_jsonb(repeat('x', 50000000)) as n`],
  ])('%s', async (_, sql) => {
    expect(await reasonOf(sql, { timeoutSeconds: 10 })).toContain('larger than 1 MiB');
    expect(await ask('select 1 as n')).toEqual({ answered: true, raw: [{ n: 1 }] });
  });
});

describe('a table under row-level security', () => {
  const counted = 'select count(*)::int as n from tenant_row';

  test('stays refused with a policy that shows everything, and can be read through a security definer function', async () => {
    await owner.query('create policy everything on tenant_row for select using (true)');
    expect(await reasonOf(counted)).toContain('are hidden from softlaunch_probe');
    await owner.query(`create function tenant_rows() returns integer language sql stable security definer set search_path = public
      as 'select count(*)::int from tenant_row'`);
    expect(await ask('select tenant_rows() as n')).toEqual({ answered: true, raw: [{ n: 1 }] });
  });

  test('can be read once the role may bypass it', async () => {
    await owner.query('alter role softlaunch_probe bypassrls');
    expect(await ask(counted)).toEqual({ answered: true, raw: [{ n: 1 }] });
    await owner.query('alter role softlaunch_probe nobypassrls');
  });
});

describe('a probe that writes', () => {
  test('may do what its security definer function does, once granted', async () => {
    await owner.query('revoke execute on function log_finding() from public; delete from finding');
    expect(await reasonOf('select log_finding() as n', { writes: true })).toContain(
      'grant execute on function log_finding to softlaunch_probe;',
    );
    await owner.query('grant execute on function log_finding() to softlaunch_probe');
    expect(await ask('select log_finding() as n', { writes: true })).toEqual({ answered: true, raw: [{ n: 1 }] });
    expect(await effects()).toMatchObject({ findings: '1' });
  });

  test.each(['select log_as_caller() as n', 'update flag set on_now = false returning on_now'])(
    'and may do nothing else: %s',
    async (sql) => {
      const before = await effects();
      expect(await reasonOf(sql, { writes: true })).toContain('permission denied for table');
      expect(await effects()).toEqual(before);
    },
  );
});

test('a hundred probes one after the other leave no connection behind', async () => {
  for (let n = 0; n < 100; n++) expect(await ask('select 1 as n')).toMatchObject({ answered: true });
  expect([probes.totalCount, probes.idleCount, probes.waitingCount]).toEqual([1, 1, 0]);
});
