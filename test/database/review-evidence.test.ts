import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installCarpool } from '../../examples/carpool/install.ts';
import { endLaunch } from '../../src/database/launch-record.ts';
import { gatherReviewEvidence } from '../../src/database/review-evidence.ts';
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
    await endLaunch(pool, { launch, outcome: 'completed', leave: 'on', actor: 'lead', reason: 'done', at: due + 60 * hours });
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

  test('of a launch that nobody knows is refused by name', async () => {
    await expect(gatherReviewEvidence(pool, 'nobody', written.plan, due)).rejects.toThrow('There is no launch "nobody"');
  });
});
