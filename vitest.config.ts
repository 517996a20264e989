import { defineConfig } from 'vitest/config';

const servers = [
  'test/database/**/*.test.ts',
  'test/workflows/**/*.test.ts',
  'test/ops/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/journey/**/*.test.ts',
  'test/runtime/**/*.test.ts',
  'test/examples/**/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'node_modules/.cache/test-report.json' }]] : ['default'],
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: servers, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: 'servers',
          include: servers,
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/runtime-setup.ts'],
          // These tests run servers that others wrote, on machines that do other things too: a run that nobody watches tries one once more. Not where people
          // run tests: there it shows.
          retry: process.env.CI ? 1 : 0,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // One file at a time: most of them run servers and workers of their own, and two such worlds on two cores starve each other.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
