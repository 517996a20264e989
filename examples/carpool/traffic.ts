import pg from 'pg';
import { goodDay, type TrafficDials } from './dials.ts';
import { loadPlaces, type Place } from './places.ts';
import { createRandom } from './random.ts';
import { readCarpoolSql } from './sql-file.ts';
import { planTick, type TickPlan } from './tick-plan.ts';

/** How traffic is made. Everything has a default: a good day, in real time, four ticks a second. */
export interface TrafficOptions {
  /** The dials to start with; what is left out is as on a good day. */
  readonly dials?: Partial<TrafficDials>;
  /** The instant written on all that happens in a tick. */
  readonly clock?: () => Date;
  /** Milliseconds from tick to tick; 0 means that only the caller ticks. */
  readonly tickMilliseconds?: number;
  /** The same seed on a fresh installation gives the same people, outcomes and ids in each community. */
  readonly seed?: string;
}

/** What one tick wrote. */
export interface TickSummary {
  readonly rides: number;
  readonly bookings: number;
  readonly recommendations_shown: number;
  readonly recommendations_closed: number;
  readonly complaints: number;
  readonly job_runs: number;
}

/** Traffic that runs until it is stopped. */
export interface Traffic {
  /** Turn these at any time; the next tick obeys. */
  readonly dials: TrafficDials;
  /** Ticks once more, after a tick under way; fails as the database does. */
  tick(): Promise<TickSummary>;
  /** Why the latest tick on the timer failed; absent while all goes well. Traffic goes on and tries again, as people do. */
  readonly lastError: Error | undefined;
  /** Ends after the tick under way. */
  stop(): Promise<void>;
}

/** After a longer pause than this, what was not done meanwhile is not made up for. */
const longestCatchUpSeconds = 2;
const secondsUntilClosed = 1;

/**
 * Lets the carpool's people and jobs live: rides, bookings, recommendations, complaints, job runs, for every active community.
 *
 * Takes a pool, or a URL for which it opens one connection and closes it in `stop`. Costs one round trip per tick.
 */
export async function startTraffic(database: pg.Pool | string, options: TrafficOptions = {}): Promise<Traffic> {
  const pool = typeof database === 'string' ? new pg.Pool({ connectionString: database, max: 1 }) : database;
  // A pool without a listener ends the process when an idle connection breaks; the next tick reports it instead.
  if (typeof database === 'string') pool.on('error', () => {});
  const dials: TrafficDials = { ...goodDay(), ...options.dials };
  const clock = options.clock ?? (() => new Date());
  const tickMilliseconds = options.tickMilliseconds ?? 250;
  const sql = await readCarpoolSql('tick.sql');
  const places = await loadPlaces(pool, options.seed ?? 'carpool');
  const jobRandom = createRandom(`${options.seed ?? 'carpool'}/jobs`);

  let previousTickAt: number | undefined;
  let underWay: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let lastError: Error | undefined;
  let stopped = false;

  async function tickNow(): Promise<TickSummary> {
    const at = clock();
    const elapsedSeconds = previousTickAt === undefined ? (tickMilliseconds || 250) / 1000 : (at.getTime() - previousTickAt) / 1000;
    previousTickAt = at.getTime();
    const plan = planTick({ places, dials, jobRandom, at, elapsedSeconds: Math.min(Math.max(elapsedSeconds, 0), longestCatchUpSeconds) });
    const { rows } = await pool.query<TickSummary>({ name: 'carpool tick', text: sql, values: tickValues(plan) });
    rememberRides(places, plan);
    return rows[0] as TickSummary;
  }

  function tick(): Promise<TickSummary> {
    const next = underWay.then(tickNow);
    underWay = next.catch(() => {});
    return next;
  }

  function schedule(): void {
    if (stopped || tickMilliseconds === 0) return;
    timer = setTimeout(async () => {
      try {
        await tick();
        lastError = undefined;
      } catch (error) {
        lastError = error instanceof Error ? error : new Error(String(error));
      }
      schedule();
    }, tickMilliseconds);
  }

  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    clearTimeout(timer);
    await underWay;
    if (typeof database === 'string') await pool.end();
  }

  schedule();
  return {
    dials,
    tick,
    stop,
    get lastError() {
      return lastError;
    },
  };
}

/** Only rides that were really written may be recommended later. */
function rememberRides(places: readonly Place[], plan: TickPlan): void {
  const latest = new Map(plan.rides.map((ride) => [ride.community, ride.id]));
  for (const place of places) place.latestRide = latest.get(place.community) ?? place.latestRide;
}

function tickValues(plan: TickPlan): unknown[] {
  const lists = [plan.communities, plan.rides, plan.attempts, plan.recommendations, plan.complaints];
  return [plan.at, ...lists.map((list) => JSON.stringify(list)), plan.job, secondsUntilClosed];
}
