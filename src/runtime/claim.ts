import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** What every claim file says: who holds it. Further fields belong to the holder. */
export interface Claim {
  readonly owner: ProcessIdentity;
  /** Different for every claim ever made. */
  readonly token: string;
}

/** The answer to a claim: it is ours, or a live process has it. */
export type ClaimAnswer<T extends Claim> =
  | { readonly answer: 'ours'; readonly claim: Claim; readonly left: T | undefined }
  | { readonly answer: 'taken'; readonly by: T };

/**
 * Claims a path for this process. Of any number of processes that try at once, exactly one gets it. A claim whose owner has ended
 * is taken over, and returned as `left` so that what the dead owner left behind can be cleaned up.
 */
export async function claimPath<T extends Claim>(path: string): Promise<ClaimAnswer<T>> {
  let left: T | undefined;
  for (;;) {
    const claim = placeClaim(path);
    if (claim !== undefined) return { answer: 'ours', claim, left };
    const holder = readClaim<T>(path);
    if (holder === undefined) continue;
    if (isRunning(holder.owner)) return { answer: 'taken', by: holder };
    if (await removeDeadClaim(path, holder)) left = holder;
  }
}

/** Claims a path as soon as it is free, for the time of one piece of work. */
export async function withClaim<R>(options: { path: string; onWait: () => void }, work: () => Promise<R>): Promise<R> {
  let answer = await claimPath(options.path);
  if (answer.answer === 'taken') options.onWait();
  while (answer.answer === 'taken') {
    await pause(50);
    answer = await claimPath(options.path);
  }
  try {
    return await work();
  } finally {
    releaseClaim(options.path, answer.claim);
  }
}

/** Gives a claim back. Somebody else's claim at the same path stays. */
export function releaseClaim(path: string, claim: Claim): void {
  if (readClaim(path)?.token === claim.token) rmSync(path, { force: true });
}

/** The claim at a path, whoever holds it, alive or dead; `undefined` when there is none. */
export function readClaim<T extends Claim>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { owner: { pid: 0, began: 'unreadable' }, token: 'unreadable' } as T;
    throw error;
  }
}

/** Writes a file so that a reader sees the old content or the new, never half of it. Readable by its owner only. */
export function writeWhole(path: string, content: string): void {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}

/** A link, unlike a create, appears with its whole content, and fails when the path exists. */
function placeClaim(path: string): Claim | undefined {
  const claim: Claim = { owner: ownIdentity(), token: randomUUID() };
  const draft = `${path}.${claim.token}`;
  writeFileSync(draft, JSON.stringify(claim), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return claim;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Two processes may find the same dead claim. If both simply deleted it, the slower one would delete the claim that the faster one has
 * placed since. So removing a dead claim is itself claimed, under a name that only this very claim has.
 */
async function removeDeadClaim(path: string, dead: Claim): Promise<boolean> {
  const removal = `${path}.${dead.token}.removal`;
  const answer = await claimPath(removal);
  if (answer.answer === 'taken') {
    await pause(5);
    return false;
  }
  const stillThere = readClaim(path)?.token === dead.token;
  if (stillThere) rmSync(path, { force: true });
  releaseClaim(removal, answer.claim);
  return stillThere;
}
