import { appendJournal } from '../database/journal.ts';
import { readBack } from '../database/launch-record.ts';
import type { Reading, Want } from '../domain/reading.ts';
import { reviewEntry, reviewProbes } from '../domain/review.ts';
import { communityScope } from '../domain/rollback.ts';
import { readProbes } from './probing.ts';
import type { Resources } from './resources.ts';

/** The evidence of the review that is not there yet. */
export function reviewActivities(resources: Resources) {
  /** Asks the metrics' probes once more, about everything since `since` (the opening of the internal phase), and writes the answers down for the review. */
  async function recordReview({ launch, since, at }: { launch: string; since: number; at: number }): Promise<void> {
    const plan = await resources.planOf(launch);
    const { ofLaunch, ofCommunities } = reviewProbes(plan);
    const ask = (wants: Readonly<Record<string, readonly Want[]>>, scope: string) =>
      readProbes(resources, plan, { wants, scope, since, at });
    const readings: Reading[] = [...(await ask(ofLaunch, 'launch'))];
    const asked = Object.keys(ofCommunities);
    const { communities, communitiesIn } =
      asked.length === 0 ? { communities: [], communitiesIn: 0 } : await readBack(resources.pool, launch);
    for (const community of communities) readings.push(...(await ask(ofCommunities, communityScope(community))));
    if (communitiesIn > communities.length) readings.push(...asked.map((probe) => notAllAsked(probe, { communities, communitiesIn, at })));
    await appendJournal(resources.pool, { launch, entryKey: `review/${at}`, at, ...reviewEntry(readings, since) });
  }

  return { recordReview };
}

/** A sum over some communities would pass for one over all. */
function notAllAsked(
  probe: string,
  { communities, communitiesIn, at }: { readonly communities: readonly string[]; readonly communitiesIn: number; readonly at: number },
): Reading {
  const reason = `Only ${communities.length} of ${communitiesIn} communities were asked.`;
  return { probe, scope: 'launch', at, status: 'unmeasured', reason };
}
