import { describe, expect, test } from 'vitest';
import { type Blocker, blockersBesidesDecision, enoughVotes, gateBlockers } from '../../src/domain/gate.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { LaunchState, Waiver } from '../../src/domain/launch.ts';
import { type PhaseName, phaseNames, type Severity } from '../../src/domain/plan.ts';
import { bySlug, community, day, hour, inPhase, minute, plan, quorum, rolledBack, seeing, start } from './launch-builder.ts';

const later = start + 8 * day;
const words = (blockers: readonly Blocker[]) => blockers.map(({ what }) => what);
const blocking = (state: LaunchState, at = later) => words(blockersBesidesDecision(plan, state, at));

const incident = (severity: Severity, more: Partial<Incident> = {}): Incident => ({
  id: `${severity}-1`,
  severity,
  issue: 'seats',
  openedAt: start,
  owner: 'ops',
  done: [],
  ...more,
});

describe('a gate', () => {
  test.each(phaseNames.slice(0, -1))('of %s waits for nothing but the decision when all is done and well', (name) => {
    const open = gateBlockers(plan, inPhase(name), later);
    expect(words(open)).toEqual(['decision']);
    expect(open[0]?.why).toContain('needs go from 1 of: lead');
    expect(gateBlockers(plan, inPhase(name, { votes: [{ by: 'lead', reason: 'well', at: later }] }), later)).toEqual([]);
  });

  test('that opens by itself waits for no decision', () => {
    expect(gateBlockers(plan, inPhase('general-availability'), later)).toEqual([]);
  });

  test.each<[PhaseName, number]>([
    ['internal', 4 * hour],
    ['pilot', 48 * hour],
    ['expansion', 72 * hour],
  ])('of %s stays shut to the last millisecond of the minimum stay', (name, stay) => {
    const [first, ...others] = blockersBesidesDecision(plan, inPhase(name), start + stay - 1);
    expect(first).toMatchObject({ what: 'minimum stay', who: 'nobody', earliestEndAt: start + stay });
    expect(others).toEqual([]);
    expect(blocking(inPhase(name), start + stay)).toEqual([]);
  });

  test('of general availability keeps the launch until the review on day 7', () => {
    expect(blocking(inPhase('general-availability'), start + 7 * day - 1)).toEqual(['minimum stay']);
    expect(blocking(inPhase('general-availability'), start + 7 * day)).toEqual([]);
  });

  test.each<[string, Partial<ReturnType<typeof seeing>>, string]>([
    ['missed', { missed: ['healthy'] }, 'healthy is missed'],
    ['not measurable', { blind: ['healthy'] }, 'healthy cannot be measured'],
    ['not yet shown to hold', { pending: ['healthy'] }, 'healthy is not yet shown to hold'],
    ['never looked at', {}, 'nothing has been looked at yet'],
  ])('stays shut when its criterion is %s', (_, situation, why) => {
    const blockers = blockersBesidesDecision(plan, inPhase('pilot', { situation: seeing(situation) }), later);
    expect(blockers.map((blocker) => blocker.why)).toEqual([why]);
  });

  test('says who has to answer when its criterion waits for people', () => {
    const state = inPhase('internal', { situation: seeing({ pending: ['healthy', 'smoke tests pass'] }) });
    expect(blockersBesidesDecision(plan, state, later).map(({ who }) => who)).toEqual(['nobody', 'ops, by answer "smoke tests"']);
  });

  test('says of each item of the checklist whose it is', () => {
    const blockers = blockersBesidesDecision(plan, inPhase('pre-launch', { checked: {} }), later);
    expect(blockers.map(({ who, why }) => `${who}: ${why}`)).toEqual([
      'launch lead: not done: Pre-flight checks complete',
      'ops: not done: Rollback procedures tested',
      'ops: not done: Monitoring queries work',
      'support: not done: Support team briefed',
      'launch lead: not done: Communication channel set up',
    ]);
  });

  test.each<[Severity, readonly string[]]>([
    ['P0', ['incident']],
    ['P1', ['incident']],
    ['P2', ['incident']],
    ['P3', []],
  ])('with an open %s is blocked by %j, and by nothing once it is closed', (severity, expected) => {
    expect(blocking(inPhase('pilot', { incidents: [incident(severity)] }))).toEqual(expected);
    expect(blocking(inPhase('pilot', { incidents: [incident(severity, { closedAt: later })] }))).toEqual([]);
  });

  test('stands still while anybody holds, while the launch is rolled back, and before the features are on', () => {
    const hold = { by: 'ops', reason: 'slow bookings', at: start, source: 'person' as const };
    expect(blockersBesidesDecision(plan, inPhase('pilot', { holds: [hold, hold] }), later)).toHaveLength(2);
    expect(blocking(rolledBack(inPhase('pilot')))).toEqual(['rollback']);
    expect(blocking(inPhase('pilot', { opened: false }))).toEqual(['opening']);
  });

  test.each([
    ['restored', 'rolled back by ops: double bookings'],
    ['ordered', 'rolled back by ops: double bookings, not yet proven off'],
    ['stuck', 'rolled back by ops: double bookings, STUCK: something is still on, or not well'],
  ] as const)('tells whether a rollback is %s', (how, why) => {
    expect(blockersBesidesDecision(plan, rolledBack(inPhase('pilot'), how), later)).toMatchObject([{ what: 'rollback', why }]);
  });

  test('lists first what can end first', () => {
    const state = inPhase('expansion', { wavesJoined: 1, situation: seeing({ missed: ['healthy'] }) });
    expect(blocking(state, start + hour)).toEqual(['waves', 'minimum stay', 'criterion']);
  });
});

