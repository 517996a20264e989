import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/ops/cli.ts';
import { recordingShell, softlaunch, softlaunchJson } from './command-line.ts';

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'softlaunch-up-'));
  delete process.env.DATABASE_URL;
  delete process.env.TEMPORAL_ADDRESS;
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs `softlaunch up` until it is told to stop, as Ctrl-C does. */
function goUp(...words: readonly string[]) {
  const stop = new AbortController();
  const shell = recordingShell({ interrupted: stop.signal });
  const ended = main(['up', '--no-worker', '--home', home, ...words], shell);
  const until = async (text: string) => {
    while (!shell.out.includes(text)) {
      const early = await Promise.race([ended, pause(50, undefined)]);
      if (early !== undefined) throw new Error(`up ended early with ${early}: ${shell.out}${shell.err}`);
    }
  };
  return { shell, ended, until, stop: () => stop.abort() };
}

/** As the machine's memory guard would. */
function killFirstServer(): void {
  const { servers } = JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as { servers: { pid: number }[] };
  process.kill(servers[0]?.pid as number, 'SIGKILL');
}

describe('softlaunch up', () => {
  test('starts the stack with the example, says where it is and what to type, and stops all of it', async () => {
    const up = goUp();
    await up.until('In another terminal:');
    expect(up.shell.out).toMatch(/PostgreSQL {2}postgres:\/\/.*\n {2}Temporal {4}127\.0\.0\.1:\d+, namespace default\n {2}Web UI {6}http/);
    expect(up.shell.out).toContain(`softlaunch start plans/carpool-v2.yaml --speed 2000 --home ${home}`);

    const again = await softlaunchJson('up', '--home', home);
    expect(again).toMatchObject({
      exitCode: 1,
      json: { error: { kind: 'already up', message: expect.stringContaining('Temporal at 127.0.0.1:') } },
    });

    // The plan can work on this product, as it is installed, with the rights that probes have.
    expect(await softlaunchJson('lint', 'plans/carpool-v2.yaml', '--database', '--home', home)).toMatchObject({
      exitCode: 0,
      json: { product: { usable: true, problems: [] } },
    });

    up.stop();
    expect(await up.ended).toBe(0);
    expect(await softlaunch('status', '--home', home)).toMatchObject({ exitCode: 3, err: expect.stringContaining('Nothing is running') });
  });

  test('tells scripts where it is in one object, keeps its data, and says so when a server is lost', async () => {
    const up = goUp('--json', '--no-example');
    await up.until('\n');
    const said = JSON.parse(up.shell.out);
    expect(said).toMatchObject({ up: true, temporal: { namespace: 'default' }, example: false, worker: false });
    expect(await softlaunchJson('lint', 'plans/carpool-v2.yaml', '--database', '--home', home)).toMatchObject({ exitCode: 0 });

    killFirstServer();
    expect(await up.ended).toBe(3);
    expect(up.shell.out).toMatch(/"kind":"server lost"/);
  });
});
