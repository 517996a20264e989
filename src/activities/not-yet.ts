import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

/**
 * Ends this attempt of a polling activity without news; the next one comes after the delay. Not a failure: the sentence shows among the pending activities
 * of the Web UI until then.
 */
export function notYet(delayMs: number, says: string): ApplicationFailure {
  const nextRetryDelay = Math.max(1, Math.ceil(delayMs));
  return ApplicationFailure.create({ message: says, type: 'NotYet', nextRetryDelay, category: ApplicationFailureCategory.BENIGN });
}
