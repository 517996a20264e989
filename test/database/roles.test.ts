import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LaunchRefused } from '../../src/database/database-refusal.ts';
import { registerLaunch } from '../../src/database/launch-record.ts';
import {
  type CarpoolDatabase,
  carpoolDatabase,
  everythingOn,
  morning,
  openLaunch,
  planNamed,
  registrationOf,
  startLaunch,
} from './carpool-database.ts';

/** Logins of this file; roles belong to the whole server, so the names are its own. */
const logins = { worker: 'roles_worker', breakglass: 'roles_oncall', probe: 'roles_probe' } as const;
type Login = keyof typeof logins;

let product: CarpoolDatabase;
let as: Readonly<Record<Login, pg.Pool>>;

beforeAll(async () => {
  product = await carpoolDatabase();
  const pools = Object.entries(logins).map(async ([role, login]) => {
    await product.pool.query(`drop role if exists ${login}; create role ${login} login password 'secret' in role softlaunch_${role}`);
    return [role, new pg.Pool({ connectionString: urlAs(login), max: 2 })] as const;
  });
  as = Object.fromEntries(await Promise.all(pools)) as Record<Login, pg.Pool>;
  await product.pool.query('select softlaunch.allow_product($1)', [JSON.stringify(planNamed('any').product)]);
});
beforeEach(() => product.reset());
afterAll(async () => {
  await Promise.all(Object.values(as ?? {}).map((pool) => pool.end()));
  await product?.pool.query(`drop owned by ${Object.values(logins).join(', ')}; drop role ${Object.values(logins).join(', ')}`);
  await product?.close();
});

function urlAs(login: string): string {
  const url = new URL(product.url);
  url.username = login;
  url.password = 'secret';
  return url.href;
}

/** Every right of a login on tables and sequences of softlaunch and of the product, and on functions of softlaunch, a line each. */
async function rightsOf(login: Login): Promise<readonly string[]> {
  const { rows } = await product.pool.query<{ line: string }>(
    `with relation as (
       select c.oid, c.relkind, n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('softlaunch', 'public') and c.relkind in ('r', 'v', 'm', 'p', 'f', 'S')
     )
     select verb || ' ' || name as line from relation, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) verb
     where relkind <> 'S' and (has_table_privilege($1, oid, verb)
       or case when verb in ('select', 'insert', 'update', 'references') then has_any_column_privilege($1, oid, verb) end)
     union all
     select 'use ' || name from relation where case relkind when 'S' then has_sequence_privilege($1, oid, 'usage, select, update') end
     union all
     select 'call ' || proname from pg_proc where pronamespace = 'softlaunch'::regnamespace and has_function_privilege($1, oid, 'execute')
     order by 1`,
    [logins[login]],
  );
  return rows.map(({ line }) => line);
}

const tables = async () =>
  (
    await product.pool.query<{ name: string }>(`select 'softlaunch.' || relname as name from pg_class
    where relnamespace = 'softlaunch'::regnamespace and relkind = 'r' order by 1`)
  ).rows.map(({ name }) => name);

const evidence = ['evidence_start', 'judgement', 'soak'];

test('the worker: it calls the functions, reads softlaunch, writes evidence, and nothing else', async () => {
  const functions = [
    'adopt',
    'append_journal',
    'apply_change',
    'drift',
    'end_launch',
    'instant_ms',
    'lift_fence',
    'read_back',
    'record_announcement',
    'record_complaint',
    'register_launch',
    'roll_back',
    'settle_rollback',
    'verify_journal',
  ];
  const printed = [
    ...functions.map((name) => `call ${name}`),
    ...(await tables()).map((name) => `select ${name}`),
    'insert softlaunch.reading',
    ...evidence.flatMap((name) => [`insert softlaunch.${name}`, `update softlaunch.${name}`, `delete softlaunch.${name}`]),
  ];
  expect(await rightsOf('worker')).toEqual(printed.sort());
});

test('break-glass: it rolls back, and nothing else', async () => {
  expect(await rightsOf('breakglass')).toEqual(['call roll_back']);
});

test('probes: nothing until the product’s owner grants it', async () => {
  expect(await rightsOf('probe')).toEqual([]);
});

test('break-glass really is refused whatever else it tries', async () => {
  const { launch } = await openLaunch(product.pool);
  const order = `'${launch}', 'launch', 'omar', 'because', 'cmd', now()`;
  const attempts = [
    ...(await tables()).flatMap((name) => [`select from ${name}`, `delete from ${name}`, `do $$ begin lock table ${name}; end $$`]),
    `update feature_flags set is_enabled = false`,
    `select softlaunch.lift_fence(${order}, '{}')`,
    `select softlaunch.settle_rollback(${order})`,
    `select softlaunch.end_launch('${launch}', 'completed', 'on', 'omar', 'because', now())`,
    `select softlaunch.apply_change('${launch}', 'key', 0, 'launch', '[]', 'omar', 'because', now())`,
    `select softlaunch.write_journal('${launch}', null, now(), 'decision', 'launch', 'lead', 'Go.', '{}')`,
    `select softlaunch.write_flags(null, '{}')`,
    'create table softlaunch.mine (a int)',
    'set role softlaunch_worker',
    'set role postgres',
  ];
  for (const statement of attempts) {
    await expect(as.breakglass.query(statement), statement).rejects.toMatchObject({ code: '42501' });
  }
});

