import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changed } from '../plan/carpool.ts';
import { softlaunch, softlaunchJson } from './command-line.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'softlaunch-ops-'));
  process.env.SOFTLAUNCH_HOME = join(folder, 'home');
  delete process.env.DATABASE_URL;
  delete process.env.TEMPORAL_ADDRESS;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const planFile = (text: string) => {
  const path = join(folder, 'plan.yaml');
  writeFileSync(path, text);
  return path;
};

describe('the command line', () => {
  test('lists every command with what it does, and the exit codes', async () => {
    const { exitCode, out } = await softlaunch('--help');
    expect(exitCode).toBe(0);
    for (const name of [
      'up',
      'start',
      'status',
      'why',
      'go',
      'no-go',
      'hold',
      'resume',
      'rollback',
      'abandon',
      'report',
      'tune',
      'judge',
    ]) {
      expect(out).toMatch(new RegExp(`^ {2}${name} .*\\w`, 'm'));
    }
    expect(out).toContain('Exit codes:');
  });

  test('shows the help and fails when no command is given', async () => {
    const { exitCode, out, err } = await softlaunch();
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain('Usage: softlaunch');
  });

  test.each([
    'up',
    'worker',
    'start',
    'status',
    'why',
    'go',
    'no-go',
    'extend',
    'hold',
    'resume',
    'rollback',
    'abandon',
    'check',
    'check-in',
    'answer',
    'report',
    'incident',
    'tune',
    'admit',
    'exclude',
    'lint',
    'judge',
    'migrate',
    'communities',
  ])('%s --help has examples and exit codes', async (name) => {
    const { exitCode, out } = await softlaunch(name, '--help');
    expect(exitCode).toBe(0);
    expect(out).toContain(`$ softlaunch ${name}`);
    expect(out).toMatch(/--json[\s\S]*--home[\s\S]*Exit codes:/);
  });

  test('suggests the command that was meant', async () => {
    expect(await softlaunch('rolback')).toMatchObject({ exitCode: 2, err: expect.stringContaining('Did you mean rollback?') });
  });

  test.each([
    [['extend', '--by', 'lead', '--reason', 'x', '--by-time', 'soon'], 'Write a duration such as 24h'],
    [['extend', '--by', 'lead', '--reason', 'x', '--by-time', '0h'], 'Write a duration such as 24h'],
    [['go', '--phase', 'pilots'], 'Allowed choices are pre-launch, internal, pilot'],
    [['answer', 'smoke tests', '43/42'], 'Write how many of how many'],
    [['tune', 'fair_matching.weight_reliability', 'much'], 'Write a number.'],
    [['report', '--severity', 'P4', '--issue', 'x'], 'Allowed choices are P0, P1, P2, P3'],
    [['report', '--severity', 'P1'], "required option '--issue <key>' not specified"],
    [['judge', '5/10', '--at-least', '1.5'], 'Write a share between 0 and 1'],
    [['hold', '--by', 'ops'], 'add --reason <text>'],
    [['incident', 'P2-1', '--by', 'ops', '--reason', 'x'], '--close or --severity'],
  ])('refuses %j and says what to write', async (words, sentence) => {
    const { exitCode, out, err } = await softlaunch(...words);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(sentence);
  });

  test('prints usage errors as one JSON object, too', async () => {
    const { exitCode, json, err } = await softlaunchJson('judge', '9/5');
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: '' });
    expect(json).toMatchObject({ error: { kind: 'usage' } });
  });

  test.each([['status'], ['hold', '--by', 'ops', '--reason', 'x'], ['rollback'], ['worker']])(
    '%s says what to do when nothing runs',
    async (...words) => {
      const { exitCode, json } = await softlaunchJson(...words);
      expect(exitCode).toBe(3);
      expect(json).toMatchObject({ error: { kind: 'not running', message: expect.stringContaining('Run "softlaunch up" here') } });
    },
  );
});

describe('judge', () => {
  test('shows the evidence of 95 of 100 against 95 %, and what would change the verdict', async () => {
    const { exitCode, json } = await softlaunchJson('judge', '95/100', '--at-least', '95%');
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({
      verdict: 'met',
      target: 0.95,
      breachFrom: 20,
      change: { failures: { more: 1, verdict: 'inconclusive' } },
    });
    expect((json as { lowerBound: number }).lowerBound).toBeCloseTo(0.8977, 4);
  });

  test('answers no when the rate is breached, and when there is too little to say', async () => {
    expect(await softlaunchJson('judge', '70/100', '--at-least', '0.95')).toMatchObject({ exitCode: 1, json: { verdict: 'missed' } });
    expect(await softlaunchJson('judge', '10/10', '--at-least', '0.95')).toMatchObject({ exitCode: 1, json: { verdict: 'inconclusive' } });
  });

  test('never calls 94.996 % a 95', async () => {
    const { out, err } = await softlaunch('judge', '94996/100000', '--at-least', '95%');
    expect(`${out}${err}`).toContain('94.99 %');
  });
});

describe('plan show', () => {
  test('shows the carpool launch day by day in its own zone, general availability on day 7', async () => {
    const { exitCode, out } = await softlaunch('plan', 'show', 'plans/carpool-v2.yaml', '--start', '2026-03-02T09:00+01:00');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/Monday 2 March 2026\n {2}09:00 {2}phase {5}pre-launch opens/);
    expect(out).toMatch(/Sunday 8 March 2026\n[\s\S]*13:00 .*general-availability opens for everyone/);
  });

  test('says times with seconds when days take minutes', async () => {
    const { out } = await softlaunch('plan', 'show', 'plans/carpool-v2.yaml', '--start', '2026-03-02T09:00+01:00', '--speed', '2000');
    expect(out).toContain('09:00:07  decision  go or no-go for internal');
  });

  test('prints every problem of a bad plan in its place', async () => {
    const path = planFile(changed('decided by: { role: launch lead }', 'decided by: { role: boss }'));
    const { exitCode, err } = await softlaunch('plan', 'show', path);
    expect(exitCode).toBe(2);
    expect(err).toMatch(new RegExp(`^${path}:\\d+:\\d+: phases > .*nobody among the people is "boss"`, 'm'));
  });

  test('says so when there is no such file', async () => {
    expect(await softlaunch('plan', 'show', join(folder, 'nope.yaml'))).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('there is no such file'),
    });
  });
});

describe('lint', () => {
  test('has no error about the carpool plan', async () => {
    const { exitCode, json } = await softlaunchJson('lint', 'plans/carpool-v2.yaml');
    expect(exitCode).toBe(0);
    expect((json as { findings: { severity: string }[] }).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
