import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { MigrationChanged, migrate } from '../../src/database/migrate.ts';
import { urlOf } from '../support/database.ts';

let client: pg.Client;
let name: string;
let counter = 0;

beforeEach(async () => {
  counter += 1;
  name = `migrate_${process.pid}_${Date.now()}_${counter}`;
  await onServer(`create database ${name}`);
  client = new pg.Client({ connectionString: url() });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await onServer(`drop database if exists ${name} with (force)`);
});

const url = () => urlOf(inject('postgresUrl'), name);

async function onServer(statement: string): Promise<void> {
  const server = new pg.Client({ connectionString: inject('postgresUrl') });
  await server.connect();
  await server.query(statement).finally(() => server.end());
}

test('an empty database gets every migration in the order of their numbers, and the second time none', async () => {
  const applied = await migrate(url());
  expect(applied[0]).toBe('0001_launch_record.sql');
  expect(applied).toEqual([...applied].sort());
  expect(await migrate(url())).toEqual([]);
  const { rows } = await client.query<{ file: string }>('select file from softlaunch.migration order by file');
  expect(rows.map(({ file }) => file)).toEqual(applied);
});

test('ten at once apply each migration once', async () => {
  const applied = await Promise.all(Array.from({ length: 10 }, () => migrate(url())));
  expect(applied.filter((files) => files.length > 0)).toHaveLength(1);
});

test('over a connection that is given, too, which stays open', async () => {
  expect(await migrate(client)).not.toEqual([]);
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect(
    (
      await client.query(
        `select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
      )
    ).rows,
  ).toEqual([]);
});

test('a migration that reads differently now is refused, and nothing is applied', async () => {
  await migrate(url());
  await client.query(`update softlaunch.migration set checksum = 'x' where file = '0001_launch_record.sql'`);
  await client.query(`delete from softlaunch.migration where file = '0007_roles.sql'`);
  const refused = migrate(url());
  await expect(refused).rejects.toThrow(MigrationChanged);
  await expect(refused).rejects.toThrow('Migration 0001_launch_record.sql was applied to this database and has been changed since.');
  expect((await client.query(`select from softlaunch.migration where file = '0007_roles.sql'`)).rows).toEqual([]);
});

test('a migration that fails changes nothing, says which it was, and can be tried again', async () => {
  await client.query('create schema softlaunch; create table softlaunch.reading (a int)');
  await expect(migrate(url())).rejects.toThrow('Migration 0002_readings.sql failed and changed nothing: relation "reading" already exists');
  expect((await client.query('select file from softlaunch.migration')).rows).toEqual([{ file: '0001_launch_record.sql' }]);
  await client.query('drop table softlaunch.reading');
  expect((await migrate(url()))[0]).toBe('0002_readings.sql');
});

test('nobody but its owner may call a function that no migration granted', async () => {
  await migrate(url());
  const { rows } = await client.query(`select proname from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where pronamespace = 'softlaunch'::regnamespace and a.grantee = 0`);
  expect(rows).toEqual([]);
});

test('an owner who may not create roles can migrate where an administrator has made them', async () => {
  // Whoever migrated before on this server has made them; here that may be nobody yet.
  await migrate(url());
  await client.query('drop schema softlaunch cascade');
  const owner = `owner_${process.pid}_${counter}`;
  await client.query(`create role ${owner} login password 'o'`);
  await client.query(`grant create on database ${name} to ${owner}`);
  const asOwner = new URL(url());
  asOwner.username = owner;
  asOwner.password = 'o';
  expect(await migrate(asOwner.href)).toContain('0007_roles.sql');
  await client.query(`drop owned by ${owner}`);
  await client.query(`drop role ${owner}`);
});
