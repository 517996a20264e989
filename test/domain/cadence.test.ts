import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cadenceAt, nextLookAt, staggerMs } from '../../src/domain/cadence.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const OPENED = Date.UTC(2026, 0, 5, 9, 7);

/** Every 15 minutes for 4 h, hourly until 24 h, then every 4 h. */
const STEPS = [
  { everyMs: 15 * MIN, untilMs: 4 * HOUR },
  { everyMs: HOUR, untilMs: 24 * HOUR },
  { everyMs: 4 * HOUR, untilMs: null },
];

/** Minutes since opening of the next look after a minute since opening. */
const next = (minute: number, staggerKey?: string) =>
  (nextLookAt({ steps: STEPS, openedAt: OPENED, now: OPENED + minute * MIN, staggerKey }) - OPENED) / MIN;

/** Minutes since opening of all looks in the first `hours`. */
function looks(hours: number, staggerKey?: string): number[] {
  const found: number[] = [];
  for (let minute = next(-1, staggerKey); minute <= hours * 60; minute = next(minute, staggerKey)) found.push(minute);
  return found;
}

describe('the cadence of a watch', () => {
  it.each([
    [0, 15],
    [4 * 60 - 0.001, 15],
    [4 * 60, 60],
    [24 * 60 - 0.001, 60],
    [24 * 60, 240],
    [30 * 24 * 60, 240],
    [-5, 15],
  ])('at %d minutes since opening is one look in %i minutes', (minute, every) => {
    expect(cadenceAt(STEPS, minute * MIN)).toBe(every * MIN);
  });

  it('keeps its last step when the plan says when it ends', () => {
    expect(cadenceAt([{ everyMs: MIN, untilMs: HOUR }], 2 * HOUR)).toBe(MIN);
  });

  it('refuses to be empty or to look without a pause', () => {
    expect(() => cadenceAt([], 0)).toThrow(RangeError);
    expect(() => cadenceAt([{ everyMs: 0, untilMs: null }], 0)).toThrow(RangeError);
    expect(() => staggerMs('oakwood', Number.NaN)).toThrow(RangeError);
    expect(() => nextLookAt({ steps: STEPS, openedAt: OPENED, now: Number.NaN })).toThrow(RangeError);
  });
});

describe('the next look', () => {
  it.each([
    [-1, 0],
    [0, 15],
    [14.99, 15],
    [15, 30],
    [225, 240],
    [239.99, 240],
    [240, 300],
    [23 * 60, 24 * 60],
    [24 * 60, 28 * 60],
    [24 * 60 + 1, 28 * 60],
    [28 * 60, 32 * 60],
  ])('after %d minutes is at %i', (now, due) => {
    expect(next(now)).toBe(due);
  });

  it('comes 16, 20 and 6 times in the three steps of the first two days', () => {
    const minutes = looks(48).filter((minute) => minute < 48 * 60);
    expect(minutes.filter((minute) => minute < 240).length).toBe(16);
    expect(minutes.filter((minute) => minute >= 240 && minute < 1440).length).toBe(20);
    expect(minutes.filter((minute) => minute >= 1440).length).toBe(6);
  });

  it('after an outage is one look, not the missed ones', () => {
    expect(next(137)).toBe(150);
  });

  it('is strictly later, the same whenever it is asked, and never more than the coming interval away, for any community', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 5 * 24 * HOUR }), (key, since) => {
        const now = OPENED + since;
        const due = nextLookAt({ steps: STEPS, openedAt: OPENED, now, staggerKey: key });
        const halfway = now + Math.floor((due - now) / 2);
        expect(due).toBeGreaterThan(now);
        expect(due - now).toBeLessThanOrEqual(cadenceAt(STEPS, due - OPENED));
        expect(nextLookAt({ steps: STEPS, openedAt: OPENED, now: halfway, staggerKey: key })).toBe(due);
      }),
    );
  });

  it('skips a step that is over before its stagger', () => {
    const steps = [
      { everyMs: 15 * MIN, untilMs: HOUR },
      { everyMs: 4 * HOUR, untilMs: HOUR + 1 },
      { everyMs: HOUR, untilMs: null },
    ];
    const due = nextLookAt({ steps, openedAt: OPENED, now: OPENED + HOUR - 1, staggerKey: 'oakwood' });
    expect(due).toBe(OPENED + HOUR + 1 + staggerMs('oakwood', HOUR));
  });
});

describe('the stagger', () => {
  it('is the same for a community always, and another for its neighbour', () => {
    expect(staggerMs('oakwood', 15 * MIN)).toBe(staggerMs('oakwood', 15 * MIN));
    expect(staggerMs('oakwood-1', 15 * MIN)).not.toBe(staggerMs('oakwood-2', 15 * MIN));
  });

  it('spreads a thousand communities over the quarter of an hour, none missing it', () => {
    const perMinute = new Array<number>(15).fill(0);
    for (let i = 0; i < 1000; i++) {
      const minute = Math.floor(staggerMs(`community-${i}`, 15 * MIN) / MIN);
      perMinute[minute] = (perMinute[minute] ?? 0) + 1;
    }
    expect(perMinute.length).toBe(15);
    expect(Math.min(...perMinute)).toBeGreaterThan(35);
    expect(Math.max(...perMinute)).toBeLessThan(110);
  });
});
