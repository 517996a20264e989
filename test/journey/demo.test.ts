import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cutLine, wrapLine } from '../../src/ops/demo/show.ts';
import { isRunning } from '../../src/runtime/process-identity.ts';
import { readRunningStack, type StackRecord, stackRecordPath } from '../../src/runtime/stack-record.ts';
import { softlaunch } from '../ops/command-line.ts';
import { type CompiledRuntime, compileRuntime } from '../runtime/separate-process.ts';

let folder: string;
let program: CompiledRuntime;
let script: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'softlaunch-journey-'));
  program = compileRuntime('src/ops/cli.ts');
  copyFileSync(inject('bundlePath'), join(program.folder, 'workflow-bundle.js'));
  script = join(program.folder, 'softlaunch.mjs');
  writeFileSync(script, "import { main } from './src/ops/cli.js';\nprocess.exitCode = await main(process.argv.slice(2));\n");
});
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The carpool's plan, looked at every hour and not every quarter of one: a launch this fast, on a machine with other work, leaves no time for more. */
function hourlyPlan(): string {
  const source = readFileSync('plans/carpool-v2.yaml', 'utf8');
  const file = join(folder, 'plan.yaml');
  writeFileSync(
    file,
    source
      .replaceAll('look every: 15m', 'look every: 1h')
      .replace('{ every: 15m, for: 4h }, { every: 1h, until: 24h }', '{ every: 1h, until: 24h }'),
  );
  return file;
}

describe('the demo', () => {
  let ran: { readonly exitCode: number; readonly out: string; readonly err: string };
  let review: string;
  beforeAll(async () => {
    review = join(folder, 'reviews', 'review.md');
    const words = ['demo', '--plan', hourlyPlan(), '--speed', '8000', '--out', review, '--home', join(folder, 'home')];
    ran = await new Promise((resolve) => {
      const child = execFile(process.execPath, [script, ...words], (_, out, err) => resolve({ exitCode: child.exitCode ?? -1, out, err }));
    });
  }, 180_000);

  test('takes a launch from its start through all phases to its review, and says so', () => {
    expect(ran.err).toBe('');
    expect(ran.exitCode).toBe(0);
    for (const phase of ['pre-launch', 'internal', 'pilot', 'expansion', 'general-availability'])
      expect(ran.out).toContain(`${phase} opened.`);
    expect(ran.out).toMatch(/complete {2}Carpool 2\.0/);
  });

  test('turns off the community that fails, and only that one', () => {
    const failing = /bookings fail in ([\w-]+)\. Nobody tells/.exec(ran.out)?.[1];
    expect(failing).toBeDefined();
    expect(ran.out).toContain(`11 open, and off only ${failing}`);
    expect(ran.out).toMatch(/it is turned off +day \d+, \d\d:\d\d +[\d ms]+ of 10 min that a P0 allows/);
    expect(ran.out).toMatch(/it is proven off +day \d+, \d\d:\d\d +[\d ms]+ of 15 min that a P0 allows/);
  });

  test('shows each command of its people as one would type it, who gave it and why', () => {
    expect(ran.out).toMatch(/Sofia +\$ npx softlaunch check "Support team briefed" --by support --reason "everybody, at 10:00"/);
    for (const phase of ['pre-launch', 'internal', 'pilot', 'expansion'])
      expect(ran.out).toMatch(new RegExp(`Lena +\\$ npx softlaunch go --phase ${phase} --by lead --reason "`));
  });

  test('is plain lines where nobody looks', () => {
    expect(ran.out).not.toMatch(/\p{Cc}(?<!\n)/u);
  });

  test('keeps the review, the journal whole and the history short', () => {
    expect(readFileSync(review, 'utf8')).toContain('## Timeline');
    expect(ran.out).toMatch(/journal +intact/);
    expect(Number(/history +(\d+) events/.exec(ran.out)?.[1])).toBeLessThanOrEqual(1_500);
  });
});

test('the demo stops everything when it is interrupted, and says that it did not end', async () => {
  const home = join(folder, 'interrupted');
  const child = spawn(process.execPath, [script, 'demo', '--home', home], { stdio: ['ignore', 'pipe', 'pipe'] });
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('pre-launch opened.')) break;
  const { servers = [] } = JSON.parse(readFileSync(stackRecordPath(home), 'utf8')) as StackRecord;
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(servers).toHaveLength(2);
  expect(servers.filter(isRunning)).toEqual([]);
  expect(readRunningStack(home)).toBeUndefined();
});

test('the demo starts nothing where a database is configured', async () => {
  process.env.DATABASE_URL = 'postgresql://nowhere';
  const { exitCode, err } = await softlaunch('demo').finally(() => delete process.env.DATABASE_URL);
  expect(exitCode).toBe(2);
  expect(err).toContain('DATABASE_URL names others: nothing was started');
});

describe('a line of the demo', () => {
  test('that is too long ends in an ellipsis, and its colour with it', () => {
    expect(cutLine('twelve words', 12)).toBe('twelve words');
    expect(cutLine('twelve words', 8)).toBe('twelve …');
    expect(cutLine('\u001b[1mtwelve\u001b[22m words', 5)).toBe('\u001b[1mtwel…\u001b[0m');
  });

  test('that must stay whole goes on below its text', () => {
    const line = `day 0, 01:02    Omar       ${'word '.repeat(12)}end`;
    const rows = wrapLine(line, 60).split('\n');
    expect(rows.every((row) => row.length <= 60)).toBe(true);
    expect(rows[1]).toMatch(/^ {27}word/);
    expect(rows.map((row) => row.trim()).join(' ')).toBe(line);
  });
});
