import { describe, expect, it } from 'vitest';
import { carpool } from './carpool.ts';

const hours = 3_600_000;
const minutes = 60_000;
const phase = (name: string) => {
  const found = carpool().phases.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`There is no phase ${name}.`);
  return found;
};

describe('the carpool plan is the strategy', () => {
  it('goes through the five phases in order', () => {
    expect(carpool().phases.map(({ name }) => name)).toEqual(['pre-launch', 'internal', 'pilot', 'expansion', 'general-availability']);
  });

  it('reaches 3, 6 and 11 communities', () => {
    const { audience } = phase('expansion');
    const waves = audience.kind === 'waves' ? audience.waves : [];
    expect(waves.map(({ afterMs }) => afterMs / hours)).toEqual([0, 24, 48]);
    const totals = waves.map((_, index) => 1 + waves.slice(0, index + 1).reduce((sum, { add }) => sum + add, 0));
    expect(totals).toEqual([3, 6, 11]);
  });

  it('stays 4 to 8 h internal, and 48 h at least in the pilot', () => {
    expect([phase('internal').minimumStayMs, phase('internal').maximumStayMs]).toEqual([4 * hours, 8 * hours]);
    expect(phase('pilot').minimumStayMs).toBe(48 * hours);
    expect(phase('pilot').passesWhen.healthy).toEqual({ soakMs: 48 * hours, onUnhealthy: 'reset', ifNot: [{ kind: 'hold' }] });
  });

  it('starts with the conservative weight 0.15 as a number, and tunes it at general availability', () => {
    expect(carpool().features['smart matching']?.settings['fair_matching.weight_reliability']).toEqual({
      start: 0.15,
      min: 0.05,
      max: 0.4,
      step: 0.05,
    });
    expect(phase('general-availability').settings).toEqual({ 'fair_matching.weight_reliability': 0.2 });
  });

  it('asks for 95 % of bookings and 30 % of matches, per community, and shares the error rate of what rolls back over 12 communities', () => {
    const { criteria } = carpool();
    expect(criteria['booking works']).toEqual({
      probe: 'bookings',
      path: '',
      perCommunity: true,
      test: { kind: 'rate', atLeast: 0.95, fromTrials: 60, certainty: 'not breached', alpha: 0.05 / 12 },
    });
    expect(criteria['matches taken']?.test).toMatchObject({ atLeast: 0.3, alpha: 0.05 });
    expect(criteria.isolated).toMatchObject({ perCommunity: true, test: { kind: 'count', atMost: 0 } });
  });

  it('looks every 15 min for 4 h, hourly to 24 h and every 4 h after', () => {
    expect(phase('expansion').eachCommunity?.cadence).toEqual([
      { everyMs: 15 * minutes, untilMs: 4 * hours },
      { everyMs: hours, untilMs: 24 * hours },
      { everyMs: 4 * hours, untilMs: null },
    ]);
  });

  it('judges expansion communities as the pilot, by the same words', () => {
    expect(phase('expansion').eachCommunity?.criteria).toEqual(phase('pilot').eachCommunity?.criteria);
  });

  it('rolls the pilot back on an isolation breach, an invariant violation, three complaints or a P0', () => {
    expect(phase('pilot').rollsBackWhen).toEqual([
      { kind: 'missed', criterion: 'no violations' },
      { kind: 'missed', criterion: 'isolated' },
      { kind: 'complaints', reporters: 3, windowMs: 24 * hours },
      { kind: 'issue', severity: 'P0' },
    ]);
  });

  it('repairs seats, pages and holds when they do not match', () => {
    expect(phase('internal').passesWhen['seats match']?.ifNot).toEqual([
      { kind: 'repair', repair: 'repair seats' },
      { kind: 'page', role: 'ops' },
      { kind: 'hold' },
    ]);
  });

  it('checks in at 09:00, 14:00 and 19:00, and responds by the matrix', () => {
    expect(phase('pilot').checkIns?.atMs).toEqual([9 * hours, 14 * hours, 19 * hours]);
    const { P0, P1, P2, P3 } = carpool().decisionMatrix;
    expect([P0, P1, P2, P3].map(({ respond }) => respond)).toEqual([
      { withinMs: 0 },
      { withinMs: 15 * minutes },
      { withinMs: hours },
      'next business day',
    ]);
    expect(carpool().incidentProcedure.steps.map(({ withinMs }) => withinMs / minutes)).toEqual([2, 5, 10, 15, 20, 24 * 60]);
  });

  it('guards cross-community visibility, promises the next update and reviews on day 7', () => {
    expect(carpool().guards).toEqual({ cross_community_visibility: false });
    expect(carpool().announcements['deploy started']?.promises).toEqual([{ what: 'next update', withinMs: 30 * minutes }]);
    expect(carpool().review.afterMs).toBe(168 * hours);
    expect(carpool().review.metrics[0]).toMatchObject({
      source: { kind: 'healthy share', criterion: 'healthy' },
      test: { atLeast: 0.999 },
    });
  });

  it('says where people write, what each severity announces, and what proves a rollback', () => {
    const { channel, decisionMatrix, rollback } = carpool();
    expect(channel).toBe('#launch-updates');
    expect(Object.values(decisionMatrix).map(({ announce }) => announce)).toEqual([
      ['users affected'],
      ['issue noticed', 'users affected'],
      ['issue noticed'],
      [],
    ]);
    expect(rollback).toEqual({ verify: ['healthy'], doneWithinMs: 10 * minutes, announce: ['critical issue'] });
  });

  it('lets an answer count for two looks, and that of a person for a day', () => {
    const { probes } = carpool();
    expect(probes.bookings?.freshMs).toBe(8 * hours);
    expect(probes.invariants).toMatchObject({ freshMs: 2 * hours, timeoutSeconds: 5, writes: true, perCommunity: false });
    expect(probes['smoke tests']?.freshMs).toBe(24 * hours);
  });
});
