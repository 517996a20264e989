import { formatDuration } from '../../domain/duration.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Time as a launch means it, also where its days last minutes: days count from 0, from the midnight that times of day count from. */
export interface LaunchClock {
  readonly midnightAt: number;
  readonly dayMs: number;
}

/** The day of the launch that an instant falls on: 0 is the first. */
export function launchDay({ midnightAt, dayMs }: LaunchClock, at: number): number {
  return Math.floor((at - midnightAt) / dayMs);
}

/** `day 3, 14:20`. */
export function dayAndTime(clock: LaunchClock, at: number): string {
  const sinceMidnight = at - clock.midnightAt - launchDay(clock, at) * clock.dayMs;
  const minutes = Math.floor((sinceMidnight / clock.dayMs) * 24 * 60);
  const two = (part: number) => String(part).padStart(2, '0');
  return `day ${launchDay(clock, at)}, ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** How many times as fast as planned the launch runs. */
export function speedOf({ dayMs }: Pick<LaunchClock, 'dayMs'>): number {
  return DAY_MS / dayMs;
}

/** A duration of the launch as its plan means it: `40 min`, `31 h`, `2 d 4 h`. Minutes count in the first three hours only, and seconds never. */
export function launchDuration(clock: Pick<LaunchClock, 'dayMs'>, ms: number): string {
  const meant = ms * speedOf(clock);
  const unit = meant < 3 * HOUR_MS ? MINUTE_MS : HOUR_MS;
  // Rounding up the last thousandth undoes what dividing by the speed has lost.
  const whole = Math.floor(meant / unit + 0.001) * unit;
  return whole === 0 ? '0 min' : formatDuration(whole);
}
