import type pg from 'pg';
import { loadLaunch, loadPlanRecord } from '../database/launch-record.ts';
import type { RollbackLine } from '../database/rollback-line.ts';
import type { Plan } from '../domain/plan.ts';

/** What activities reach the world through: one set for each worker process. */
export interface Resources {
  readonly pool: pg.Pool;
  /** Where probes are asked: sessions of their own, with rights of their own. */
  readonly probePool: pg.Pool;
  readonly rollbackLine: RollbackLine;
  /** The plan that a launch was registered with. */
  readonly planOf: (launch: string) => Promise<Plan>;
}

/** A launch runs that was never registered in this database: its worker is connected to another one. */
export class LaunchNotRegistered extends Error {
  override readonly name = 'LaunchNotRegistered';
  constructor(launch: string) {
    super(
      `Launch "${launch}" is not registered in this database, so nothing is known of its plan. Is the worker connected to the right database?`,
    );
  }
}

/** Reads plans once: a launch keeps the plan it was registered with. */
export function planReader(pool: pg.Pool): Resources['planOf'] {
  const known = new Map<string, Plan>();
  return async (launch) => {
    const cached = known.get(launch);
    if (cached) return cached;
    const record = await loadLaunch(pool, launch);
    const plan = record && (await loadPlanRecord(pool, record.planHash))?.plan;
    if (!plan) throw new LaunchNotRegistered(launch);
    known.set(launch, plan);
    return plan;
  };
}
