import { candidateActivities } from './candidate.ts';
import { driftActivities } from './drift.ts';
import { factActivities } from './facts.ts';
import { journalActivities } from './journal.ts';
import { launchRecordActivities } from './launch-record.ts';
import { lookActivities } from './look.ts';
import { phaseActivities } from './phase.ts';
import { repairActivities } from './repair.ts';
import type { Resources } from './resources.ts';
import { reviewActivities } from './review.ts';
import { rollbackActivities } from './rollback.ts';

/** Everything through which workflows reach the world. */
export function createActivities(resources: Resources) {
  const journal = journalActivities(resources);
  const rollback = rollbackActivities(resources);
  return {
    ...lookActivities(resources, rollback),
    ...phaseActivities(resources, journal),
    ...rollback,
    ...journal,
    ...factActivities(resources),
    ...repairActivities(resources),
    ...candidateActivities(resources),
    ...driftActivities(resources),
    ...launchRecordActivities(resources),
    ...reviewActivities(resources),
  };
}

export type Activities = ReturnType<typeof createActivities>;
