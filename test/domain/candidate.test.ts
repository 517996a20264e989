import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  type CandidateRow,
  candidateRowOf,
  communitiesNamed,
  type Measure,
  rankCandidates,
} from '../../src/domain/candidate.ts';
import { carpool } from '../plan/carpool.ts';

const rule = carpool().candidates;
const nobody = { joined: [], excluded: [] };

/** A community in the middle of what the strategy asks for, with some measures changed. */
function community(name: string, changed: Readonly<Record<string, Measure>> = {}): CandidateRow {
  return {
    community: name,
    measures: { engaged_admin: true, rides_per_week: 110, driver_share: 0.4, cancellation_rate: 0.02, ...changed },
  };
}

function judged(changed: Readonly<Record<string, Measure>>): Candidate {
  const [found] = rankCandidates(rule, [community('riverside', changed)], nobody);
  if (!found) throw new Error('Nobody was ranked.');
  return found;
}

const names = (ranked: readonly Candidate[]) => ranked.map((candidate) => candidate.community);

describe('the selection criteria of the strategy', () => {
  it.each<readonly [string, Readonly<Record<string, Measure>>, boolean]>([
    ['an engaged admin', { engaged_admin: true }, true],
    ['no engaged admin', { engaged_admin: false }, false],
    ['19.99 rides a week: too quiet', { rides_per_week: 19.99 }, false],
    ['20 rides a week', { rides_per_week: 20 }, true],
    ['200 rides a week', { rides_per_week: 200 }, true],
    ['200.01 rides a week: overwhelming', { rides_per_week: 200.01 }, false],
    ['19.99 % drivers', { driver_share: 0.1999 }, false],
    ['20 % drivers', { driver_share: 0.2 }, true],
    ['60 % drivers', { driver_share: 0.6 }, true],
    ['60.01 % drivers', { driver_share: 0.6001 }, false],
    ['nothing cancelled', { cancellation_rate: 0 }, true],
    ['10 % cancelled', { cancellation_rate: 0.1 }, true],
    ['10.01 % cancelled', { cancellation_rate: 0.1001 }, false],
  ])('%s', (_, changed, suited) => {
    expect(judged(changed)).toMatchObject({ suited, mayJoin: suited });
  });

  it.each<readonly [string, Readonly<Record<string, Measure>>]>([
    ['missing', { driver_share: undefined }],
    ['NaN', { rides_per_week: Number.NaN }],
    ['a number where yes or no belongs', { engaged_admin: 1 }],
    ['a yes where a number belongs', { rides_per_week: true }],
    ['infinite', { rides_per_week: Number.POSITIVE_INFINITY }],
  ])('a measure that is %s never speaks for a community', (_, changed) => {
    const { suited, reasons } = judged(changed);
    expect(suited).toBe(false);
    expect(reasons.filter(({ verdict }) => verdict === 'met')).toHaveLength(3);
  });

  it('says of each requirement how it stands', () => {
    expect(judged({ rides_per_week: 12, driver_share: undefined }).reasons).toEqual([
      { measure: 'engaged_admin', verdict: 'met', value: true, says: 'engaged_admin is yes, and must be yes.' },
      { measure: 'rides_per_week', verdict: 'not met', value: 12, says: 'rides_per_week is 12, and must be 20 to 200.' },
      { measure: 'driver_share', verdict: 'unknown', says: 'driver_share is not known, and must be 0.2 to 0.6.' },
      { measure: 'cancellation_rate', verdict: 'met', value: 0.02, says: 'cancellation_rate is 0.02, and must be 0 to 0.1.' },
    ]);
  });
});

describe('the ranking', () => {
  it('puts the middle of a range first, and fewer cancellations before more', () => {
    const ranked = rankCandidates(
      rule,
      [
        community('busy', { rides_per_week: 190 }),
        community('middle'),
        community('cancels', { cancellation_rate: 0.09 }),
        community('quiet', { rides_per_week: 25 }),
      ],
      nobody,
    );
    expect(names(ranked)).toEqual(['middle', 'cancels', 'busy', 'quiet']);
    expect(ranked[0]?.score).toBeCloseTo((1 + 1 + 1 + 0.8) / 4, 10);
    expect(ranked.every(({ score }) => score >= 0 && score <= 1)).toBe(true);
  });

  it('is the same whatever the order of the rows, with equals by name', () => {
    const rows = [community('c'), community('a'), community('b', { engaged_admin: false }), community('B')];
    expect(names(rankCandidates(rule, rows, nobody))).toEqual(['B', 'a', 'c', 'b']);
    expect(rankCandidates(rule, [...rows].reverse(), nobody)).toEqual(rankCandidates(rule, rows, nobody));
  });

  it('never lets a community join that has joined, that people took out, or that the plan names under never', () => {
    const ranked = rankCandidates(
      { ...rule, never: ['n'] },
      ['j', 'e', 'n', 'free'].map((name) => community(name)),
      { joined: ['j'], excluded: ['e', 'n'] },
    );
    expect(ranked.map(({ community: name, mayJoin, suited, standing }) => [name, mayJoin, suited, standing])).toEqual([
      ['free', true, true, undefined],
      ['e', false, true, 'excluded'],
      ['j', false, true, 'joined'],
      ['n', false, true, 'excluded'],
    ]);
    expect(rankCandidates({ ...rule, never: ['n'] }, [community('n')], nobody)[0]).toMatchObject({ mayJoin: false, standing: 'never' });
    const named = communitiesNamed(carpool());
    expect(rankCandidates(rule, [community('riverside')], { ...nobody, named })[0]).toMatchObject({ mayJoin: false, standing: 'named' });
  });

  it('trusts nothing about a community of which the query says two things', () => {
    const ranked = rankCandidates(rule, [community('twice'), community('once'), community('twice')], nobody);
    expect(names(ranked)).toEqual(['once', 'twice']);
    expect(ranked[1]).toMatchObject({ suited: false, mayJoin: false, score: 0 });
    expect(ranked[1]?.reasons[0]?.says).toBe('There are 2 rows for it, and there must be one.');
  });

  it('suits everybody where the plan asks for nothing', () => {
    expect(rankCandidates({ ...rule, suitedWhen: [] }, [community('any')], nobody)[0]).toMatchObject({
      suited: true,
      score: 1,
      reasons: [],
    });
  });
});

describe('a row of the query', () => {
  it('becomes its declared measures and nothing else', () => {
    const row = {
      community: 'riverside',
      engaged_admin: true,
      rides_per_week: 30,
      driver_share: null,
      cancellation_rate: '0.05',
      email: 'lena@example.org',
    };
    expect(candidateRowOf(rule, row)).toEqual({
      community: 'riverside',
      measures: { engaged_admin: true, rides_per_week: 30, driver_share: undefined, cancellation_rate: undefined },
    });
  });

  it.each([[{}], [{ community: null }], [{ community: '' }], [{ community: 7 }], [null], ['riverside']])('%j names no community', (row) => {
    expect(candidateRowOf(rule, row)).toBeUndefined();
  });
});
