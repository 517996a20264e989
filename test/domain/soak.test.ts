import { describe, expect, it } from 'vitest';
import {
  addReading,
  type SoakLedger,
  type SoakPolicy,
  type SoakState,
  soakCompleteAt,
  soakText,
  startSoak,
} from '../../src/domain/soak.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const OPENED = Date.UTC(2026, 0, 5, 9);

const at = (minutes: number) => OPENED + minutes * MIN;

/** A ledger after readings at minutes since opening, looked at every 15 minutes. */
function soaked(readings: readonly (readonly [number, SoakState])[], policy: SoakPolicy = 'reset'): SoakLedger {
  const add = (ledger: SoakLedger, [minutes, state]: readonly [number, SoakState]) =>
    addReading(ledger, { at: at(minutes), state }, { cadenceMs: 15 * MIN, policy });
  return readings.reduce(add, startSoak(OPENED));
}

const every15 = (from: number, to: number, state: SoakState = 'healthy') =>
  Array.from({ length: (to - from) / 15 + 1 }, (_, i) => [from + i * 15, state] as const);

const minutes = (ledger: SoakLedger) => [ledger.healthyMs / MIN, ledger.unhealthyMs / MIN, ledger.unknownMs / MIN];

describe('a soak', () => {
  it('of 193 healthy readings over 48 h is complete', () => {
    const ledger = soaked(every15(0, 48 * 60));
    expect(minutes(ledger)).toEqual([48 * 60, 0, 0]);
    expect(soakText(ledger, 48 * HOUR)).toBe('48 h of 48 h healthy, 0 unhealthy, 0 unknown');
    expect(soakCompleteAt(ledger, 48 * HOUR, 15 * MIN)).toBe(ledger.lastAt);
  });

  it('is never complete before the first reading, however long ago it started', () => {
    expect(minutes(startSoak(OPENED))).toEqual([0, 0, 0]);
    expect(minutes(soaked([[600, 'healthy']]))).toEqual([0, 0, 600]);
  });

  it('counts a gap at the start as unknown, be it shorter than a cadence', () => {
    expect(minutes(soaked(every15(15, 60)))).toEqual([45, 0, 15]);
    expect(minutes(soaked(every15(0, 60)))).toEqual([60, 0, 0]);
  });

  it('counts a gap in the middle as unknown only above two cadences', () => {
    expect(minutes(soaked([...every15(0, 60), ...every15(90, 120)]))).toEqual([120, 0, 0]);
    expect(minutes(soaked([...every15(0, 60), ...every15(91, 121)]))).toEqual([90, 0, 31]);
  });

  it('does not count time after the last reading, so a gap at the end earns nothing until it is closed', () => {
    const before = soaked(every15(0, 60));
    const closed = addReading(before, { at: at(300), state: 'healthy' }, { cadenceMs: 15 * MIN, policy: 'reset' });
    expect(minutes(before)).toEqual([60, 0, 0]);
    expect(minutes(closed)).toEqual([60, 0, 240]);
  });

  it('counts both sides of a reading without an answer as unknown and keeps the healthy time', () => {
    expect(minutes(soaked([...every15(0, 60), [75, 'unknown'], ...every15(90, 120)]))).toEqual([90, 0, 30]);
  });

  it('calls a gap above two cadences unknown even between two unhealthy readings', () => {
    expect(minutes(soaked(every15(0, 30, 'unhealthy')))).toEqual([0, 30, 0]);
    expect(
      minutes(
        soaked([
          [0, 'unhealthy'],
          [31, 'unhealthy'],
        ]),
      ),
    ).toEqual([0, 0, 31]);
  });

  it('starts over on an unhealthy reading when the plan says reset, and keeps the unhealthy time', () => {
    const ledger = soaked([...every15(0, 60), [75, 'unhealthy'], ...every15(90, 120)], 'reset');
    expect(minutes(ledger)).toEqual([30, 30, 0]);
    expect(minutes(soaked([...every15(0, 60), [75, 'unhealthy']], 'reset'))).toEqual([0, 15, 0]);
  });

  it('keeps its healthy time through an unhealthy reading when the plan says suspend', () => {
    expect(minutes(soaked([...every15(0, 60), [75, 'unhealthy'], ...every15(90, 120)], 'suspend'))).toEqual([90, 30, 0]);
  });

  it('starts over on an unhealthy reading after a gap as well', () => {
    expect(minutes(soaked([...every15(0, 60), [300, 'unhealthy']], 'reset'))).toEqual([0, 0, 240]);
  });

  it('remembers since when it is unhealthy until a healthy reading', () => {
    const ill = soaked([
      [0, 'healthy'],
      [15, 'unhealthy'],
      [30, 'unhealthy'],
      [45, 'unknown'],
      [60, 'unhealthy'],
    ]);
    expect(ill.unhealthySince).toBe(at(15));
    expect(addReading(ill, { at: at(75), state: 'healthy' }, { cadenceMs: 15 * MIN, policy: 'reset' }).unhealthySince).toBeNull();
  });

  it.each(['reset', 'suspend'] as const)('counts a repeated or late reading once (%s)', (policy) => {
    const ledger = soaked(every15(0, 60), policy);
    for (const minute of [60, 45, 0, -15]) {
      for (const state of ['healthy', 'unhealthy', 'unknown'] as const) {
        expect(addReading(ledger, { at: at(minute), state }, { cadenceMs: 15 * MIN, policy })).toBe(ledger);
      }
    }
    const opening = soaked([[0, 'healthy']], policy);
    expect(addReading(opening, { at: OPENED, state: 'unhealthy' }, { cadenceMs: 15 * MIN, policy })).toBe(opening);
  });

  it('accounts for every minute exactly once when the plan says suspend', () => {
    const states: SoakState[] = ['healthy', 'unhealthy', 'unknown', 'healthy', 'healthy', 'unknown', 'unhealthy', 'unhealthy'];
    const ledger = soaked(
      states.map((state, i) => [i * 7 + i * i, state] as const),
      'suspend',
    );
    expect(minutes(ledger).reduce((sum, part) => sum + part)).toBe((ledger.lastAt - OPENED) / MIN);
  });

  it('survives being written down and read back', () => {
    const ledger = soaked([...every15(0, 60), [75, 'unhealthy']]);
    expect(JSON.parse(JSON.stringify(ledger))).toEqual(ledger);
  });

  it('says 31 h of 48 h healthy, 0 unhealthy, 40 min unknown', () => {
    const ledger = { ...startSoak(OPENED), healthyMs: 31 * HOUR, unknownMs: 40 * MIN };
    expect(soakText(ledger, 48 * HOUR)).toBe('31 h of 48 h healthy, 0 unhealthy, 40 min unknown');
  });

  it('can be complete after what is missing, one cadence later when the last reading was not healthy', () => {
    const complete = (ledger: SoakLedger) => (soakCompleteAt(ledger, 48 * HOUR, 15 * MIN) - OPENED) / HOUR;
    expect(complete(startSoak(OPENED))).toBe(48);
    expect(complete(soaked(every15(0, 60)))).toBe(48);
    expect(complete(soaked([...every15(0, 60), [75, 'unknown']]))).toBe(48.5);
    expect(complete(soaked([...every15(0, 60), [75, 'unhealthy']]))).toBe(49.5);
  });

  it('refuses an instant or a cadence that cannot be', () => {
    const rule = { cadenceMs: 15 * MIN, policy: 'reset' } as const;
    expect(() => startSoak(Number.NaN)).toThrow(RangeError);
    expect(() => addReading(startSoak(OPENED), { at: Number.NaN, state: 'healthy' }, rule)).toThrow(RangeError);
    expect(() => addReading(startSoak(OPENED), { at: OPENED, state: 'healthy' }, { ...rule, cadenceMs: 0 })).toThrow(RangeError);
  });
});
