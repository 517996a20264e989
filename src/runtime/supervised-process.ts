import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { identifyProcess, type ProcessIdentity, signalProcess } from './process-identity.ts';

/** A server to run as a process of ours. */
export interface ServerCommand {
  /** What people call it, for messages: "PostgreSQL". */
  readonly name: string;
  readonly executable: string;
  readonly arguments: readonly string[];
  /** Everything the server prints is appended to this file. */
  readonly logFile: string;
  /** The signal that asks it to stop in good order. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** Milliseconds it may take to stop before it is killed. */
  readonly stopWithinMs: number;
  /** Added to our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The user to run as; absent means ourselves. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

/** How a server ended. */
export interface ServerEnded {
  readonly name: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** Whether we asked for it. */
  readonly expected: boolean;
}

/** A server that runs, and cannot outlive us: when we end, even by kill -9, it is stopped. */
export interface SupervisedProcess {
  readonly name: string;
  readonly identity: ProcessIdentity;
  /** Resolves, never rejects, when the server has ended, by itself or by `stop`. */
  readonly ended: Promise<ServerEnded>;
  /** Asks the server to stop, kills it when it takes too long, and resolves when it is gone. Safe to call again. */
  stop(): Promise<void>;
}

/** The executable could not be run at all. */
export class ServerCannotRun extends Error {
  override readonly name = 'ServerCannotRun';
  constructor(command: ServerCommand, reason: string) {
    super(`${command.name} cannot be started from ${command.executable}: ${reason}. Check that the file exists and may be executed.`);
  }
}

type LifelineLine = { pid: number } | { failed: string } | { code: number | null; signal: string | null };

/**
 * Runs a server in a process group of its own (so that Ctrl-C does not reach it before we stop it in order), on a lifeline
 * (`lifeline.mjs`). Resolves when the process exists, which does not mean that it answers.
 * @throws ServerCannotRun
 */
export async function superviseServer(command: ServerCommand): Promise<SupervisedProcess> {
  const lifeline = spawnLifeline(command);
  const started = await lifeline.first;
  if (!('pid' in started)) throw new ServerCannotRun(command, 'failed' in started ? started.failed : 'its supervisor ended at once');
  const identity = identifyProcess(started.pid) ?? { pid: started.pid, began: 'ended at once' };
  let expected = false;
  const ended = lifeline.end.then(({ code, signal, told }): ServerEnded => {
    // Somebody killed the lifeline itself: the server is on nobody's line any more, so it is ours to end.
    if (!told) signalProcess(identity, 'SIGKILL');
    return { name: command.name, code, signal, expected };
  });
  const stop = async () => {
    expected = true;
    lifeline.process.stdin?.end();
    await ended;
  };
  return { name: command.name, identity, ended, stop };
}

interface Lifeline {
  readonly process: ChildProcess;
  readonly first: Promise<LifelineLine>;
  readonly end: Promise<{ code: number | null; signal: string | null; told: boolean }>;
}

function spawnLifeline(command: ServerCommand): Lifeline {
  mkdirSync(dirname(command.logFile), { recursive: true });
  const log = openSync(command.logFile, 'a', 0o600);
  const { executable, arguments: words, stopSignal, stopWithinMs, environment, runAs } = command;
  const order = JSON.stringify({ executable, arguments: words, stopSignal, stopWithinMs, environment, ...runAs });
  const lifeline = spawn(process.execPath, [lifelineScript(), order], {
    stdio: ['pipe', 'pipe', log],
    detached: true,
    // Options meant for us (an inspector, a loader of the test runner) would only slow it down or break it.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  closeSync(log);
  lifeline.stdin?.on('error', () => {});
  let last: LifelineLine | undefined;
  const first = new Promise<LifelineLine>((resolve) => {
    const lines = createInterface({ input: lifeline.stdout ?? process.stdin });
    lines.on('line', (line) => {
      last = JSON.parse(line) as LifelineLine;
      resolve(last);
    });
    lifeline.on('error', (error) => resolve({ failed: error.message }));
    lifeline.on('close', (code, signal) => resolve({ code, signal }));
  });
  const end = new Promise<{ code: number | null; signal: string | null; told: boolean }>((resolve) => {
    // `close` and not `exit`: the last line may still be in the pipe.
    lifeline.on('close', (code, signal) => {
      const told = last !== undefined && 'code' in last;
      resolve(told ? { ...(last as { code: number | null; signal: string | null }), told } : { code, signal, told });
    });
  });
  return { process: lifeline, first, end };
}

/** Found through the package itself, so it is the same file whether we run from the sources or from the build. */
function lifelineScript(): string {
  return join(dirname(createRequire(import.meta.url).resolve('softlaunch/package.json')), 'src/runtime/lifeline.mjs');
}
