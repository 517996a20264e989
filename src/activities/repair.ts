import { appendJournal } from '../database/journal.ts';
import { runRepair } from '../database/repair.ts';
import type { RepairOrder } from '../domain/news.ts';
import type { Resources } from './resources.ts';

/** Mending the product as the plan says. */
export function repairActivities({ pool, planOf }: Resources) {
  /** Runs a named repair and writes down what came of it. Whether it helped shows at the next look. */
  async function repair({ launch, order, key, at }: { launch: string; order: RepairOrder; key: string; at: number }): Promise<void> {
    const sql = (await planOf(launch)).repairs[order.repair];
    if (sql === undefined) throw new Error(`The plan of ${launch} has no repair "${order.repair}".`);
    const outcome = await runRepair(pool, sql);
    const said = outcome.repaired ? `Ran ${order.repair}, for ${order.criterion} is missed.` : `${order.repair} failed: ${outcome.reason}.`;
    await appendJournal(pool, {
      launch,
      entryKey: key,
      at,
      kind: 'repair',
      scope: order.scope,
      actor: 'softlaunch',
      summary: said,
      detail: { ...order, ...outcome },
    });
  }

  return { repair };
}
