import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, signalProcess } from './process-identity.ts';
import type { StackRecord } from './stack-record.ts';

const STOP_WITHIN_MS = 10_000;

/**
 * Ends the servers of a stack whose owner was killed. Their lifelines are stopping them already; this waits until they are gone, so
 * that the data is free, and kills those that do not go.
 */
export async function endLeftovers(left: StackRecord | undefined): Promise<void> {
  const servers = left?.servers ?? [];
  for (const server of servers) signalProcess(server, 'SIGINT');
  const deadline = Date.now() + STOP_WITHIN_MS;
  while (servers.some(isRunning) && Date.now() < deadline) await pause(20);
  for (const server of servers) signalProcess(server, 'SIGKILL');
  while (servers.some(isRunning)) await pause(20);
}
