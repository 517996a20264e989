import { describe, expect, test } from 'vitest';
import { midnightBefore, phaseWindows, planCalendar } from '../../src/domain/calendar.ts';
import { day, hour, plan, start, withPhase } from './launch-builder.ts';

describe('the midnight before', () => {
  test.each([
    ['Europe/Berlin', '2026-01-12T08:00:00Z', '2026-01-11T23:00:00Z'],
    ['Europe/Berlin', '2026-07-12T08:00:00Z', '2026-07-11T22:00:00Z'],
    ['Europe/Berlin', '2026-01-11T23:00:00Z', '2026-01-11T23:00:00Z'],
    ['Europe/Berlin', '2026-01-11T22:59:59.999Z', '2026-01-10T23:00:00Z'],
    ['UTC', '2028-02-29T00:00:00.001Z', '2028-02-29T00:00:00Z'],
    ['Asia/Kolkata', '2026-01-12T08:00:00Z', '2026-01-11T18:30:00Z'],
    ['America/New_York', '2026-01-12T02:00:00Z', '2026-01-11T05:00:00Z'],
  ])('in %s at %s is %s', (zone, at, midnight) => {
    expect(new Date(midnightBefore(zone, Date.parse(at))).toISOString()).toBe(new Date(midnight).toISOString());
  });

  test('in a zone that there is not cannot be said', () => {
    expect(() => midnightBefore('Europe/Atlantis', start)).toThrow(RangeError);
  });
});

describe('the windows of the phases', () => {
  const windows = (of = plan) =>
    phaseWindows(of, start).map(({ opensAt, closesAt }) => [(opensAt - start) / hour, (closesAt - start) / hour]);

  test('follow each other by their minimum stays, and the last wave gets its 48 h as well', () => {
    // Five days since the internal phase end before the last wave's own two days do.
    expect(windows()).toEqual([
      [0, 0],
      [0, 4],
      [4, 52],
      [52, 148],
      [148, 160],
    ]);
  });

  test('wait for healthy time that counts from an earlier phase, where that takes longest', () => {
    const healthy = { soakMs: 14 * day, since: 'internal', onUnhealthy: 'suspend', ifNot: [] } as const;
    expect(windows(withPhase('expansion', { passesWhen: { healthy } }))[3]).toEqual([52, 14 * 24]);
  });

  test('end at the latest only where every phase before has a maximum stay', () => {
    const latest = phaseWindows(plan, start).map(({ closesAtLatest }) => closesAtLatest && (closesAtLatest - start) / hour);
    expect(latest).toEqual([24, 32, 104, 104 + 7 * 24, undefined]);
  });
});

test('the calendar is in order of time, and all of it is after the start', () => {
  const times = planCalendar(plan, start).map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(Math.min(...times)).toBe(start);
});

test('a wave and the conversation with its admins are a day apart', () => {
  const about = planCalendar(plan, start).filter(({ phase, kind }) => phase === 'expansion' && (kind === 'wave' || kind === 'check-in'));
  expect(about.map(({ at, what }) => [(at - start) / hour - 52, what])).toEqual([
    [0, '2 communities join, 3 in all'],
    [24, 'talk with the admins of 2 communities'],
    [24, '3 communities join, 6 in all'],
    [48, 'talk with the admins of 3 communities'],
    [48, '5 communities join, 11 in all'],
    [72, 'talk with the admins of 5 communities'],
  ]);
});
