import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../src/runtime/postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser's URL of a PostgreSQL that forgets everything at the end of the run. */
    postgresUrl: string;
  }
}

/** Starts the servers that tests share, and stops them at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'softlaunch-test-'));
  const postgres = await startPostgres({ dataDirectory: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), fast: true });
  project.provide('postgresUrl', postgres.databaseUrl);
  return async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
