/** How often a watch reads in one stretch of time since opening. */
export interface CadenceStep {
  /** Milliseconds between two looks, above 0. */
  readonly everyMs: number;
  /** Milliseconds since opening at which the next step takes over; null for ever. Rising from step to step. */
  readonly untilMs: number | null;
}

/** What decides a watch's next look; instants are logical time in epoch milliseconds. */
export interface LookQuestion {
  readonly steps: readonly CadenceStep[];
  readonly openedAt: number;
  readonly now: number;
  /** What the stagger is derived from, usually the community; looks fall on the bare grid without it. */
  readonly staggerKey?: string | undefined;
}

/**
 * Milliseconds between looks at `sinceOpeningMs`. A step ends where the next begins: at exactly 4 h the hourly step is in force. The last step goes on
 * even if it says when to end, for a watch never stops by running out of plan. Throws a RangeError on steps that are empty or not above 0.
 */
export function cadenceAt(steps: readonly CadenceStep[], sinceOpeningMs: number): number {
  return stretchAt(steps, sinceOpeningMs).everyMs;
}

/**
 * The first look due strictly after `now`, on the grid of the step in force: the step's beginning, plus the stagger, plus whole intervals. Depends on
 * nothing remembered, so looks missed in an outage are not made up for. Across a step boundary the gap lies between the two intervals (when the
 * shorter divides its step). Throws as `cadenceAt` does, and on instants that are not finite.
 */
export function nextLookAt({ steps, openedAt, now, staggerKey }: LookQuestion): number {
  const since = now - openedAt;
  if (!Number.isFinite(since)) throw new RangeError(`The next look after ${now} of a watch opened at ${openedAt} is not defined.`);
  const { everyMs, beginMs, endMs } = stretchAt(steps, since);
  const first = beginMs + (staggerKey === undefined ? 0 : staggerMs(staggerKey, everyMs));
  const due = since < first ? first : first + (Math.floor((since - first) / everyMs) + 1) * everyMs;
  return due < endMs ? openedAt + due : firstLookFrom(steps, endMs, openedAt, staggerKey);
}

/**
 * Milliseconds, from 0 to below `everyMs`, by which this key's looks are late on the grid: the same for one key and interval always, spread evenly
 * over keys, and the same share of every interval. Throws a RangeError on an interval not above 0.
 */
export function staggerMs(key: string, everyMs: number): number {
  assertInterval(everyMs);
  return Math.floor((hash(key) / 2 ** 32) * everyMs);
}

interface Stretch {
  readonly everyMs: number;
  readonly beginMs: number;
  readonly endMs: number;
}

function stretchAt(steps: readonly CadenceStep[], sinceMs: number): Stretch {
  let beginMs = 0;
  for (const [index, { everyMs, untilMs }] of steps.entries()) {
    assertInterval(everyMs);
    const endMs = index === steps.length - 1 || untilMs === null ? Number.POSITIVE_INFINITY : untilMs;
    if (sinceMs < endMs) return { everyMs, beginMs, endMs };
    beginMs = endMs;
  }
  throw new RangeError('A cadence needs at least one step.');
}

/** The first look of the step that begins at `beginMs`, or of a later one when that step is too short for its stagger. */
function firstLookFrom(steps: readonly CadenceStep[], beginMs: number, openedAt: number, staggerKey: string | undefined): number {
  const { everyMs, endMs } = stretchAt(steps, beginMs);
  const first = beginMs + (staggerKey === undefined ? 0 : staggerMs(staggerKey, everyMs));
  return first < endMs ? openedAt + first : firstLookFrom(steps, endMs, openedAt, staggerKey);
}

/** FNV-1a with MurmurHash3's finish: 32 bits, stable across versions of Node, and even for keys that differ only in their last letter. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function assertInterval(everyMs: number): void {
  if (!(Number.isFinite(everyMs) && everyMs > 0)) throw new RangeError(`An interval between looks must be above 0 ms, not ${everyMs}.`);
}
