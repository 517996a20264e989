import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../../src/runtime/free-port.ts';
import { type RunningPostgres, startPostgres } from '../../src/runtime/postgres.ts';
import { isRunning } from '../../src/runtime/process-identity.ts';

const running: RunningPostgres[] = [];
afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
});

async function start(folder: string, preferredPort?: number): Promise<RunningPostgres> {
  const files = { dataDirectory: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') };
  const postgres = await startPostgres({ ...files, fast: true, ...(preferredPort === undefined ? {} : { preferredPort }) });
  running.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

it('keeps its data over a stop, a kill -9, and a pid file that names a stranger', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const first = await start(folder);
  await query(first.databaseUrl, 'create table kept (value text)');
  await query(first.databaseUrl, `insert into kept values ('before the stop')`);
  await first.stop();
  expect(isRunning(first.server.identity)).toBe(false);

  const second = await start(folder);
  await query(second.databaseUrl, `insert into kept values ('before the kill')`);
  // Fast servers commit to memory only; a checkpoint writes it out.
  await query(second.databaseUrl, 'checkpoint');
  process.kill(second.server.identity.pid, 'SIGKILL');
  expect(await second.server.ended).toMatchObject({ signal: 'SIGKILL', expected: false });

  writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `${process.pid}\n${folder}\n`);
  const third = await start(folder);
  expect(await query(third.databaseUrl, 'select value from kept')).toEqual([{ value: 'before the stop' }, { value: 'before the kill' }]);
});

it('listens elsewhere when the preferred port is taken, asks for a password, and creates a database once', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  const postgres = await start(mkdtempSync(join(tmpdir(), 'postgres-')), port);
  other.close();
  expect(postgres.port).not.toBe(port);
  const url = new URL(postgres.databaseUrl);
  expect(url.hostname).toBe('127.0.0.1');
  url.password = 'guessed';
  await expect(query(url.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  const [one, two] = await Promise.all([postgres.createDatabase('twice'), postgres.createDatabase('twice')]);
  expect(one).toBe(two);
  expect(await query(one, 'select current_database() as name')).toEqual([{ name: 'twice' }]);
});

it('refuses a folder that is not its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const dataDirectory = mkdtempSync(join(folder, 'strange-'));
  await expect(startPostgres({ dataDirectory, logFile: join(folder, 'log') })).rejects.toThrow(
    /is not a database cluster made by softlaunch/,
  );
});
