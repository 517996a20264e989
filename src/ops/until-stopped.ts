import type { Desk } from './shell.ts';

/** Something that was started and must be stopped. */
export interface Stoppable {
  readonly name: string;
  stop(): Promise<void>;
}

/** Resolves when the user wants us to stop (then with undefined), or when something was lost (then with a sentence). */
export function untilStopped({ shell }: Desk, losses: readonly Promise<string>[]): Promise<string | undefined> {
  const interrupted = new Promise<undefined>((resolve) => {
    if (shell.interrupted.aborted) resolve(undefined);
    shell.interrupted.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([interrupted, ...losses]);
}

/** Stops everything in the reverse order of its start, the rest too when one refuses. Answers with what could not be stopped, a sentence each. */
export async function stopAll(started: readonly Stoppable[]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const { name, stop } of [...started].reverse()) {
    await stop().catch((error: unknown) => {
      failures.push(`${name} could not be stopped: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return failures;
}
