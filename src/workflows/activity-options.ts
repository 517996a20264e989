import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const second = 1_000;

/**
 * A worker says every second that an activity is still alive, so one that was killed is noticed within the heartbeat's timeout, and a look that it took along
 * is taken again some ten seconds later.
 */
const alive = { startToCloseTimeout: 60 * second, heartbeatTimeout: 8 * second };

/**
 * Polling: an attempt that has no news fails with the time of the next look, so only that carries the cadence. The policy's own interval is short, for it
 * counts when a server dies between handing an attempt out and storing its answer. A rollback must not wait for a look: cancelled at once.
 */
export const polling = proxyActivities<Pick<Activities, 'watch' | 'proveProbes' | 'proveRollback'>>({
  ...alive,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: 2 * second, backoffCoefficient: 1 },
});

/** Everything else, tried until it is done: what keeps failing shows among the pending activities, with the reason. */
export const writing = proxyActivities<Omit<Activities, 'watch' | 'proveProbes' | 'proveRollback'>>({
  ...alive,
  retry: { initialInterval: second, backoffCoefficient: 2, maximumInterval: 10 * second },
});
