import type pg from 'pg';
import { installCarpool } from '../../examples/carpool/install.ts';
import { applyChange, type ChangeOrder } from '../../src/database/change.ts';
import { type LaunchRegistration, registerLaunch } from '../../src/database/launch-record.ts';
import { openPool } from '../../src/database/pool.ts';
import { orderRollback, type RollbackOrder } from '../../src/database/rollback.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { carpool, carpoolText } from '../plan/carpool.ts';
import { testDatabase } from '../support/database.ts';

/** A quiet Sunday morning: the logical time of everything that gives none. */
export const morning = Date.UTC(2026, 0, 11, 9);

export interface CarpoolDatabase {
  /** Superuser's URL. */
  readonly url: string;
  /** Superuser's pool, which is also the owner of schema `softlaunch`. */
  readonly pool: pg.Pool;
  /** The product as it was installed, and no launch that runs. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** The carpool product beside a migrated schema `softlaunch`. */
export async function carpoolDatabase(): Promise<CarpoolDatabase> {
  const database = await testDatabase();
  const pool = openPool(database.url);
  await installCarpool(pool);
  await pool.query('create table kept_flags as table feature_flags; create table kept_communities as table communities');
  return {
    url: database.url,
    pool,
    reset: async () => {
      await pool.query(`
        select softlaunch.end_launch(id, 'abandoned', 'on', 'test', 'the test is over', now()) from softlaunch.launch where ended_at is null;
        delete from feature_flags;
        insert into feature_flags table kept_flags;
        delete from communities c where not exists (select from kept_communities k where k.id = c.id);
        update communities c set settings = k.settings, status = k.status from kept_communities k
        where k.id = c.id and (c.settings, c.status) is distinct from (k.settings, k.status)`);
    },
    close: async () => {
      await pool.end();
      await database.close();
    },
  };
}

/** Read once: a plan is never changed, and reading it takes longer than registering it. */
const strategy = carpool();

/** The carpool plan under another launch id, changed as the test needs. */
export function planNamed(launch: string, more: Partial<Plan> = {}): Plan {
  return { ...strategy, launch, ...more };
}

/** How a launch of this plan is registered. */
export function registrationOf(plan: Plan, more: Partial<LaunchRegistration> = {}): LaunchRegistration {
  const workflowId = `launch/${plan.launch}`;
  return { plan, planHash: `hash of ${plan.launch}`, source: carpoolText, workflowId, startedAt: morning, actor: 'lead', ...more };
}

let launches = 0;

/** A launch that has been registered, and what tests do with it most. */
export async function startLaunch(pool: pg.Pool, more: Partial<Plan> = {}) {
  launches += 1;
  const launch = `carpool-${launches}`;
  await registerLaunch(pool, registrationOf(planNamed(launch, more)));
  let operations = 0;
  return {
    launch,
    /** Writes rows on behalf of the launch, under a key of their own. */
    change: (rows: ChangeOrder['rows'], order: Partial<ChangeOrder> = {}) => {
      operations += 1;
      const operationKey = `operation-${operations}`;
      const whole = { launch, operationKey, fence: 0, scope: 'launch', rows, actor: 'softlaunch', reason: 'Opened internal.', at: morning };
      return applyChange(pool, { ...whole, ...order });
    },
    rollBack: (scope = 'launch', order: Partial<RollbackOrder> = {}) => {
      operations += 1;
      const commandId = `rollback-${operations}`;
      return orderRollback(pool, { launch, scope, reason: 'seats are overbooked', actor: 'omar', commandId, ...order });
    },
  };
}

/** What the internal phase of the plan writes. */
export const everythingOn: ChangeOrder['rows'] = [
  { kind: 'flag', key: 'smart_route_matching', on: true },
  { kind: 'flag', key: 'fair_matching', on: true, settings: { weight_reliability: 0.15 } },
  { kind: 'flag', key: 'reliability_scoring_v2', on: true, settings: { new_user_threshold: 10 } },
  { kind: 'flag', key: 'multi_community', on: true },
];

/** A launch in its internal phase, with everything on and riverside in. */
export async function openLaunch(pool: pg.Pool, more: Partial<Plan> = {}) {
  const started = await startLaunch(pool, more);
  const outcome = await started.change([...everythingOn, { kind: 'community', key: 'riverside', in: true }]);
  if (outcome.outcome === 'refused') throw new Error(outcome.says);
  return started;
}

export interface Flag {
  readonly on: boolean;
  readonly settings: unknown;
}

/** What a flag's row says. */
export async function flag(pool: pg.Pool, key: string): Promise<Flag | undefined> {
  const { rows } = await pool.query<Flag>('select is_enabled as on, metadata as settings from feature_flags where flag_name = $1', [key]);
  return rows[0];
}

/** The flags that are on, by name. */
export async function flagsOn(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>('select flag_name as key from feature_flags where is_enabled order by 1');
  return rows.map(({ key }) => key);
}

/** A community's settings. */
export async function communitySettings(pool: pg.Pool, slug: string): Promise<unknown> {
  const { rows } = await pool.query<{ settings: unknown }>('select settings from communities where slug = $1', [slug]);
  return rows[0]?.settings;
}

/** The slugs of the communities that are in. */
export async function communitiesIn(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ slug: string }>(
    `select slug from communities where settings ->> 'pilot_phase' = 'active' order by 1`,
  );
  return rows.map(({ slug }) => slug);
}

/** The flags' rows as they were installed, or as they are now, to the byte. */
export async function flagRows(pool: pg.Pool, table: 'kept_flags' | 'feature_flags'): Promise<readonly unknown[]> {
  return (await pool.query(`select flag_name, is_enabled, metadata::text from ${table} order by 1`)).rows;
}
