import { formatDuration } from '../../domain/duration.ts';

/** How instants are shown: in whose zone, seen from when, and with seconds where a whole day takes only minutes. */
export interface Clock {
  /** IANA zone. */
  readonly timezone: string;
  /** Epoch milliseconds; what is near to it is said as "in 3 h". */
  readonly now: number;
  readonly seconds: boolean;
}

/** The clock of a plan: scaled plans need seconds. */
export function clockOf(plan: { readonly timezone: string; readonly dayMs: number }, now: number): Clock {
  return { timezone: plan.timezone, now, seconds: plan.dayMs < 86_400_000 };
}

/**
 * From when an answer of a launch is seen. Its own time stands still between its steps, so the wall clock is mostly ahead; only where time is
 * skipped is the launch ahead of the clock.
 */
export function seenAt({ at }: { readonly at: number }, now: number): number {
  return Math.max(at, now);
}

/** `Tue 3 Mar 14:20 CET`. */
export function instantText(at: number, { timezone, seconds }: Clock): string {
  const part = partsOf(at, timezone);
  const time = `${part('hour')}:${part('minute')}${seconds ? `:${part('second')}` : ''}`;
  return `${part('weekday')} ${part('day')} ${part('month')} ${time} ${part('timeZoneName')}`;
}

/** `14:20`, with seconds where the clock wants them. */
export function timeOfDayText(at: number, { timezone, seconds }: Clock): string {
  const part = partsOf(at, timezone);
  return `${part('hour')}:${part('minute')}${seconds ? `:${part('second')}` : ''}`;
}

/** `Tuesday 3 March 2026`: the day an instant falls on in the zone. */
export function dayText(at: number, { timezone }: Pick<Clock, 'timezone'>): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  return format.format(at).replace(',', '');
}

/** `Tue 3 Mar 14:20 CET (in 3 h)`, `… (2 d ago)`, `… (now)`. */
export function whenText(at: number, clock: Clock): string {
  return `${instantText(at, clock)} (${agoText(at, clock.now)})`;
}

/** `in 3 h`, `20 min ago`, `now`. */
export function agoText(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 1000) return 'now';
  const largest = (duration: number) => formatDuration(duration - (duration % 1000));
  return ms > 0 ? `in ${largest(ms)}` : `${largest(-ms)} ago`;
}

function partsOf(at: number, timezone: string): (type: Intl.DateTimeFormatPartTypes) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  const parts = format.formatToParts(at);
  return (type) => parts.find((part) => part.type === type)?.value ?? '';
}
