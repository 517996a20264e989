import { describe, expect, test } from 'vitest';
import { blockersText, waveText } from '../../src/ops/render/blockers.ts';
import { agoText, type Clock, dayText, instantText, whenText } from '../../src/ops/render/instant.ts';
import { paintFor } from '../../src/ops/render/paint.ts';
import { turnedBackText } from '../../src/ops/render/rollback.ts';
import { table } from '../../src/ops/render/table.ts';

const now = Date.parse('2026-03-03T10:00:00Z');
const HOUR = 3_600_000;
const clock: Clock = { timezone: 'Europe/Berlin', now, seconds: false };
const plain = paintFor({ isTerminal: false, environment: {} });

describe('an instant', () => {
  test('is said on the clocks of the plan’s zone, with the zone', () => {
    expect(instantText(now, clock)).toBe('Tue 3 Mar 11:00 CET');
    expect(instantText(now, { ...clock, timezone: 'America/New_York', seconds: true })).toMatch(/^Tue 3 Mar 05:00:00 (EST|GMT-5)$/);
    expect(dayText(Date.parse('2026-03-03T23:30:00Z'), clock)).toBe('Wednesday 4 March 2026');
  });

  test.each([
    [3 * HOUR, 'in 3 h'],
    [-20 * 60_000, '20 min ago'],
    [999, 'now'],
    [-61_500, '1 min 1 s ago'],
    [50 * HOUR, 'in 2 d 2 h'],
  ])('%i ms away is said as %s', (ms, text) => {
    expect(agoText(now + ms, now)).toBe(text);
  });

  test('is said both ways where people have to wait for it', () => {
    expect(whenText(now + 3 * HOUR, clock)).toBe('Tue 3 Mar 14:00 CET (in 3 h)');
  });
});

describe('a blocker', () => {
  test('says what, why, for how long, who can change it and when it can end', () => {
    const stay = {
      what: 'minimum stay',
      why: 'pilot lasts at least until then',
      who: 'nobody',
      since: now - HOUR,
      earliestEndAt: now + 47 * HOUR,
    };
    const decision = { what: 'decision', why: 'needs go from 1 of: lead (0 so far)', who: 'launch lead' };
    expect(blockersText([stay, decision], clock, plain).split('\n')).toEqual([
      '  minimum stay  pilot lasts at least until then      for 1 h  ends Thu 5 Mar 10:00 CET (in 47 h) at the earliest',
      '  decision      needs go from 1 of: lead (0 so far)           up to launch lead',
    ]);
  });

  test('of a wave is said beside when the wave is due', () => {
    expect(waveText({ at: now + HOUR, blockers: [] }, clock, plain)).toBe(
      'The next wave joins Tue 3 Mar 12:00 CET (in 1 h) at the earliest',
    );
    expect(waveText({ at: now - HOUR, blockers: ['held by ops: slow', 'incident P1-1 is open'] }, clock, plain)).toBe(
      'The next wave is due, held: held by ops: slow; incident P1-1 is open',
    );
    expect(waveText({ at: undefined, blockers: [] }, clock, plain)).toBeUndefined();
  });
});

describe('colours', () => {
  const coloured = (isTerminal: boolean, environment: Record<string, string>) => paintFor({ isTerminal, environment }).bad('x') !== 'x';

  test('are for terminals, and obey NO_COLOR and dumb terminals', () => {
    expect(coloured(true, {})).toBe(true);
    expect(coloured(false, {})).toBe(false);
    expect(coloured(true, { NO_COLOR: '1' })).toBe(false);
    expect(coloured(true, { TERM: 'dumb' })).toBe(false);
  });

  test('take no place in a table', () => {
    const paint = paintFor({ isTerminal: true, environment: {} });
    const lines = table([
      [paint.bad('a'), 'b'],
      ['long', 'c'],
    ]).split('\n');
    expect(lines[0]).toBe(`  ${paint.bad('a')}     b`);
    expect(lines[1]).toBe('  long  c');
  });
});

test('what a rollback could not do is never left out', () => {
  const answer = {
    turnedOff: ['smart_route_matching'],
    alreadyOff: [],
    restored: [],
    leftOn: [{ what: 'reports', why: 'it was on before the launch' }],
    notRestored: [{ what: 'fair_matching.weight', why: 'somebody changed it by hand to 0.3' }],
    stillOn: ['multi_community'],
  };
  expect(turnedBackText(answer, plain).split('\n')).toEqual([
    '  turned off    smart_route_matching',
    '  left on       reports (it was on before the launch)',
    '  not restored  fair_matching.weight (somebody changed it by hand to 0.3)',
    '  STILL ON      multi_community',
  ]);
});
