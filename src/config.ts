import type { ClientConnectConfig } from '@temporalio/envconfig';
import { readRunningStack } from './runtime/stack-record.ts';

/** Where Temporal is, and how to get in. The options fit `Connection.connect` and `NativeConnection.connect`. */
export interface TemporalSettings {
  readonly connectionOptions: ClientConnectConfig['connectionOptions'] & { readonly address: string };
  readonly namespace: string;
}

/** Where a command connects. */
export interface Connections {
  readonly databaseUrl: string;
  readonly temporal: TemporalSettings;
  /** The Temporal Web UI, when our own stack shows one. */
  readonly uiUrl?: string;
}

/** Nothing is configured and nothing runs in this home. */
export class NotRunning extends Error {
  override readonly name = 'NotRunning';
  constructor(home: string, missing: string) {
    super(`Nothing is running in ${home}, and ${missing}. Run "softlaunch up" here, or set DATABASE_URL and TEMPORAL_ADDRESS.`);
  }
}

/** The Temporal configuration (variables or profile file) cannot be used. */
export class TemporalConfigInvalid extends Error {
  override readonly name = 'TemporalConfigInvalid';
}

/** Where our files are: `SOFTLAUNCH_HOME`, else `.softlaunch` in the current folder. */
export function defaultHome(): string {
  return process.env.SOFTLAUNCH_HOME || '.softlaunch';
}

/** Everything a command connects to. @throws NotRunning, TemporalConfigInvalid */
export async function resolveConnections(home: string): Promise<Connections> {
  const databaseUrl = resolveDatabaseUrl(home);
  const configured = await configuredTemporal();
  if (configured !== undefined) return { databaseUrl, temporal: configured };
  const stack = readRunningStack(home);
  if (stack?.temporal === undefined) throw new NotRunning(home, 'no Temporal address is configured');
  const { address, namespace } = stack.temporal;
  const temporal = { connectionOptions: { address }, namespace };
  return stack.uiUrl === undefined ? { databaseUrl, temporal } : { databaseUrl, temporal, uiUrl: stack.uiUrl };
}

/**
 * Where the product's database is: `DATABASE_URL`, else the running stack. Asks nothing of Temporal and loads nothing of it, so an
 * emergency rollback works when Temporal is broken or misconfigured. @throws NotRunning
 */
export function resolveDatabaseUrl(home: string): string {
  const url = configuredDatabaseUrl() ?? readRunningStack(home)?.databaseUrl;
  if (url === undefined) throw new NotRunning(home, 'DATABASE_URL is not set');
  return url;
}

/** `DATABASE_URL`; `undefined` when it is not set. */
export function configuredDatabaseUrl(): string | undefined {
  return process.env.DATABASE_URL || undefined;
}

/** Where probes read, when not with the rights of the main connection: `SOFTLAUNCH_PROBE_DATABASE_URL`; `undefined` when it is not set. */
export function probeDatabaseUrl(): string | undefined {
  return process.env.SOFTLAUNCH_PROBE_DATABASE_URL || undefined;
}

/**
 * The Temporal server that the `TEMPORAL_…` variables or the profile file name, exactly as for the `temporal` command line;
 * `undefined` when they name no address. @throws TemporalConfigInvalid
 */
export async function configuredTemporal(): Promise<TemporalSettings | undefined> {
  const { loadClientConfigProfile, toClientOptions } = await import('@temporalio/envconfig');
  try {
    const profile = loadClientConfigProfile();
    if (!profile.address) return undefined;
    const { connectionOptions, namespace } = toClientOptions(profile);
    return { connectionOptions: { ...connectionOptions, address: profile.address }, namespace: namespace || 'default' };
  } catch (error) {
    const message = `The Temporal configuration cannot be used: ${(error as Error).message}. Correct the TEMPORAL_… variables or the profile file.`;
    throw new TemporalConfigInvalid(message, { cause: error });
  }
}
