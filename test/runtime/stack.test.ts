import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotRunning, resolveConnections, resolveDatabaseUrl } from '../../src/config.ts';
import { isRunning } from '../../src/runtime/process-identity.ts';
import { AlreadyUp, startStack } from '../../src/runtime/stack.ts';
import { readRunningStack, type StackRecord } from '../../src/runtime/stack-record.ts';
import { startTemporal } from '../../src/runtime/temporal.ts';
import { startTimeSkippingServer } from '../../src/runtime/time-skipping-server.ts';
import { compileRuntime } from './separate-process.ts';

const runtime = compileRuntime();
afterAll(() => runtime.remove());

beforeEach(() => {
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE']) vi.stubEnv(name, '');
  vi.stubEnv('TEMPORAL_CONFIG_FILE', join(tmpdir(), 'no-such-temporal.toml'));
});
afterEach(() => vi.unstubAllEnvs());

const freshHome = () => mkdtempSync(join(tmpdir(), 'stack-'));
const report = () => {};
const readRecord = (home: string) => JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as StackRecord;
const serversOf = (home: string) => readRecord(home).servers ?? [];

async function count(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create table if not exists started (at timestamptz default now())');
  await client.query('insert into started default values');
  const { rowCount } = await client.query('select 1 from started');
  await client.end();
  return rowCount ?? 0;
}

describe('a stack', () => {
  it('runs once per home, is found by commands, and leaves nothing running when it stops', async () => {
    const home = freshHome();
    const stack = await startStack({ home, report, fast: true });
    const servers = serversOf(home);
    expect(servers.every(isRunning) && servers.length).toBe(2);
    const connections = await resolveConnections(home);
    expect(connections.databaseUrl).toBe(stack.databaseUrl);
    const connection = await Connection.connect(connections.temporal.connectionOptions);
    await connection.workflowService.describeNamespace({ namespace: connections.temporal.namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['LaunchId', 'LaunchPhase', 'CommunityId', 'LaunchHealth']));
    await connection.close();
    const second = await startStack({ home, report, fast: true }).catch((error: unknown) => error);
    expect(second).toBeInstanceOf(AlreadyUp);
    expect(second).toMatchObject({ addresses: { databaseUrl: stack.databaseUrl, temporal: stack.temporal }, pid: process.pid });
    await stack.stop();
    await stack.stop();
    expect(servers.some(isRunning)).toBe(false);
    expect(readdirSync(home).sort()).toEqual(['logs', 'postgres', 'temporal.db']);
    expect(() => resolveDatabaseUrl(home)).toThrow(NotRunning);
  });

  it('whose owner is killed with -9 ends, and the next start finds its data at the same addresses', async () => {
    const home = freshHome();
    const body = `const s = await runtime.startStack({ home: ${JSON.stringify(home)}, report: () => {} }); tell(s.databaseUrl); setInterval(() => {}, 1000);`;
    const owner = runtime.run(['stack'], body);
    const databaseUrl = (await owner.heard()) as string;
    expect(await count(databaseUrl)).toBe(1);
    const servers = serversOf(home);
    const before = readRunningStack(home);
    owner.process.kill('SIGKILL');
    await owner.ended;
    expect(readRunningStack(home)).toBeUndefined();
    // At once: the servers of the killed owner are still stopping.
    const next = await startStack({ home, report });
    expect(servers.some(isRunning)).toBe(false);
    expect(await count(next.databaseUrl)).toBe(2);
    expect(readRunningStack(home)).toEqual(before);
    await next.stop();
  });

  it('tells when a server is lost', async () => {
    const home = freshHome();
    const stack = await startStack({ home, report, fast: true });
    for (const server of serversOf(home).slice(0, 1)) process.kill(server.pid, 'SIGKILL');
    expect(await stack.serverLost).toMatchObject({ name: 'Temporal', signal: 'SIGKILL', expected: false });
    await stack.stop();
  });

  it('uses configured servers as they are and starts nothing', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://elsewhere/db');
    vi.stubEnv('TEMPORAL_ADDRESS', 'elsewhere:7233');
    vi.stubEnv('TEMPORAL_NAMESPACE', 'ours');
    const home = freshHome();
    const stack = await startStack({ home, report });
    expect(stack).toMatchObject({
      databaseUrl: 'postgres://elsewhere/db',
      temporal: { address: 'elsewhere:7233', namespace: 'ours' },
      uiUrl: undefined,
    });
    expect(serversOf(home)).toEqual([]);
    await stack.stop();
    expect(existsSync(join(home, 'stack.json'))).toBe(false);
  });
});

describe('connections', () => {
  it('name both ways out when nothing runs', async () => {
    await expect(resolveConnections(freshHome())).rejects.toThrow(/Run "softlaunch up" here, or set DATABASE_URL and TEMPORAL_ADDRESS/);
  });

  it('to the database need no valid Temporal configuration', async () => {
    const home = freshHome();
    vi.stubEnv('DATABASE_URL', 'postgres://elsewhere/db');
    vi.stubEnv('TEMPORAL_PROFILE', 'no-such-profile');
    expect(resolveDatabaseUrl(home)).toBe('postgres://elsewhere/db');
    await expect(resolveConnections(home)).rejects.toThrow(/The Temporal configuration cannot be used/);
  });
});

it('a Temporal database file of an earlier version learns newer search attributes', async () => {
  const home = freshHome();
  const options = { logFile: join(home, 'log'), databaseFile: join(home, 'temporal.db'), ui: 'none' } as const;
  await (await startTemporal({ ...options, searchAttributes: ['LaunchId=Keyword'] })).stop();
  const server = await startTemporal(options);
  const connection = await Connection.connect({ address: server.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
  expect(customAttributes).toHaveProperty('LaunchHealth');
  await connection.close();
  await server.stop();
});

it('the time-skipping server answers, knows the search attributes of a launch, and stops', async () => {
  const server = await startTimeSkippingServer({ logFile: join(freshHome(), 'log') });
  const client = new Client({ connection: await Connection.connect({ address: server.address }) });
  const typedSearchAttributes = [{ key: defineSearchAttributeKey('LaunchHealth', 'KEYWORD'), value: 'good' }];
  await client.workflow.start('any', { taskQueue: 'none', workflowId: 'one', typedSearchAttributes });
  await client.connection.close();
  await server.stop();
  expect(isRunning(server.server.identity)).toBe(false);
});
