import type { JournalEntry, LaunchState } from './launch.ts';
import type { RollbackOrder } from './rollback.ts';

/** What was looked up for a command before it was decided. */
export interface Facts {
  /** Distinct people who reported the same issue, by the trigger's window in milliseconds, this report included. */
  readonly reporters?: Readonly<Record<number, number>>;
  /** Why a change of a setting was refused by the database or for want of evidence. */
  readonly refusedChange?: string;
}

/** A command that is accepted: where the launch stands then, and what is turned off at once. */
export interface Accepted {
  readonly state: LaunchState;
  readonly says: string;
  readonly order?: RollbackOrder;
  readonly detail?: JournalEntry['detail'];
}

/** What deciding a command comes to. A refusal is a sentence that says what is possible now. */
export type Outcome = { readonly refusal: string } | Accepted;
