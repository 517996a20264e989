import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../src/runtime/process-identity.ts';
import { superviseServer } from '../../src/runtime/supervised-process.ts';
import { compileRuntime } from './separate-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'lifeline-'));
const logFile = join(folder, 'log');
const runtime = compileRuntime();
afterAll(() => runtime.remove());

const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf');`;
const command = (script: string) =>
  ({
    name: 'A server',
    executable: process.execPath,
    arguments: ['-e', script],
    logFile,
    stopSignal: 'SIGTERM',
    stopWithinMs: 200,
  }) as const;

async function gone(identity: ProcessIdentity): Promise<void> {
  await vi.waitFor(() => expect(isRunning(identity)).toBe(false), { timeout: 5000, interval: 20 });
}

describe('a supervised server', () => {
  it('ends when its parent is killed with -9', async () => {
    const parent = runtime.run(
      ['supervised-process'],
      `const s = await runtime.superviseServer(${JSON.stringify(command('setInterval(() => {}, 1000)'))}); tell(s.identity);`,
    );
    const server = (await parent.heard()) as ProcessIdentity;
    expect(isRunning(server)).toBe(true);
    parent.process.kill('SIGKILL');
    await gone(server);
  });

  it('is killed when it does not listen to the request to stop', async () => {
    const server = await superviseServer(command(stubborn));
    await vi.waitFor(() => expect(readFileSync(logFile, 'utf8')).toContain('deaf'));
    await server.stop();
    expect(isRunning(server.identity)).toBe(false);
    expect(await server.ended).toMatchObject({ signal: 'SIGKILL', expected: true });
  });

  it('does not outlive its lifeline either, while we live', async () => {
    const server = await superviseServer(command('setInterval(() => {}, 1000)'));
    const lifeline = Number(readFileSync(`/proc/${server.identity.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
    process.kill(lifeline, 'SIGKILL');
    expect(await server.ended).toMatchObject({ expected: false });
    await gone(server.identity);
  });

  it('is in another process group than we are, so Ctrl-C does not reach it', async () => {
    const server = await superviseServer(command('setInterval(() => {}, 1000)'));
    const group = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2];
    expect(group(server.identity.pid)).not.toBe(group(process.pid));
    await server.stop();
  });

  it('says how it ended when nobody asked it to', async () => {
    const server = await superviseServer(command('process.exit(7)'));
    expect(await server.ended).toEqual({ name: 'A server', code: 7, signal: null, expected: false });
  });

  it('that is no program is refused with its path', async () => {
    const missing = { ...command(''), executable: join(folder, 'nothing') };
    await expect(superviseServer(missing)).rejects.toThrow(/A server cannot be started from .*nothing/);
  });
});

describe('a process identity', () => {
  it('does not take another process for one that had its number before', () => {
    const self = identifyProcess(process.pid);
    expect(self && isRunning(self)).toBe(true);
    expect(isRunning({ pid: process.pid, began: 'earlier' })).toBe(false);
  });
});
