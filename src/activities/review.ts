import { appendJournal } from '../database/journal.ts';
import type { Want } from '../domain/reading.ts';
import { readProbes } from './probing.ts';
import type { Resources } from './resources.ts';

/** The evidence of the review that is not there yet. */
export function reviewActivities(resources: Resources) {
  /** Asks the metrics' probes once more, about everything since `since` (the opening of the internal phase), and writes the answers down for the review. */
  async function recordReview({ launch, since, at }: { launch: string; since: number; at: number }): Promise<void> {
    const plan = await resources.planOf(launch);
    const wants: Record<string, readonly Want[]> = {};
    for (const { source, test } of plan.review.metrics) {
      if (source.kind === 'probe') wants[source.probe] = [...(wants[source.probe] ?? []), { path: source.path, kind: test.kind }];
    }
    const readings = await readProbes(resources, plan, { wants, scope: 'launch', since, at });
    const summary = `The review is due: ${readings.length} probes were asked once more.`;
    await appendJournal(resources.pool, {
      launch,
      entryKey: `review/${at}`,
      at,
      kind: 'review',
      scope: 'launch',
      actor: 'softlaunch',
      summary,
      detail: { since, readings },
    });
  }

  return { recordReview };
}
