import { z } from 'zod';
import type { Feature, Plan } from '../domain/plan.ts';
import type { Connection } from './pool.ts';
import { endAnswerRow, launchRow, planRow, readBackRow, registeredRow } from './row-schemas.ts';
import { callFunction, instant, json, queryRows } from './sql-function.ts';

export interface LaunchRegistration {
  readonly plan: Plan;
  readonly planHash: string;
  /** The plan file as it was written. */
  readonly source: string;
  readonly workflowId: string;
  /** Logical time. */
  readonly startedAt: number;
  readonly actor: string;
}

/** `repeated`: it was registered before, and this is the same answer. */
export type RegisteredLaunch = Readonly<z.infer<typeof registeredRow>>;
export type LaunchRecord = Readonly<z.infer<typeof launchRow>>;
export type EndAnswer = Readonly<z.infer<typeof endAnswerRow>>;
/** What stands in the product: `communities` names at most the first hundred of `communitiesIn`. */
export type ReadBack = Readonly<z.infer<typeof readBackRow>>;

export interface LaunchEnd {
  readonly launch: string;
  readonly outcome: 'completed' | 'abandoned' | 'cancelled';
  /** `off`: flags and communities go back first; `on`: everything stays as it is. Claims are released either way. */
  readonly leave: 'on' | 'off';
  readonly actor: string;
  readonly reason: string;
  readonly at: number;
}

/**
 * Records a launch and takes its flags and communities, after checking the product: all or nothing. The same launch under the same plan again gets
 * the same answer.
 *
 * @throws LaunchRefused with every problem; ClaimHeld when another running launch owns something of it.
 */
export function registerLaunch(connection: Connection, registration: LaunchRegistration): Promise<RegisteredLaunch> {
  const { plan, startedAt, planHash, source, workflowId, actor } = registration;
  const { launch, title, product, guards } = plan;
  const features = Object.fromEntries(Object.entries(plan.features).map(([name, feature]) => [name, flagsOf(feature)]));
  const communities = [...new Set(plan.phases.flatMap(({ audience }) => (audience.kind === 'communities' ? audience.communities : [])))];
  const whole = { launch, title, product, guards, features, communities, plan, planHash, source, workflowId, startedAt, actor };
  return callFunction(connection, 'register_launch', registeredRow, [json(whole)]);
}

function flagsOf({ on, off, settings }: Feature) {
  // A flag's name may contain dots, a setting's not.
  return { on, off, settings: [...new Set(Object.keys(settings).map((path) => path.slice(0, path.lastIndexOf('.'))))] };
}

/** Ends a launch, once: asked again, the first answer. @throws RowLocked, WriteNotTaken, NotKnown */
export function endLaunch(connection: Connection, end: LaunchEnd): Promise<EndAnswer> {
  const values = [end.launch, end.outcome, end.leave, end.actor, end.reason, instant(end.at)];
  return callFunction(connection, 'end_launch', endAnswerRow, values);
}

const launchColumns = `id, plan_hash as "planHash", title, workflow_id as "workflowId", started_at as "startedAt", ended_at as "endedAt", outcome, fence`;

/** `undefined` when there is none of that name. */
export async function loadLaunch(connection: Connection, launch: string): Promise<LaunchRecord | undefined> {
  const rows = await queryRows(connection, `select ${launchColumns} from softlaunch.launch where id = $1`, [launch]);
  return rows[0] && launchRow.parse(rows[0]);
}

/** All launches, running ones first, latest first. */
export async function listLaunches(connection: Connection): Promise<readonly LaunchRecord[]> {
  const rows = await queryRows(
    connection,
    `select ${launchColumns} from softlaunch.launch order by ended_at is not null, started_at desc`,
    [],
  );
  return z.array(launchRow).parse(rows);
}

/** The plan a launch was registered with, and its file. `undefined` when there is none of that hash. */
export async function loadPlanRecord(connection: Connection, hash: string): Promise<{ plan: Plan; source: string } | undefined> {
  const rows = await queryRows(connection, 'select hash, plan, source from softlaunch.plan where hash = $1', [hash]);
  if (rows[0] === undefined) return undefined;
  const { plan, source } = planRow.parse(rows[0]);
  // It was a checked plan when it was written, and nobody can change it since: the hash is its key.
  return { plan: plan as unknown as Plan, source };
}

/** What stands in the product now, whoever wrote it. @throws NotKnown */
export function readBack(connection: Connection, launch: string): Promise<ReadBack> {
  return callFunction(connection, 'read_back', readBackRow, [launch]);
}
