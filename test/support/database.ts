import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';

export interface TestDatabase {
  /** Superuser's URL. */
  readonly url: string;
  /** Drops it, whoever is still connected. */
  close(): Promise<void>;
}

/** Any number; test files of one run wait for each other while the template is made. */
const TEMPLATE_LOCK = 4_242_001;
const template = 'softlaunch_template';
let counter = 0;

/** A fresh database with the migrated schema `softlaunch`, cloned from a template that the first test file makes. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  counter += 1;
  const name = `test_${process.pid}_${Date.now()}_${counter}`;
  await onServer(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    await ensureTemplate(client, server);
    // Still under the lock: two clones of one template at once disturb each other.
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    url: urlOf(server, name),
    close: () => onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

async function ensureTemplate(client: pg.Client, server: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
  if (rowCount !== 0) return;
  const draft = `${template}_draft`;
  await client.query(`drop database if exists ${draft} with (force)`);
  await client.query(`create database ${draft}`);
  await migrate(urlOf(server, draft));
  await client.query(`alter database ${draft} rename to ${template}`);
}

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
