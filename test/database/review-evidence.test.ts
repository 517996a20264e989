import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installCarpool } from '../../examples/carpool/install.ts';
import { planReader } from '../../src/activities/resources.ts';
import { reviewActivities } from '../../src/activities/review.ts';
import { endLaunch } from '../../src/database/launch-record.ts';
import { openProbePool } from '../../src/database/probe.ts';
import { gatherReviewEvidence } from '../../src/database/review-evidence.ts';
import { openRollbackLine } from '../../src/database/rollback-line.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { reviewLaunch } from '../../src/domain/review.ts';
import { testDatabase } from '../support/database.ts';
import { due, hours, minutes, opened, reviewAnswers, writtenLaunch } from './reviewed-launch.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let written: Awaited<ReturnType<typeof writtenLaunch>>;
const launch = 'reviewed';

beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
  await installCarpool(pool);
  written = await writtenLaunch(pool, launch);
});

afterAll(async () => {
  await pool?.end();
  await database?.close();
});

const review = async (now: number) => reviewLaunch(written.plan, await gatherReviewEvidence(pool, launch, written.plan, now));
const verdicts = async (now: number) =>
  Object.fromEntries((await review(now)).metrics.map(({ metric, verdict, value }) => [metric, [verdict, value]]));

// In the order of a launch's life: each test adds to it.
describe('the evidence of a launch', () => {
  test('before its review is provisional: what is asked at the review only, or was asked long ago, is not known', async () => {
    const { standing, dueAt, at } = await review(due - hours);
    expect([standing, dueAt, at]).toEqual(['provisional', due, due - hours]);
    expect(await verdicts(due - hours)).toEqual({
      Uptime: ['missed', '99.673 % (610 of 612)'],
      'Invariant violations': ['met', '0'],
      'Seat mismatches': ['unmeasured', undefined],
      'Smart match clicks': ['unmeasured', undefined],
      'User complaints': ['met', '2'],
      'Rollbacks performed': ['missed', '1'],
    });
  });

  test('counts only what had happened by then', async () => {
    expect(await verdicts(opened + 60 * hours)).toMatchObject({
      Uptime: ['met', '100 % (241 of 241)'],
      'User complaints': ['met', '0'],
      'Rollbacks performed': ['met', '0'],
    });
  });

  test('brings the waiver, the rollback, the weight and the communities', async () => {
    const { waivers, rollbacks, settings, communities, phases } = await review(due);
    expect(waivers).toMatchObject([
      {
        phase: 'pilot',
        by: 'lead',
        waived: ['matches taken'],
        expiresAt: opened + 76 * hours,
        sinceThen: ['matches taken in oakfield was last inconclusive.'],
      },
    ]);
    expect(rollbacks).toMatchObject([{ scope: 'community:lakeside', state: 'restored', tookMs: 2 * minutes }]);
    expect(settings.map(({ before, after, tuned }) => [before, after, tuned])).toEqual([
      ['"0.30"', '0.15', false],
      ['0.15', '0.2', true],
    ]);
    expect(communities).toMatchObject([
      { community: 'lakeside', state: 'rolled back', why: 'isolated is missed' },
      {
        community: 'oakfield',
        state: 'open',
        soaks: ['community healthy: 48 h of 48 h healthy, 0 unhealthy, 40 min unknown'],
        unmet: ['matches taken inconclusive'],
      },
    ]);
    expect(phases.map(({ entries }) => entries)).toEqual([1, 1, 1, 1, 1]);
  });

  test('at its review is what the probes answered then, also when it is written later', async () => {
    await written.takeReview(reviewAnswers);
    await written.write({ kind: 'hold', at: due + hours, actor: 'ops', summary: 'Held after the review.' });
    const { standing, at, afterwards } = await review(due + 48 * hours);
    expect([standing, at, afterwards.map(({ says }) => says)]).toEqual(['final', due, ['Held after the review.']]);
    expect(await verdicts(due + 48 * hours)).toMatchObject({
      Uptime: ['missed', '99.673 % (611 of 613)'],
      'Seat mismatches': ['met', '0'],
      'Smart match clicks': ['unmeasured', undefined],
    });
  });

  test('stays after the launch has ended', async () => {
    await endLaunch(pool, { launch, outcome: 'completed', leave: 'off', actor: 'lead', reason: 'done', at: due + 60 * hours });
    expect(await review(due + 100 * hours)).toMatchObject({ standing: 'final', at: due });
  });

  test('counts nothing in a journal that was rewritten behind our back', async () => {
    await pool.query(`alter table softlaunch.journal disable trigger user;
      update softlaunch.journal set summary = 'all well' where launch = '${launch}' and seq = 5;
      alter table softlaunch.journal enable trigger user`);
    const { doubts, metrics } = await review(due + 100 * hours);
    expect(doubts[0]).toBe('The journal is not what was written, from entry 5 on: whatever this review takes from it may be wrong.');
    expect(metrics.at(-1)).toMatchObject({ metric: 'Rollbacks performed', verdict: 'unmeasured' });
  });

  test('is whole, however long the journal', async () => {
    const before = (await gatherReviewEvidence(pool, launch, written.plan, due)).journal.length;
    await pool.query(
      `select softlaunch.append_journal($1, null, $2, 'page', 'launch', 'softlaunch', 'page ' || n, '{}') from generate_series(1, 2000) n`,
      [launch, new Date(due)],
    );
    const { journal } = await gatherReviewEvidence(pool, launch, written.plan, due);
    expect(journal.map(({ seq }) => seq)).toEqual(Array.from({ length: before + 2000 }, (_, index) => index + 1));
  });

  test('of a launch that nobody knows is refused by name', async () => {
    await expect(gatherReviewEvidence(pool, 'nobody', written.plan, due)).rejects.toThrow('There is no launch "nobody"');
  });
});