test('the worker runs a launch without any right of its own on the product', async () => {
  const { launch, change, rollBack } = await startLaunch(as.worker);
  expect(await change(everythingOn)).toMatchObject({ outcome: 'applied' });
  expect(await rollBack()).toMatchObject({ stillOn: [] });
  for (const statement of [
    'update feature_flags set is_enabled = true',
    "update softlaunch.rollback set state = 'restored'",
    `delete from softlaunch.claim where launch = '${launch}'`,
    'select softlaunch.allow_product(null)',
    "update softlaunch.journal set summary = ''",
    'truncate softlaunch.journal',
  ]) {
    await expect(as.worker.query(statement), statement).rejects.toMatchObject({ code: '42501' });
  }
});

test('the worker cannot have any other table written by calling it a table of flags', async () => {
  const { product: mapping } = planNamed('any');
  const flags = { table: 'public.profiles', key: 'id', on: 'is_demo' };
  const refused = await registerLaunch(as.worker, registrationOf(planNamed('sly', { product: { ...mapping, flags } }))).catch(
    (error) => error,
  );
  expect(refused).toBeInstanceOf(LaunchRefused);
  expect(refused.problems).toEqual(
    ['id', 'is_demo'].map(
      (column) =>
        `Role ${logins.worker} has no right to use column ${column} of public.profiles. Its owner can allow it with softlaunch.allow_product.`,
    ),
  );
});

test('the worker cannot lay a trigger where the owner would write', async () => {
  const client = await as.worker.connect();
  await client.query(`create temp table flags (key text, "on" boolean);
    create temp table places (key text, name text, settings jsonb);
    insert into flags values ('a', false);
    create function pg_temp.rob() returns trigger language plpgsql as $$ begin execute 'alter role ${logins.worker} superuser'; return new; end $$;
    create trigger rob before update on flags for each row execute function pg_temp.rob();
    revoke all on flags from ${logins.worker}; grant select, update on flags to ${logins.worker}`);
  const { rows } = await client.query<{ schema: string }>(
    `select relnamespace::regnamespace::text as schema from pg_class where oid = 'flags'::regclass`,
  );
  const schema = rows[0]?.schema ?? expect.fail();
  const mapping = {
    flags: { table: `${schema}.flags`, key: 'key', on: 'on' },
    communities: {
      table: `${schema}.places`,
      key: 'key',
      name: 'name',
      settings: 'settings',
      eligible: {},
      inLaunch: { setting: 'in', is: 'yes' },
    },
  };
  const features = { a: { on: ['a'], off: ['a'], settings: {} } };
  const plan = planNamed('sly', { product: mapping, features, guards: {}, phases: [] });
  const refused = await registerLaunch(client, registrationOf(plan)).catch((error) => error);
  client.release(true);
  expect(refused).toBeInstanceOf(LaunchRefused);
  expect(refused.message).toContain(
    `Role ${logins.worker} may add triggers to ${schema}.flags, and they would run with the rights of postgres.`,
  );
});

test('names that look like SQL are only names', async () => {
  const nasty = `a'b"c%s%I$1); drop table profiles; --`;
  const column = nasty.replaceAll('"', '""');
  await product.pool.query(`create table "no%w's" ("${column}" text, "on%L" boolean, "set$1" jsonb);
    create table "pla""ces%" (k text, name text, "set$1" jsonb)`);
  await product.pool.query(`insert into "no%w's" values ($1, false, '{}')`, [nasty]);
  await product.pool.query(`insert into "pla""ces%" values ($1, 'x', '{}')`, [nasty]);
  const mapping = {
    flags: { table: "public.no%w's", key: nasty, on: 'on%L', settings: 'set$1' },
    communities: {
      table: '"pla""ces%"',
      key: 'k',
      name: 'name',
      settings: 'set$1',
      eligible: { name: 'x' },
      inLaunch: { setting: nasty, is: nasty },
    },
  };
  const features = { [nasty]: { on: [nasty], off: [nasty], settings: {} } };
  const { change, rollBack } = await startLaunch(product.pool, { product: mapping, features, guards: {}, phases: [] });
  const rows = [
    { kind: 'flag', key: nasty, on: true, settings: { [nasty]: 1 } },
    { kind: 'community', key: nasty, in: true },
  ] as const;
  expect(await change(rows, { at: morning })).toMatchObject({ outcome: 'applied', rows: [{}, {}] });
  expect(await rollBack(`community:${nasty}`)).toMatchObject({ turnedOff: [nasty] });
  expect(await rollBack(`feature:${nasty}`)).toMatchObject({ turnedOff: [nasty], restored: [`${nasty}.${nasty}`] });
  expect((await product.pool.query('select count(*) > 0 as there from profiles')).rows).toEqual([{ there: true }]);
});
