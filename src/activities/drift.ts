import { adoptDrift, findDrift } from '../database/drift.ts';
import type { Resources } from './resources.ts';

/** What was done to the product by hand. */
export function driftActivities({ pool }: Resources) {
  /** A person chose to go on with everything that was done by hand: the launch expects it from now on. What cannot be kept (a row that is gone) stays drift. */
  async function keepDrift({
    launch,
    by,
    reason,
    commandId,
    at,
  }: {
    launch: string;
    by: string;
    reason: string;
    commandId: string;
    at: number;
  }): Promise<void> {
    for (const { kind, key, what } of await findDrift(pool, launch)) {
      if (what === 'row deleted' || what === 'guard violated') continue;
      await adoptDrift(pool, { launch, kind, key, actor: by, reason, commandId: `${commandId}/${kind}/${key}`, at });
    }
  }

  return { keepDrift };
}