describe('the review that a launch takes', () => {
  test('asks every metric once, adds communities up, and asks no people', async () => {
    const smoke = { metric: 'Smoke tests', source: { kind: 'probe', probe: 'smoke tests', path: '' } } as const;
    const booked = { metric: 'Bookings', source: { kind: 'probe', probe: 'bookings', path: '' } } as const;
    const rate = { kind: 'rate', atLeast: 0.9, fromTrials: 10, certainty: 'not breached', alpha: 0.05 } as const;
    const metrics: Plan['review']['metrics'] = [...written.plan.review.metrics, { ...smoke, test: rate }, { ...booked, test: rate }];
    const other = await writtenLaunch(pool, 'taken', { review: { ...written.plan.review, metrics } });
    const [probePool, rollbackLine] = [openProbePool(database.url, 2), openRollbackLine(database.url)];
    try {
      await pool.query('grant select on all tables in schema public to softlaunch_probe');
      const { recordReview } = reviewActivities({ pool, probePool, rollbackLine, planOf: planReader(pool) });
      // The product's own clock says when its people clicked and booked.
      const input = { launch: 'taken', since: Date.now() - 40 * 24 * hours, at: Date.now() };
      await recordReview(input);
      await recordReview(input);
    } finally {
      await Promise.all([probePool.end(), rollbackLine.close()]);
    }
    const evidence = await gatherReviewEvidence(pool, 'taken', other.plan, due);
    expect(evidence.journal.filter(({ kind }) => kind === 'review')).toHaveLength(1);
    expect(evidence.answers.map(({ probe, scope, status }) => [probe, scope, status])).toEqual([
      ['invariants', 'launch', 'measured'],
      ['seats', 'launch', 'measured'],
      ['clicks', 'launch', 'measured'],
      ['bookings', 'community:oakfield', 'measured'],
    ]);
    const found = reviewLaunch(other.plan, evidence).metrics;
    expect(found.find(({ metric }) => metric === 'Seat mismatches')).toMatchObject({ verdict: 'met', value: '0' });
    expect(found.find(({ metric }) => metric === 'Smoke tests')).toMatchObject({
      verdict: 'unmeasured',
      evidence: 'Nobody answered for the review.',
    });
    expect(found.find(({ metric }) => metric === 'Bookings')).toMatchObject({ verdict: 'met' });
  });
});
