import { type Report, testServerBinary } from './binaries.ts';
import { onFreePort } from './on-free-port.ts';
import { orStop, sizeOf, waitUntilReady } from './readiness.ts';
import { launchSearchAttributes, registerSearchAttributes } from './search-attributes.ts';
import { type SupervisedProcess, superviseServer } from './supervised-process.ts';
import { temporalAnswers } from './temporal-answers.ts';

/** A time-skipping Temporal server for tests, on a free loopback port. Its time is one for all who use it. */
export interface TimeSkippingServer {
  /** `host:port`. */
  readonly address: string;
  readonly server: SupervisedProcess;
  stop(): Promise<void>;
}

/**
 * Starts the time-skipping server; it keeps nothing, and knows the search attributes of a launch. `logFile` is an absolute path.
 * @throws BinaryNotFetched, ConfiguredBinaryMissing, ServerCannotRun, ServerDidNotStart
 */
export async function startTimeSkippingServer({ logFile, report }: { logFile: string; report?: Report }): Promise<TimeSkippingServer> {
  const executable = await testServerBinary(report ?? (() => {}));
  return onFreePort({}, async (port) => {
    const logFrom = sizeOf(logFile);
    const command = { name: 'The time-skipping server', executable, arguments: [String(port)], logFile };
    const server = await superviseServer({ ...command, stopSignal: 'SIGTERM', stopWithinMs: 2000 });
    const address = `127.0.0.1:${port}`;
    await waitUntilReady({ server, logFile, logFrom, answers: () => temporalAnswers({ address }), withinMs: 30_000 });
    const register = { address, namespace: 'default', attributes: launchSearchAttributes };
    await orStop(server, () => registerSearchAttributes(register));
    return { address, server, stop: () => server.stop() };
  });
}
