import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { installCarpool } from '../../examples/carpool/install.ts';
import { main } from '../../src/ops/cli.ts';
import type { Shell } from '../../src/ops/shell.ts';
import { testDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let owner: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Pool({ connectionString: database.url, max: 1 });
  await installCarpool(owner);
  await owner.query('grant select on community_candidates to softlaunch_probe');
});

afterAll(async () => {
  await owner?.end();
  await database?.close();
});

afterEach(() => vi.unstubAllEnvs());

/** Runs one command line as typed, without a terminal. */
async function typed(...words: readonly string[]) {
  vi.stubEnv('DATABASE_URL', database.url);
  let [out, err] = ['', ''];
  const shell: Shell = {
    environment: {},
    isTerminal: false,
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
    interrupted: new AbortController().signal,
    exitCode: 0,
  };
  return { code: await main(words, shell), out, err };
}

const plan = 'plans/carpool-v2.yaml';

describe('softlaunch communities', () => {
  test('shows every community with its measures, best fit first, and why it may not join', async () => {
    const { code, out } = await typed('communities', '--plan', plan);
    expect(code).toBe(0);
    expect(out).toMatch(/^11 of 17 communities may join with the next wave, best fit first:\n/);
    expect(out).toMatch(/^ {2}community +fit +engaged_admin +rides_per_week +driver_share +cancellation_rate$/m);
    expect(out).toMatch(/^ {2}eastfield .*not suited: engaged_admin is no, and must be yes\.$/m);
    expect(out).toMatch(/^ {2}riverside .*The plan names it for a phase of its own\.$/m);
  });

  test('prints one object for scripts', async () => {
    const { out } = await typed('communities', '--plan', plan, '--json');
    const { launch, communities } = JSON.parse(out);
    expect(launch).toBe('carpool-v2');
    expect(communities).toHaveLength(17);
    expect(communities[0]).toMatchObject({
      suited: true,
      mayJoin: true,
      reasons: [{ measure: 'engaged_admin', verdict: 'met', value: true }, {}, {}, {}],
    });
  });

  test('says what keeps the product from answering, and that nobody can be picked', async () => {
    await owner.query('revoke select on community_candidates from softlaunch_probe');
    const { code, err } = await typed('communities', '--plan', plan);
    await owner.query('grant select on community_candidates to softlaunch_probe');
    expect(code).toBe(1);
    expect(err).toContain('Nobody can be picked: PostgreSQL says: permission denied for view community_candidates.');
  });

  test('needs either a launch or a plan, and names what there is', async () => {
    expect(await typed('communities')).toMatchObject({ code: 4, err: expect.stringContaining('No launch runs in this database.') });
    expect(await typed('communities', 'carpool-v2', '--plan', plan)).toMatchObject({ code: 2 });
  });
});
