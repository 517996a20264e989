import { z } from 'zod';

/** Why a launch was not registered: every problem at once, each a sentence. */
export class LaunchRefused extends Error {
  override readonly name = 'LaunchRefused';
  readonly problems: readonly string[];
  constructor(message: string, problems: readonly string[]) {
    super(message);
    this.problems = problems;
  }
}

/** Another running launch owns what this one wants. */
export class ClaimHeld extends Error {
  override readonly name = 'ClaimHeld';
  readonly owner: string;
  readonly kind: 'flag' | 'community' | 'communities';
  /** The flag or community; empty for a whole table of communities. */
  readonly key: string;
  constructor(
    message: string,
    claim: { readonly owner: string; readonly kind: 'flag' | 'community' | 'communities'; readonly key: string },
  ) {
    super(message);
    this.owner = claim.owner;
    this.kind = claim.kind;
    this.key = claim.key;
  }
}

/** No launch, scope, community or rollback of that name; the message names the known ones. */
export class NotKnown extends Error {
  override readonly name = 'NotKnown';
}

/** Somebody holds the rows that are needed. Nothing was changed; trying again is safe. */
export class RowLocked extends Error {
  override readonly name = 'RowLocked';
  /** Server processes that hold them; empty when that could not be found out. */
  readonly pids: readonly number[];
  constructor(message: string, pids: readonly number[]) {
    super(message);
    this.pids = pids;
  }
}

/** The same operation key or command id with other content, or content that means nothing: a mistake of the caller, useless to repeat. */
export class OrderInvalid extends Error {
  override readonly name = 'OrderInvalid';
}

/** The launch has ended, and what was asked is possible on a running one only. */
export class LaunchEnded extends Error {
  override readonly name = 'LaunchEnded';
}

/** A trigger or a policy of the product kept a write from happening. Nothing was changed. */
export class WriteNotTaken extends Error {
  override readonly name = 'WriteNotTaken';
}

const databaseError = z.object({ code: z.string(), message: z.string(), detail: z.string().optional() });
const claimDetail = z.object({ kind: z.enum(['flag', 'community', 'communities']), key: z.string(), owner: z.string() });

/** What our SQL functions raise, as the classes above by SQLSTATE; anything else as it came. */
export function refusalOf(error: unknown): unknown {
  const { success, data } = databaseError.safeParse(error);
  if (!success) return error;
  const { code, message } = data;
  const detail: unknown = code.startsWith('SL') && data.detail !== undefined ? JSON.parse(data.detail) : undefined;
  switch (code) {
    case 'SL001':
      return new LaunchRefused(message, z.array(z.string()).parse(detail));
    case 'SL002':
      return new ClaimHeld(message, claimDetail.parse(detail));
    case 'SL003':
      return new NotKnown(message);
    case 'SL004':
      return new RowLocked(message, z.array(z.number()).parse(detail));
    case 'SL005':
      return new OrderInvalid(message);
    case 'SL006':
      return new LaunchEnded(message);
    case 'SL007':
      return new WriteNotTaken(message);
    case '55P03':
      return new RowLocked(`Somebody holds the rows that are needed (${message}). Nothing was changed; try again.`, []);
    default:
      return error;
  }
}
