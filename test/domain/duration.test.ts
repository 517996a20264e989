import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/domain/duration.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;

describe('saying a duration', () => {
  it.each([
    [0, '0 s'],
    [350, '350 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [1_500, '1 s 500 ms'],
    [45_000, '45 s'],
    [59_999, '59 s 999 ms'],
    [40 * MIN, '40 min'],
    [90 * MIN, '1 h 30 min'],
    [31 * HOUR, '31 h'],
    [31 * HOUR + 59_999, '31 h'],
    [48 * HOUR - 1, '47 h 59 min'],
    [48 * HOUR, '48 h'],
    [49 * HOUR, '2 d 1 h'],
    [52 * HOUR, '2 d 4 h'],
    [48 * HOUR + MIN, '2 d'],
    [120 * HOUR, '5 d'],
    [-40 * MIN, '-40 min'],
  ])('says %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('refuses a duration that is not a number', () => {
    expect(() => formatDuration(Number.NaN)).toThrow(RangeError);
    expect(() => formatDuration(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });
});

describe('reading a duration of the plan', () => {
  it.each([
    ['15m', 15 * MIN],
    ['1.5h', 90 * MIN],
    ['48h', 48 * HOUR],
    ['7d', 168 * HOUR],
    ['0s', 0],
    ['1.1h', 3_960_000],
    ['250ms', 250],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '15',
    'm',
    '15 m',
    ' 15m',
    '15m ',
    '-15m',
    '+1h',
    '1e3s',
    '.5h',
    '5.h',
    '1h30m',
    '15M',
    '15min',
    '0.5ms',
    '1,5h',
    '9999999999999d',
  ])('refuses “%s”', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('reads back every whole number of every unit', () => {
    const units = { ms: 1, s: 1_000, m: MIN, h: HOUR, d: 24 * HOUR };
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom('ms', 's', 'm', 'h', 'd'), (count, unit) => {
        expect(parseDuration(`${count}${unit}`)).toBe(count * units[unit]);
      }),
    );
  });
});
