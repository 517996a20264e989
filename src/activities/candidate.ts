import { activityInfo } from '@temporalio/activity';
import { readCandidates } from '../database/candidate.ts';
import { rankCandidates, type Taken } from '../domain/candidate.ts';
import type { Resources } from './resources.ts';

/** How often the product is asked before people are: with the pauses between, some 35 seconds. */
const patientAttempts = 7;

/** Who joins next, or why nobody could be picked. */
export type Picked = { readonly communities: readonly string[] } | { readonly problem: string };

/** Finding communities for a wave. */
export function candidateActivities({ probePool, planOf }: Resources) {
  /**
   * The best suited communities that may join, at most `add` of them. A product that cannot be asked is asked again for half a minute or so; an outage must
   * not cost a wave its place.
   */
  async function pickCommunities({ launch, add, taken }: { launch: string; add: number; taken: Taken }): Promise<Picked> {
    const { candidates } = await planOf(launch);
    const answer = await readCandidates(probePool, candidates);
    if (!answer.answered) {
      if (activityInfo().attempt < patientAttempts) throw new Error(`It could not be asked who may join: ${answer.reason}`);
      return { problem: answer.reason };
    }
    const able = rankCandidates(candidates, answer.rows, taken).filter(({ mayJoin }) => mayJoin);
    return { communities: able.slice(0, add).map(({ community }) => community) };
  }

  return { pickCommunities };
}
