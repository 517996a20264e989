import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { withClaim } from './claim.ts';
import { commandOnPath, isExecutable } from './command-on-path.ts';
import { fetchBinary } from './fetch-binary.ts';
import { type PinnedBinary, pinnedTemporal, pinnedTestServer } from './pinned-binaries.ts';

/** Receives one finished sentence about what is going on, for the person who waits. */
export type Report = (line: string) => void;

/** The environment variable names something that cannot be executed. */
export class ConfiguredBinaryMissing extends Error {
  override readonly name = 'ConfiguredBinaryMissing';
  constructor(pin: PinnedBinary, path: string) {
    super(
      `${pin.variable} names ${path}, which is not an executable file. Correct it, or unset it to have ${pin.executable} ${pin.version} fetched.`,
    );
  }
}

/**
 * Path of the `temporal` executable: `SOFTLAUNCH_TEMPORAL_CLI`, else `temporal` on PATH when it is at least the pinned version of the
 * same major (an older dev server lacks what the tests rely on), else our cache, else fetched into the cache once.
 * @throws ConfiguredBinaryMissing, BinaryNotFetched
 */
export async function temporalBinary(report: Report): Promise<string> {
  return configuredBinary(pinnedTemporal) ?? (await temporalOnPath(report)) ?? (await cachedBinary(pinnedTemporal, report));
}

/**
 * Path of the time-skipping test server: `SOFTLAUNCH_TEMPORAL_TEST_SERVER`, else our cache, else fetched into the cache once.
 * @throws ConfiguredBinaryMissing, BinaryNotFetched
 */
export async function testServerBinary(report: Report): Promise<string> {
  return configuredBinary(pinnedTestServer) ?? (await cachedBinary(pinnedTestServer, report));
}

function configuredBinary(pin: PinnedBinary): string | undefined {
  const path = process.env[pin.variable];
  if (path === undefined || path === '') return undefined;
  if (!isExecutable(path)) throw new ConfiguredBinaryMissing(pin, path);
  return path;
}

async function temporalOnPath(report: Report): Promise<string | undefined> {
  const path = commandOnPath(pinnedTemporal.executable);
  if (path === undefined) return undefined;
  const version = await versionOf(path);
  if (isRecentEnough(version)) return path;
  report(
    `The temporal on PATH is ${version ?? 'of an unknown version'}; softlaunch needs ${pinnedTemporal.version} or later and uses its own.`,
  );
  return undefined;
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    return /temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    // What cannot say its version is not the CLI we know: ours is used instead, and the report says so.
    return undefined;
  }
}

function isRecentEnough(version: string | undefined): boolean {
  if (version === undefined) return false;
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [pinnedMajor = 0, pinnedMinor = 0, pinnedPatch = 0] = pinnedTemporal.version.split('.').map(Number);
  return major === pinnedMajor && (minor > pinnedMinor || (minor === pinnedMinor && patch >= pinnedPatch));
}

async function cachedBinary(pin: PinnedBinary, report: Report): Promise<string> {
  const folder = join(cacheFolder(), `${pin.executable}-${pin.version}`);
  const path = join(folder, pin.executable);
  if (existsSync(path)) return path;
  const onWait = () => report(`Another process is fetching ${pin.executable} ${pin.version}; waiting for it.`);
  await withClaim({ path: `${folder}.lock`, onWait }, async () => {
    if (existsSync(path)) return;
    report(`Fetching ${pin.executable} ${pin.version} (once; it is kept in the cache).`);
    await fetchBinary({ pin, into: folder });
    report(`Fetched ${pin.executable} ${pin.version}.`);
  });
  return path;
}
