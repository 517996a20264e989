import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { claimPath, releaseClaim } from '../../src/runtime/claim.ts';
import { compileRuntime } from './separate-process.ts';

const runtime = compileRuntime();
afterAll(() => runtime.remove());

const freshPath = () => join(mkdtempSync(join(tmpdir(), 'claim-')), 'stack.json');

it('is taken while its owner lives, and free when given back', async () => {
  const path = freshPath();
  const first = await claimPath(path);
  if (first.answer !== 'ours') throw new Error('not ours');
  expect(await claimPath(path)).toMatchObject({ answer: 'taken', by: { token: first.claim.token } });
  releaseClaim(path, first.claim);
  expect(readdirSync(join(path, '..'))).toEqual([]);
  expect(await claimPath(path)).toMatchObject({ answer: 'ours', left: undefined });
});

it('of a dead owner, or of another process with its number, is taken over and handed to us', async () => {
  const path = freshPath();
  writeFileSync(path, JSON.stringify({ owner: { pid: process.pid, began: 'before the last boot' }, token: 'dead', servers: [] }));
  expect(await claimPath(path)).toMatchObject({ answer: 'ours', left: { token: 'dead', servers: [] } });
});

it('that is unreadable counts as dead', async () => {
  const path = freshPath();
  writeFileSync(path, '{"owner":');
  expect(await claimPath(path)).toMatchObject({ answer: 'ours' });
});

it('of a dead owner goes to exactly one of several that try at once', async () => {
  for (let round = 0; round < 3; round += 1) {
    const path = freshPath();
    writeFileSync(path, JSON.stringify({ owner: { pid: 1, began: 'never' }, token: 'dead' }));
    const start = Date.now() + 600;
    const body = `while (Date.now() < ${start}); tell((await runtime.claimPath(${JSON.stringify(path)})).answer); setInterval(() => {}, 1000);`;
    const rivals = Array.from({ length: 6 }, () => runtime.run(['claim'], body));
    const answers = await Promise.all(rivals.map((rival) => rival.heard()));
    for (const rival of rivals) rival.process.kill('SIGKILL');
    await Promise.all(rivals.map((rival) => rival.ended));
    expect(answers.filter((answer) => answer === 'ours')).toHaveLength(1);
    expect(readdirSync(join(path, '..'))).toEqual(['stack.json']);
  }
});
