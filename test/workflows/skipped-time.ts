import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';

/** The time of a time-skipping server. */
export interface SkippedTime {
  /** Lets time pass, as fast as the work that falls into it is done. */
  pass(ms: number): Promise<void>;
  /** Logical time in milliseconds since 1970. */
  now(): Promise<number>;
}

/** How long time stands before it is asked whether anybody works. Machine time. */
const patienceMs = 1_500;

/**
 * Time is skipped only while no activity runs. The server forgets to say that one has ended when its workflow was over first, and then time stands still for
 * as long as the attempt was allowed to take; so when it stands although nobody works, that is said for it.
 */
export function skippedTime(connection: Connection, isWorking: () => Promise<boolean>): SkippedTime {
  const service = connection.testService;
  if (!service) throw new Error('This server does not skip time.');
  const now = async () => {
    const { time } = await service.getCurrentTime({});
    return Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
  };
  const pass = async (ms: number) => {
    const done = new AbortController();
    const watching = unblock(done.signal);
    await service.unlockTimeSkippingWithSleep({ duration: { seconds: Math.floor(ms / 1000) as never, nanos: (ms % 1000) * 1_000_000 } });
    done.abort();
    await watching;
  };
  const unblock = async (signal: AbortSignal) => {
    for (;;) {
      const before = await now();
      if (await pause(patienceMs, false, { signal }).catch(() => true)) return;
      const stands = (await now()) - before < 2 * patienceMs;
      if (stands && !(await isWorking()) && !signal.aborted) await service.unlockTimeSkipping({});
    }
  };
  return { pass, now };
}
