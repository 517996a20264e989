import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../src/runtime/postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser's URL of a PostgreSQL that forgets everything at the end of the run. */
    postgresUrl: string;
    /** The workflow code, bundled once for the run. */
    bundlePath: string;
  }
}

/** Starts the servers that tests share, and stops them at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'softlaunch-test-'));
  const postgres = await startPostgres({ dataDirectory: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), fast: true });
  project.provide('postgresUrl', postgres.databaseUrl);
  const bundlePath = join(folder, 'workflow-bundle.js');
  const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  writeFileSync(bundlePath, code);
  project.provide('bundlePath', bundlePath);
  return async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
