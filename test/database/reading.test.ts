import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LookRecord, loadScope, restartEvidence, saveLook } from '../../src/database/reading.ts';
import type { Judgement } from '../../src/domain/criterion.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { addReading, startSoak } from '../../src/domain/soak.ts';
import { testDatabase } from '../support/database.ts';

const opened = Date.UTC(2026, 0, 11, 9, 0, 0, 123);
const quarter = 15 * 60_000;
const rule = { cadenceMs: quarter, policy: 'reset' } as const;

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let launch = 0;

beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url });
});

beforeEach(() => {
  launch += 1;
});

afterAll(async () => {
  await pool?.end();
  await database?.close();
});

const name = () => `launch-${launch}`;

function judgement(at: number, more: Partial<Judgement> = {}): Judgement {
  const met = { criterion: 'healthy', scope: 'riverside', verdict: 'met', reason: 'It is true.', value: true } as const;
  return { ...met, since: opened, asOf: at, unmeasuredInARow: 0, ...more };
}

function look(at: number, more: Partial<LookRecord> = {}): LookRecord {
  const reading: Reading = { probe: 'invariants', scope: 'riverside', at, status: 'measured', answer: { healthy: true, violations: 0 } };
  const ledger = addReading(startSoak(opened), { at, state: 'healthy' }, rule);
  return {
    launch: name(),
    readings: [reading],
    soaks: [{ scope: 'riverside', criterion: 'healthy', sinceKey: '', sinceAt: opened, ledger }],
    judgements: [judgement(at)],
    ...more,
  };
}

async function readings(): Promise<readonly Record<string, unknown>[]> {
  const result = await pool.query(
    'select probe, scope, at, status, answer, gaps, reason from softlaunch.reading where launch = $1 order by at',
    [name()],
  );
  return result.rows;
}

test('a scope that nobody looked at has nothing', async () => {
  expect(await loadScope(pool, name(), 'riverside')).toEqual({ soaks: [], judgements: [] });
});

test('a look comes back as it was saved, to the millisecond', async () => {
  const saved = look(opened + quarter);
  expect(await saveLook(pool, saved)).toEqual({ written: 1 });
  const { scope: _, ...soak } = saved.soaks[0] ?? expect.fail();
  expect(await loadScope(pool, name(), 'riverside')).toEqual({ soaks: [soak], judgements: saved.judgements });
});

test('every kind of value and an unmeasured reading come back', async () => {
  const judgements = [
    judgement(opened, { criterion: 'a', value: { successes: 95, trials: 100 } }),
    judgement(opened, { criterion: 'b', value: 0 }),
    judgement(opened, { criterion: 'c', value: false, verdict: 'missed' }),
  ];
  const { value: _, ...unmeasured } = judgement(opened, { criterion: 'd', verdict: 'unmeasured', unmeasuredInARow: 3 });
  await saveLook(pool, look(opened, { judgements: [...judgements, unmeasured] }));
  expect((await loadScope(pool, name(), 'riverside')).judgements).toEqual([...judgements, unmeasured]);
});

test('the same look twice writes nothing twice, even with other answers', async () => {
  const at = opened + quarter;
  await saveLook(pool, look(at));
  const before = [await readings(), await loadScope(pool, name(), 'riverside')];
  const again: Reading = { probe: 'invariants', scope: 'riverside', at, status: 'unmeasured', reason: 'No answer.' };
  expect(await saveLook(pool, look(at, { readings: [again], judgements: [judgement(at, { verdict: 'unmeasured' })] }))).toEqual({
    written: 0,
  });
  expect([await readings(), await loadScope(pool, name(), 'riverside')]).toEqual(before);
});

test('many attempts of one look at once write it once', async () => {
  const written = await Promise.all(Array.from({ length: 20 }, () => saveLook(pool, look(opened + quarter))));
  expect(written.reduce((sum, attempt) => sum + attempt.written, 0)).toBe(1);
  expect(await readings()).toHaveLength(1);
});

test('a look that arrives late keeps its readings and changes no verdict', async () => {
  await saveLook(pool, look(opened + 2 * quarter));
  const before = await loadScope(pool, name(), 'riverside');
  await saveLook(pool, look(opened + quarter, { judgements: [judgement(opened + quarter, { verdict: 'missed' })] }));
  expect(await loadScope(pool, name(), 'riverside')).toEqual(before);
  expect(await readings()).toHaveLength(2);
});

test('the first reading may be at the very start of the soak', async () => {
  const started = look(opened, { readings: [], judgements: [] });
  const soak = { scope: 'riverside', criterion: 'healthy', sinceKey: '', sinceAt: opened };
  await saveLook(pool, { ...started, soaks: [{ ...soak, ledger: startSoak(opened) }] });
  await saveLook(pool, look(opened));
  expect((await loadScope(pool, name(), 'riverside')).soaks[0]?.ledger.lastState).toBe('healthy');
});

test('restarted evidence forgets ledgers and verdicts, keeps readings, and refuses what was seen before', async () => {
  await saveLook(pool, look(opened + quarter));
  const restart = { launch: name(), scope: 'riverside', at: opened + 2 * quarter, why: 'tuned weight_reliability' };
  await restartEvidence(pool, restart);
  await saveLook(pool, look(opened + quarter + 1));
  expect(await loadScope(pool, name(), 'riverside')).toEqual({ soaks: [], judgements: [], evidenceSince: restart.at });
  expect(await readings()).toHaveLength(2);
  await saveLook(pool, look(opened + 3 * quarter));
  await restartEvidence(pool, restart);
  expect((await loadScope(pool, name(), 'riverside')).judgements).toHaveLength(1);
});

test('restarted evidence leaves other scopes, other launches, and soaks that count from before', async () => {
  const soak = look(opened + quarter).soaks[0] ?? expect.fail();
  await saveLook(pool, look(opened + quarter, { soaks: [soak, { ...soak, sinceKey: 'internal' }, { ...soak, scope: 'hilltop' }] }));
  await restartEvidence(pool, {
    launch: name(),
    scope: 'riverside',
    at: opened + 2 * quarter,
    why: 're-entered',
    keepSoaksSince: ['internal'],
  });
  expect((await loadScope(pool, name(), 'riverside')).soaks.map(({ sinceKey }) => sinceKey)).toEqual(['internal']);
  expect((await loadScope(pool, name(), 'hilltop')).soaks).toHaveLength(1);
  expect(await loadScope(pool, 'another', 'riverside')).toEqual({ soaks: [], judgements: [] });
});

test('a look that cannot be saved whole is not saved at all', async () => {
  const impossible = judgement(opened, { criterion: 'b', verdict: 'splendid' as 'met' });
  await expect(saveLook(pool, look(opened, { judgements: [judgement(opened), impossible] }))).rejects.toThrow('judgement_verdict_check');
  expect(await readings()).toEqual([]);
  expect(await loadScope(pool, name(), 'riverside')).toEqual({ soaks: [], judgements: [] });
});
