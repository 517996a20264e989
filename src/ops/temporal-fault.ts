import { ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed } from './failure.ts';

/** Temporal could not be reached. The launch itself goes on or stands still without us. */
export class TemporalUnreachable extends CommandFailed {
  /** The bare fact, for whoever knows better what it means. */
  readonly what: string;
  constructor(address: string, cause: unknown) {
    const what = `Temporal at ${address} did not answer (${cause instanceof Error ? cause.message : String(cause)})`;
    super(
      `${what}. Nothing was sent to the launch. Start it ("softlaunch up" for the embedded one) or correct TEMPORAL_ADDRESS; "softlaunch rollback" works without it.`,
      { exitCode: exitCodes.unreachable, kind: 'temporal unreachable', cause },
    );
    this.what = what;
  }
}

const DEADLINE_EXCEEDED = 4;
const FAILED_PRECONDITION = 9;

/** The server is there, and nobody behind it took the update in time. */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const cause = error instanceof ServiceError ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return code === DEADLINE_EXCEEDED || code === FAILED_PRECONDITION;
}
