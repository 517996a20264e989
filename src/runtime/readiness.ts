import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { SupervisedProcess } from './supervised-process.ts';

/** A server was started and ended, or did not answer in time. It runs no more. */
export class ServerDidNotStart extends Error {
  override readonly name = 'ServerDidNotStart';
  /** Whether its port was taken by somebody else in the meantime: worth another try on another port. */
  readonly portTaken: boolean;
  constructor(server: string, reason: string, logFile: string, printed: string) {
    super(`${server} did not start: ${reason}. ${lastWords(printed)}Its log is ${logFile}.`);
    this.portTaken = /address already in use|Failed to bind|port .* already/i.test(printed);
  }
}

/** How to see that a server answers. */
export interface Readiness {
  readonly server: SupervisedProcess;
  readonly logFile: string;
  /** Size of the log in bytes before the server was started; what follows is quoted when it fails. */
  readonly logFrom: number;
  /** Asks the server something real. `false` or an exception both mean "not yet". */
  readonly answers: () => Promise<boolean>;
  readonly withinMs: number;
}

const POLL_MS = 10;

/** Waits until the server answers. @throws ServerDidNotStart when it ends first or takes too long; it is stopped then. */
export async function waitUntilReady(readiness: Readiness): Promise<void> {
  const { server, answers, withinMs } = readiness;
  let ended = false;
  void server.ended.then(() => {
    ended = true;
  });
  const deadline = Date.now() + withinMs;
  while (!(await answers().catch(() => false))) {
    if (ended) throw didNotStart(readiness, 'it ended at once');
    if (Date.now() > deadline) {
      await server.stop();
      throw didNotStart(readiness, `it did not answer within ${withinMs / 1000} s`);
    }
    await pause(POLL_MS);
  }
  if (ended) throw didNotStart(readiness, 'it ended at once');
}

/** Does the last piece of work of a start; when it fails, the server that nobody will get is stopped before the failure is passed on. */
export async function orStop<R>(server: SupervisedProcess, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Size of a file in bytes, 0 when it does not exist. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function didNotStart({ server, logFile, logFrom }: Readiness, reason: string): ServerDidNotStart {
  const printed = existsSync(logFile) ? readFileSync(logFile).subarray(logFrom).toString('utf8') : '';
  return new ServerDidNotStart(server.name, reason, logFile, printed);
}

function lastWords(printed: string): string {
  const lines = printed.trim().split('\n').slice(-4).join(' | ');
  return lines === '' ? '' : `It said last: ${lines}. `;
}
