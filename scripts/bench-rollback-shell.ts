import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openListeners } from './bench-listeners.ts';
import type { BenchProduct } from './bench-rollback-product.ts';

const program = fileURLToPath(new URL('bin/softlaunch.js', import.meta.resolve('softlaunch/package.json')));

/** From starting the process `softlaunch rollback` to hearing that its transaction is committed, in milliseconds. Nothing answers at its Temporal address. */
export async function measureShell(product: BenchProduct, launch: string, samples: number): Promise<readonly number[]> {
  const listeners = await openListeners(product.url, 1);
  const times: number[] = [];
  try {
    for (let index = 0; index < samples; index += 1) {
      await product.turnOn(launch);
      await listeners.drain();
      const off = listeners.hear(launch);
      const begun = performance.now();
      const ended = runRollback(product.url, launch);
      await Promise.race([off, ended]);
      times.push(performance.now() - begun);
      await ended;
      if (!(await product.isOff())) throw new Error('softlaunch rollback ended, and a flag is still on.');
    }
  } finally {
    await listeners.close();
  }
  return times;
}

/** Resolves when the process has ended; it may say that nobody could be told. */
function runRollback(databaseUrl: string, launch: string): Promise<void> {
  const env = { ...process.env, DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: '127.0.0.1:9' };
  const words = ['rollback', launch, '--by', 'ops', '--reason', 'seats are overbooked'];
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], { env }, () => resolve());
  });
}
