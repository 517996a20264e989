import { join, resolve } from 'node:path';
import { type Claim, readClaim, writeWhole } from './claim.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';

/** Where the servers of a stack answer. Only those that the stack runs itself; a configured one is found through its configuration. */
export interface StackAddresses {
  readonly databaseUrl?: string;
  readonly temporal?: { readonly address: string; readonly namespace: string };
  readonly uiUrl?: string;
}

/** `stack.json`: at the same time the claim on a home and the record of what runs there. Readable by its owner only: it holds a password. */
export interface StackRecord extends Claim {
  /** ISO instant, UTC. */
  readonly startedAt?: string;
  /** The servers, to be ended should their owner and their lifelines die. */
  readonly servers?: readonly ProcessIdentity[];
  /** Absent while the stack is starting. */
  readonly addresses?: StackAddresses;
}

/** Where the record of a home lies. */
export function stackRecordPath(home: string): string {
  return join(resolve(home), 'stack.json');
}

/** Writes the record over the claim that we hold. */
export function writeStackRecord(home: string, record: StackRecord): void {
  writeWhole(stackRecordPath(home), `${JSON.stringify(record, null, 2)}\n`);
}

/** The addresses of the stack that runs in this home; `undefined` when none does, or when it is still starting. */
export function readRunningStack(home: string): StackAddresses | undefined {
  const record = readClaim<StackRecord>(stackRecordPath(home));
  return record?.addresses !== undefined && isRunning(record.owner) ? record.addresses : undefined;
}
