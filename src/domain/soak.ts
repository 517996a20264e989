import { formatDuration } from './duration.ts';

/** What one reading of everything watched amounts to. `unknown` is a reading that gave no usable answer. */
export type SoakState = 'healthy' | 'unhealthy' | 'unknown';

/** What an unhealthy reading does to the healthy time so far: sets it back to nothing, or leaves it and does not count meanwhile. */
export type SoakPolicy = 'reset' | 'suspend';

/** Observed time of a phase or community by what the readings at both its ends said. Plain data; durations and instants in milliseconds. */
export interface SoakLedger {
  /** Healthy time that counts towards the soak; under `reset`, since the last unhealthy reading. */
  readonly healthyMs: number;
  /** All unhealthy time since the start; a reset keeps it. */
  readonly unhealthyMs: number;
  /** All time since the start that nobody can vouch for. */
  readonly unknownMs: number;
  /** Logical time of the last reading, or of the start before there was one. Epoch milliseconds. */
  readonly lastAt: number;
  /** What the last reading said; null before the first. */
  readonly lastState: SoakState | null;
  /** Logical time of the first unhealthy reading since the last healthy one; null when that was the last said. */
  readonly unhealthySince: number | null;
}

/** One reading at its logical time, epoch milliseconds. */
export interface SoakReading {
  readonly at: number;
  readonly state: SoakState;
}

/** How a reading counts: `cadenceMs` is the interval in force at that reading. */
export interface SoakRule {
  readonly cadenceMs: number;
  readonly policy: SoakPolicy;
}

/** An empty ledger from `at` (epoch milliseconds) on. Time until the first reading will be unknown. */
export function startSoak(at: number): SoakLedger {
  assertFinite(at, 'The start of a soak');
  return { healthyMs: 0, unhealthyMs: 0, unknownMs: 0, lastAt: at, lastState: null, unhealthySince: null };
}

/**
 * The ledger after one more reading. Time since the reading before is healthy only if both said so and no more than two cadences lie between; unknown
 * if that gap is longer or either end is unknown; else unhealthy. A reading not later than the last changes nothing and returns the same ledger, so
 * a repeated one counts once. Throws a RangeError on an instant or cadence that cannot be. Source: Phase 2, system healthy for 48 h.
 */
export function addReading(ledger: SoakLedger, { at, state }: SoakReading, { cadenceMs, policy }: SoakRule): SoakLedger {
  assertFinite(at, 'A reading');
  if (!(cadenceMs > 0)) throw new RangeError(`A cadence must be above 0 ms, not ${cadenceMs}.`);
  const first = ledger.lastState === null && at === ledger.lastAt;
  if (at <= ledger.lastAt && !first) return ledger;
  const elapsed = at - ledger.lastAt;
  const kind = kindOfInterval(ledger.lastState ?? 'unknown', state, elapsed <= 2 * cadenceMs);
  const healthyMs = ledger.healthyMs + (kind === 'healthy' ? elapsed : 0);
  return {
    healthyMs: state === 'unhealthy' && policy === 'reset' ? 0 : healthyMs,
    unhealthyMs: ledger.unhealthyMs + (kind === 'unhealthy' ? elapsed : 0),
    unknownMs: ledger.unknownMs + (kind === 'unknown' ? elapsed : 0),
    lastAt: at,
    lastState: state,
    unhealthySince: unhealthySince(ledger, { at, state }),
  };
}

/** Says a ledger in one line: `31 h of 48 h healthy, 0 unhealthy, 40 min unknown`. `requiredMs` is the soak the plan wants. */
export function soakText(ledger: SoakLedger, requiredMs: number): string {
  const { healthyMs, unhealthyMs, unknownMs } = ledger;
  return `${time(healthyMs)} of ${time(requiredMs)} healthy, ${time(unhealthyMs)} unhealthy, ${time(unknownMs)} unknown`;
}

/**
 * Earliest logical time (epoch milliseconds) at which the soak can be complete if every reading from here on is healthy: what is missing, and before
 * it one cadence when the last reading was not healthy, for time counts only from a healthy reading. The last reading's time when complete.
 */
export function soakCompleteAt(ledger: SoakLedger, requiredMs: number, cadenceMs: number): number {
  const missing = requiredMs - ledger.healthyMs;
  if (missing <= 0) return ledger.lastAt;
  const recovering = ledger.lastState === 'unhealthy' || ledger.lastState === 'unknown';
  return ledger.lastAt + (recovering ? cadenceMs : 0) + missing;
}

function kindOfInterval(before: SoakState, after: SoakState, watched: boolean): SoakState {
  if (!watched || before === 'unknown' || after === 'unknown') return 'unknown';
  return before === 'healthy' && after === 'healthy' ? 'healthy' : 'unhealthy';
}

function unhealthySince(ledger: SoakLedger, { at, state }: SoakReading): number | null {
  if (state === 'healthy') return null;
  return ledger.unhealthySince ?? (state === 'unhealthy' ? at : null);
}

function time(ms: number): string {
  return ms === 0 ? '0' : formatDuration(ms);
}

function assertFinite(at: number, what: string): void {
  if (!Number.isFinite(at)) throw new RangeError(`${what} must be at a finite instant, not ${at}.`);
}
