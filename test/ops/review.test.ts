import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { installCarpool } from '../../examples/carpool/install.ts';
import { main } from '../../src/ops/cli.ts';
import type { Shell } from '../../src/ops/shell.ts';
import { reviewAnswers, writtenLaunch } from '../database/reviewed-launch.ts';
import { testDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softlaunch-review-'));
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
  await installCarpool(pool);
  const { takeReview } = await writtenLaunch(pool, 'reviewed');
  await takeReview(reviewAnswers);
});

afterAll(async () => {
  await pool?.end();
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

afterEach(() => vi.unstubAllEnvs());

async function typed(words: readonly string[], isTerminal = false) {
  vi.stubEnv('DATABASE_URL', database.url);
  let [out, err] = ['', ''];
  const shell: Shell = {
    environment: { TERM: 'xterm' },
    isTerminal,
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

describe('softlaunch review', () => {
  test('tells a reader who was not there what came of it', async () => {
    const { code, out } = await typed(['review']);
    expect(code).toBe(0);
    expect(out).toMatch(/^# Review of Carpool 2\.0: smart matching and communities\n\n> The probes were asked for this review/);
    expect(out).toContain('**3 of 6 metrics met, 2 missed, 1 unmeasured.**');
    expect(out).toContain('| Uptime | at least 99.9 % | 99.673 % (611 of 613) | 🔴 missed |');
    expect(out).toContain('| Invariant violations | at most 0 | 0 | 🟢 met, after 2 misses |');
    expect(out).toContain(
      '| Smart match clicks | at least 20 %, demonstrated | not known | ⚪ unmeasured | There was no answer within 10 s',
    );
    expect(out).toMatch(
      /## 🔴 Passed although not met\n\n- 🔴 \*\*matches taken\*\* at the gate of pilot, waived by Lena Brandt Wed 14 Jan 13:00 .*few rides at the weekend/,
    );
    expect(out).toMatch(/^\| pilot \| Mon 12 Jan 13:00 \S+ \| Wed 14 Jan 13:00 \S+ \| 48 h \(planned: at least 48 h, at most 3 d\) \|$/m);
    expect(out).toMatch(/\*\*community:lakeside\*\* by softlaunch: isolated is missed \(proven after 2 min; still off\)/);
    expect(out).toMatch(/### Did smart matching make rides easier to find\?\n\nWhat bears on it:\n\n- /);
    expect(out).toContain('- [ ] Measure "Smart match clicks": nobody knows it _(from the evidence)_');
  });

  test('lets nothing that people wrote become a table, a link or a heading', async () => {
    const { out } = await typed(['review', 'reviewed']);
    expect(out).toMatch(/\| 0\.15 \| 0\.2 \| tuned by Lena Brandt \| matches \\\| are \\<good\\> \|/);
  });

  test('shows what should not have been in red on a terminal', async () => {
    const { out } = await typed(['review'], true);
    expect(out).toContain('\u001b[31m- 🔴 **matches taken**');
  });

  test('writes the same into a file, and says which', async () => {
    const file = join(folder, 'review.md');
    const { out } = await typed(['review', '--out', file]);
    expect(out).toBe(`Wrote the final review of reviewed to ${file}.\n`);
    expect(await readFile(file, 'utf8')).toBe((await typed(['review'])).out);
    expect(await typed(['review', '--out', folder])).toMatchObject({ code: 2, err: expect.stringContaining('could not be written') });
  });

  test('prints one object for scripts', async () => {
    const { out } = await typed(['review', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      launch: 'reviewed',
      standing: 'final',
      metrics: [{ metric: 'Uptime', verdict: 'missed' }, {}, {}, {}, {}, {}],
    });
  });

  test('knows no launch that there is not', async () => {
    expect(await typed(['review', 'nobody'])).toMatchObject({ code: 4, err: expect.stringContaining('There is no launch "nobody".') });
  });
});