describe('communities at the gate', () => {
  test('block it while one is joining or not well, and say how', () => {
    const communities = bySlug(
      community('riverside', 'pilot', { situation: seeing({ missed: ['isolated'], pending: ['booking works'] }) }),
      community('hilltop', 'pilot', { state: 'joining' }),
      community('lakeside', 'pilot', { situation: seeing({}) }),
      community('old-town', 'pilot', { state: 'readmitted' }),
    );
    const whys = blockersBesidesDecision(plan, inPhase('pilot', { communities }), later).map(({ what, why }) => `${what}: ${why}`);
    expect(whys).toEqual([
      'community riverside: missed: isolated; not yet shown to hold: booking works',
      'community hilltop: is joining',
      'community lakeside: nothing has been looked at yet',
      'community old-town: is joining',
    ]);
  });

  test('that were rolled back or refused have left, and the others go on', () => {
    const gone = [community('hilltop', 'pilot', { state: 'rolled back' }), community('lakeside', 'pilot', { state: 'refused' })];
    expect(blocking(inPhase('pilot', { communities: bySlug(community('riverside', 'pilot'), ...gone) }))).toEqual([]);
  });

  test('that have all left leave nothing to pass by, unless people waive it', () => {
    const communities = bySlug(community('internal', 'internal'), community('riverside', 'pilot', { state: 'rolled back' }));
    expect(blocking(inPhase('pilot', { communities }))).toEqual(['communities']);
    expect(blocking(inPhase('pilot', { communities, waivers: [waiver({ criteria: ['communities'] })] }))).toEqual([]);
  });

  test('that are still to join keep it shut', () => {
    expect(blocking(inPhase('expansion', { wavesJoined: 2 }))).toEqual(['waves']);
    expect(blocking(inPhase('expansion', { wavesJoined: 3 }))).toEqual([]);
  });
});

function waiver(more: Partial<Waiver>): Waiver {
  return { by: 'lead', reason: 'known', at: start, expiresAt: later + 1, phase: 'pilot', criteria: ['healthy'], ...more };
}

describe('a waiver', () => {
  const missed = (...waivers: Waiver[]) => blocking(inPhase('pilot', { situation: seeing({ missed: ['healthy'] }), waivers }));

  test('counts until it expires, and not at that instant', () => {
    expect(missed()).toEqual(['criterion']);
    expect(missed(waiver({ expiresAt: later + 1 }))).toEqual([]);
    expect(missed(waiver({ expiresAt: later }))).toEqual(['criterion']);
  });

  test('counts in its own phase and entry only, and for what it names only', () => {
    expect(missed(waiver({ phase: 'internal' }))).toEqual(['criterion']);
    expect(missed(waiver({ at: start - 1 }))).toEqual(['criterion']);
    expect(missed(waiver({ criteria: ['isolated'] }))).toEqual(['criterion']);
  });

  test('covers what cannot be measured and a community, and never what only time, a hold or an incident can end', () => {
    const situation = seeing({ blind: ['healthy'] });
    expect(blocking(inPhase('pilot', { situation, waivers: [waiver({})] }))).toEqual([]);
    const unwell = bySlug(community('riverside', 'pilot', { situation: seeing({ missed: ['isolated'] }) }));
    expect(blocking(inPhase('pilot', { communities: unwell, waivers: [waiver({ criteria: ['riverside'] })] }))).toEqual([]);
    const waivable = blockersBesidesDecision(
      plan,
      rolledBack(inPhase('pilot', { incidents: [incident('P2')], checked: {} })),
      start + minute,
    );
    expect(waivable.map((blocker) => blocker.waivable)).toEqual([undefined, undefined, undefined]);
  });
});

describe('a quorum of two', () => {
  const rule = { kind: 'people', roles: ['launch lead', 'ops'], people: 2 } as const;
  const votes = (...people: string[]) => inPhase('pilot', { votes: people.map((by) => ({ by, reason: 'well', at: later })) });

  test('is two different people of the right role', () => {
    expect(enoughVotes(quorum, rule, votes('lead'))).toBe(false);
    expect(enoughVotes(quorum, rule, votes('lead', 'lead', 'lead'))).toBe(false);
    expect(enoughVotes(quorum, rule, votes('lead', 'support'))).toBe(false);
    expect(enoughVotes(quorum, rule, votes('lead', 'ops'))).toBe(true);
  });

  test('is what the gate says it waits for', () => {
    expect(gateBlockers(quorum, votes('lead', 'lead'), later)[0]?.why).toBe('needs go from 2 of: lead, ops (1 so far)');
    expect(gateBlockers(quorum, votes('lead', 'ops'), later)).toEqual([]);
  });
});
