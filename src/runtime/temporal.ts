import type { Report } from './binaries.ts';
import { temporalBinary } from './binaries.ts';
import { freePort, isPortFree } from './free-port.ts';
import { onFreePort } from './on-free-port.ts';
import { orStop, sizeOf, waitUntilReady } from './readiness.ts';
import { launchSearchAttributes, registerSearchAttributes } from './search-attributes.ts';
import { type SupervisedProcess, superviseServer } from './supervised-process.ts';
import { temporalAnswers } from './temporal-answers.ts';

/** What to start. Paths are absolute. */
export interface TemporalOptions {
  readonly logFile: string;
  /** The file that keeps the workflows over restarts; absent, they live as long as the server. */
  readonly databaseFile?: string;
  /** The loopback port to use when it is free; absent, any free one. */
  readonly preferredPort?: number;
  /** The Web UI: its port when that is free, or `none`; absent, any free port. */
  readonly ui?: 'none' | { readonly preferredPort: number };
  /** Search attributes to register, as `Name=Type`; absent, the four of a launch. */
  readonly searchAttributes?: readonly string[];
  readonly report?: Report;
}

/** A Temporal dev server of ours, on loopback only. */
export interface RunningTemporal {
  /** `host:port` for clients and workers. */
  readonly address: string;
  readonly namespace: string;
  readonly port: number;
  readonly ui: { readonly url: string; readonly port: number } | undefined;
  readonly server: SupervisedProcess;
  /** Stops the server; workflows are kept when it has a database file. */
  stop(): Promise<void>;
}

const NAMESPACE = 'default';
const READY_WITHIN_MS = 60_000;

/** Without these, every timer and retry takes at least a second, and a dozen polling activities slow each other down. */
const shortTimers = ['history.timerProcessorMaxTimeShift="10ms"', 'history.timerProcessorMaxPollRPS=500'];

/**
 * Starts the Temporal dev server. Resolves when its namespace answers.
 * @throws BinaryNotFetched, ConfiguredBinaryMissing, ServerCannotRun, ServerDidNotStart
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const executable = await temporalBinary(options.report ?? (() => {}));
  return onFreePort({ preferred: options.preferredPort }, async (port) => {
    const uiPort = await chooseUiPort(options.ui, port);
    const words = commandLine(options, { port, uiPort });
    const logFrom = sizeOf(options.logFile);
    const { logFile } = options;
    const server = await superviseServer({
      name: 'Temporal',
      executable,
      arguments: words,
      logFile,
      stopSignal: 'SIGTERM',
      stopWithinMs: 5000,
    });
    const address = `127.0.0.1:${port}`;
    const answers = () => temporalAnswers({ address, namespace: NAMESPACE });
    await waitUntilReady({ server, logFile, logFrom, answers, withinMs: READY_WITHIN_MS });
    const attributes = options.searchAttributes ?? launchSearchAttributes;
    await orStop(server, () => registerSearchAttributes({ address, namespace: NAMESPACE, attributes }));
    const ui = uiPort === undefined ? undefined : { url: `http://127.0.0.1:${uiPort}`, port: uiPort };
    return { address, namespace: NAMESPACE, port, ui, server, stop: () => server.stop() };
  });
}

async function chooseUiPort(ui: TemporalOptions['ui'], takenPort: number): Promise<number | undefined> {
  if (ui === 'none') return undefined;
  if (ui !== undefined && ui.preferredPort !== takenPort && (await isPortFree(ui.preferredPort))) return ui.preferredPort;
  return freePort();
}

function commandLine(options: TemporalOptions, { port, uiPort }: { port: number; uiPort: number | undefined }): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)]),
    ...(options.databaseFile === undefined ? [] : ['--db-filename', options.databaseFile]),
    ...(options.searchAttributes ?? launchSearchAttributes).flatMap((attribute) => ['--search-attribute', attribute]),
    ...shortTimers.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}
