const MS = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1_000, ms: 1 } as const;
const UNITS = ['d', 'h', 'min', 's', 'ms'] as const;
const WRITTEN = { ms: MS.ms, s: MS.s, m: MS.min, h: MS.h, d: MS.d } as const;

/**
 * Says a duration (milliseconds) in its two largest units: `350 ms`, `45 s`, `40 min`, `31 h`, `2 d 4 h`. Days begin above 48 h. What is smaller is
 * cut, not rounded, so that 47 h 59 min of health never reads as 48 h. Throws a RangeError on a number that is not finite.
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) throw new RangeError(`A duration must be a finite number of milliseconds, not ${ms}.`);
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1) return '0 s';
  const first = UNITS.findIndex((unit) => (unit === 'd' ? ms > 2 * MS.d : ms >= MS[unit]));
  let rest = ms;
  const parts: string[] = [];
  for (const unit of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / MS[unit]);
    rest -= count * MS[unit];
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ');
}

/**
 * Milliseconds of a duration as a plan writes it: a whole or decimal number and `ms`, `s`, `m`, `h` or `d` with nothing between (`15m`, `1.5h`).
 * Undefined when it is anything else, or not a whole number of milliseconds.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const exact = Number(match[1]) * WRITTEN[match[2] as keyof typeof WRITTEN];
  const ms = Math.round(exact);
  return Number.isSafeInteger(ms) && Math.abs(exact - ms) < 1e-6 ? ms : undefined;
}
