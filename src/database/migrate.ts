import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Connection } from './pool.ts';

/** A migration that has run here reads differently now, so nobody can say what the schema is. */
export class MigrationChanged extends Error {
  override readonly name = 'MigrationChanged';
  constructor(file: string) {
    super(
      `Migration ${file} was applied to this database and has been changed since. Use the release that applied it, or an empty database.`,
    );
  }
}

/** The database refused a migration: mostly a right that the migrating role lacks, which PostgreSQL names. Nothing of it stays. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
  constructor(file: string, cause: unknown) {
    super(`Migration ${file} failed and changed nothing: ${(cause as Error).message}`, { cause });
  }
}

interface Migration {
  readonly file: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Any number; whoever migrates the same database waits for it. */
const MIGRATION_LOCK = 7_305_808_869_231_650;

/**
 * Brings schema `softlaunch` up to date and returns the files that were applied. Safe to repeat and to run at once from several places. The
 * migrating role becomes the owner of all functions, and writes the product with its rights.
 *
 * @throws MigrationChanged, MigrationFailed
 */
export async function migrate(target: string | pg.ClientBase): Promise<readonly string[]> {
  if (typeof target !== 'string') return migrateOn(target);
  const client = new pg.Client({ connectionString: target, application_name: 'softlaunch migrate', connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await migrateOn(client);
  } finally {
    await client.end();
  }
}

async function migrateOn(client: Connection): Promise<readonly string[]> {
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
    await client.query(`create schema if not exists softlaunch;
      create table if not exists softlaunch.migration (
        file text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp()
      )`);
    const { rows } = await client.query<{ file: string; checksum: string }>('select file, checksum from softlaunch.migration');
    const applied = new Map(rows.map(({ file, checksum }) => [file, checksum]));
    const missing = (await readMigrations()).filter(({ file, checksum }) => {
      const known = applied.get(file);
      if (known !== undefined && known !== checksum) throw new MigrationChanged(file);
      return known === undefined;
    });
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ file }) => file);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}

async function apply(client: Connection, { file, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into softlaunch.migration (file, checksum) values ($1, $2)', [file, checksum]);
    await client.query('revoke all on all functions in schema softlaunch from public');
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new MigrationFailed(file, error);
  }
}

/** The SQL files are not compiled, so they are found from the package's root: the same place from the sources and from `dist`. */
async function readMigrations(): Promise<readonly Migration[]> {
  const folder = new URL('src/database/migrations/', import.meta.resolve('softlaunch/package.json'));
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, folder), 'utf8');
      return { file, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
