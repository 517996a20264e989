import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configuredDatabaseUrl, configuredTemporal, type TemporalSettings } from '../config.ts';
import type { Report } from './binaries.ts';
import { type Claim, claimPath, releaseClaim } from './claim.ts';
import { type RunningPostgres, startPostgres } from './postgres.ts';
import { endLeftovers } from './stack-leftovers.ts';
import { rememberedPorts, rememberPorts, type StackPorts } from './stack-ports.ts';
import { type StackAddresses, type StackRecord, stackRecordPath, writeStackRecord } from './stack-record.ts';
import type { ServerEnded } from './supervised-process.ts';
import { type RunningTemporal, startTemporal } from './temporal.ts';

/** What to start, and where its files are. */
export interface StackOptions {
  /** Folder for the data, the logs and the record of what runs; made when it does not exist. */
  readonly home: string;
  readonly report: Report;
  /** For tests: nothing is forced to disk, no Web UI, any free ports. */
  readonly fast?: boolean;
}

/** PostgreSQL and Temporal, running: ours, or those that are configured. */
export interface Stack {
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** As above with all that is needed to get in, for `Connection.connect` and `NativeConnection.connect`. */
  readonly temporalSettings: TemporalSettings;
  /** The Temporal Web UI, when we run one. */
  readonly uiUrl: string | undefined;
  /** Resolves when one of our servers has ended without being asked; never, when both are configured ones. */
  readonly serverLost: Promise<ServerEnded>;
  /** Stops what we started, Temporal before the database, and gives the home back. Safe to call again. */
  stop(): Promise<void>;
}

/** A live process already runs, or is just starting, a stack in this home. */
export class AlreadyUp extends Error {
  override readonly name = 'AlreadyUp';
  /** Where it answers; `undefined` while it is starting. */
  readonly addresses: StackAddresses | undefined;
  /** The process that holds it. */
  readonly pid: number;
  constructor(home: string, { owner, addresses, startedAt }: StackRecord) {
    const where = [
      addresses?.databaseUrl && 'PostgreSQL',
      addresses?.temporal && `Temporal at ${addresses.temporal.address}`,
      addresses?.uiUrl,
    ];
    const state = addresses === undefined ? 'is just starting' : `is already up since ${startedAt}: ${where.filter(Boolean).join(', ')}`;
    super(`softlaunch ${state} in ${home} (process ${owner.pid}).`);
    this.addresses = addresses;
    this.pid = owner.pid;
  }
}

/**
 * Starts PostgreSQL and Temporal side by side under one home, except the ones that `DATABASE_URL` and the Temporal configuration
 * name, which are used as they are. What a killed predecessor left is cleaned up first.
 * @throws AlreadyUp, TemporalConfigInvalid, and what `startPostgres` and `startTemporal` throw; nothing is left running then
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const home = resolve(options.home);
  const configured = { databaseUrl: configuredDatabaseUrl(), temporal: await configuredTemporal() };
  mkdirSync(join(home, 'logs'), { recursive: true });
  const claim = await claimHome(home);
  const started = await startServers({ ...options, home }, configured).catch((error: unknown) => {
    releaseClaim(stackRecordPath(home), claim);
    throw error;
  });
  const servers = [started.temporal?.server, started.postgres?.server].filter((server) => server !== undefined);
  writeStackRecord(home, record({ claim, started }));
  const stop = async () => {
    for (const server of servers) await server.stop();
    releaseClaim(stackRecordPath(home), claim);
  };
  const temporal = configured.temporal ?? settingsOf(started.temporal);
  const { address } = temporal.connectionOptions;
  return {
    databaseUrl: configured.databaseUrl ?? started.postgres?.databaseUrl ?? '',
    temporal: { address, namespace: temporal.namespace },
    temporalSettings: temporal,
    uiUrl: started.temporal?.ui?.url,
    serverLost: firstLoss(servers.map((server) => server.ended)),
    stop,
  };
}

async function claimHome(home: string): Promise<Claim> {
  const answer = await claimPath<StackRecord>(stackRecordPath(home));
  if (answer.answer === 'taken') throw new AlreadyUp(home, answer.by);
  await endLeftovers(answer.left);
  return answer.claim;
}

interface Started {
  readonly postgres: RunningPostgres | undefined;
  readonly temporal: RunningTemporal | undefined;
}

interface Configured {
  readonly databaseUrl: string | undefined;
  readonly temporal: TemporalSettings | undefined;
}

/** Both at once. When one fails, the other is stopped before the failure is passed on. */
async function startServers(options: StackOptions, configured: Configured): Promise<Started> {
  const ports = options.fast ? undefined : rememberedPorts(options.home);
  const [postgres, temporal] = await Promise.allSettled([
    configured.databaseUrl === undefined ? startOurPostgres(options, ports) : undefined,
    configured.temporal === undefined ? startOurTemporal(options, ports) : undefined,
  ]);
  if (postgres.status === 'fulfilled' && temporal.status === 'fulfilled') {
    const started = { postgres: postgres.value, temporal: temporal.value };
    if (ports !== undefined) remember({ home: options.home, report: options.report }, { wanted: ports, started });
    return started;
  }
  for (const server of [temporal, postgres]) if (server.status === 'fulfilled') await server.value?.stop();
  throw postgres.status === 'rejected' ? postgres.reason : (temporal as PromiseRejectedResult).reason;
}

function startOurPostgres({ home, report, fast }: StackOptions, ports: StackPorts | undefined): Promise<RunningPostgres> {
  const preferred = ports === undefined ? {} : { preferredPort: ports.postgres };
  const files = { dataDirectory: join(home, 'postgres'), logFile: join(home, 'logs', 'postgres.log') };
  return startPostgres({ ...files, ...preferred, fast: fast === true, report });
}

function startOurTemporal({ home, report }: StackOptions, ports: StackPorts | undefined): Promise<RunningTemporal> {
  const preferred = ports === undefined ? { ui: 'none' as const } : { preferredPort: ports.temporal, ui: { preferredPort: ports.ui } };
  return startTemporal({ databaseFile: join(home, 'temporal.db'), logFile: join(home, 'logs', 'temporal.log'), ...preferred, report });
}

/** Keeps the ports for the next start, and says which ones are not those that a person would expect. */
function remember({ home, report }: { home: string; report: Report }, { wanted, started }: { wanted: StackPorts; started: Started }): void {
  const { postgres, temporal } = started;
  const got = {
    ...(postgres && { postgres: postgres.port }),
    ...(temporal && { temporal: temporal.port }),
    ...(temporal?.ui && { ui: temporal.ui.port }),
  };
  const names = { postgres: 'PostgreSQL', temporal: 'Temporal', ui: 'The Temporal Web UI' };
  for (const server of ['postgres', 'temporal', 'ui'] as const) {
    const port = got[server];
    if (port !== undefined && port !== wanted[server]) report(`Port ${wanted[server]} is taken; ${names[server]} uses ${port} instead.`);
  }
  rememberPorts(home, got);
}

function record({ claim, started }: { claim: Claim; started: Started }): StackRecord {
  const { postgres, temporal } = started;
  return {
    ...claim,
    startedAt: new Date().toISOString(),
    servers: [temporal?.server.identity, postgres?.server.identity].filter((identity) => identity !== undefined),
    addresses: {
      ...(postgres && { databaseUrl: postgres.databaseUrl }),
      ...(temporal && { temporal: { address: temporal.address, namespace: temporal.namespace } }),
      ...(temporal?.ui && { uiUrl: temporal.ui.url }),
    },
  };
}

function settingsOf(temporal: RunningTemporal | undefined): TemporalSettings {
  if (temporal === undefined) throw new Error('Temporal is neither configured nor started.');
  return { connectionOptions: { address: temporal.address }, namespace: temporal.namespace };
}

/** The first server that ends although nobody asked it to. */
function firstLoss(endings: readonly Promise<ServerEnded>[]): Promise<ServerEnded> {
  return new Promise((resolve) => {
    for (const ending of endings) void ending.then((ended) => (ended.expected ? undefined : resolve(ended)));
  });
}
