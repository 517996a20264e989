import { type ExitCode, exitCodes } from './exit-codes.ts';

/** What a person or a script is told when a command fails. */
export interface FailureReport {
  readonly exitCode: ExitCode;
  /** A word to decide by, stable over releases. */
  readonly kind: string;
  /** What was tried, on what, what it means for the launch, and what to do next. */
  readonly message: string;
  /** Each problem as a sentence, where there can be several. */
  readonly problems?: readonly string[];
}

/** A command cannot do what was asked. The message is complete: it is printed as it is. */
export class CommandFailed extends Error implements FailureReport {
  override readonly name = 'CommandFailed';
  readonly exitCode: ExitCode;
  readonly kind: string;
  readonly problems?: readonly string[];
  constructor(
    message: string,
    { exitCode, kind, problems, cause }: { exitCode: ExitCode; kind: string; problems?: readonly string[]; cause?: unknown },
  ) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.kind = kind;
    if (problems !== undefined) this.problems = problems;
  }
}

/**
 * Errors of the other layers by their name, so that knowing them loads nothing: a command that only rolls back must not load the plan's reader
 * or Temporal to be able to fail.
 */
const known: Readonly<Record<string, { readonly exitCode: ExitCode; readonly kind: string }>> = {
  PlanError: { exitCode: exitCodes.usage, kind: 'bad plan' },
  NotRunning: { exitCode: exitCodes.unreachable, kind: 'not running' },
  TemporalConfigInvalid: { exitCode: exitCodes.usage, kind: 'bad configuration' },
  NotKnown: { exitCode: exitCodes.whichLaunch, kind: 'not known' },
  LaunchRefused: { exitCode: exitCodes.no, kind: 'refused' },
  ClaimHeld: { exitCode: exitCodes.no, kind: 'claimed by another launch' },
  LaunchEnded: { exitCode: exitCodes.no, kind: 'ended' },
  OrderInvalid: { exitCode: exitCodes.no, kind: 'refused' },
  RowLocked: { exitCode: exitCodes.unreachable, kind: 'rows held' },
  WriteNotTaken: { exitCode: exitCodes.no, kind: 'write not taken' },
  BinaryNotFetched: { exitCode: exitCodes.unreachable, kind: 'cannot start' },
  ConfiguredBinaryMissing: { exitCode: exitCodes.unreachable, kind: 'cannot start' },
  ServerCannotRun: { exitCode: exitCodes.unreachable, kind: 'cannot start' },
  ServerDidNotStart: { exitCode: exitCodes.unreachable, kind: 'cannot start' },
  NoPostgresBinaries: { exitCode: exitCodes.unreachable, kind: 'cannot start' },
  NoPostgresUser: { exitCode: exitCodes.unreachable, kind: 'cannot start' },
  PostgresDataUnusable: { exitCode: exitCodes.unreachable, kind: 'cannot start' },
  MigrationFailed: { exitCode: exitCodes.no, kind: 'refused' },
  MigrationChanged: { exitCode: exitCodes.unreachable, kind: 'other release' },
};

/** What to tell about an error, whatever it is. */
export function reportOf(error: unknown): FailureReport {
  if (error instanceof CommandFailed) return error;
  if (!(error instanceof Error)) return { exitCode: exitCodes.unexpected, kind: 'unexpected', message: String(error) };
  const found = known[error.name];
  if (found !== undefined) return { ...found, ...listedOf(error) };
  return (
    databaseReport(error) ?? { exitCode: exitCodes.unexpected, kind: 'unexpected', message: `This should not happen: ${error.message}` }
  );
}

/** What went wrong, in a sentence, where whoever tells it has its own words for what that means. */
export function causeOf(error: unknown): string {
  return error instanceof Error && 'what' in error ? `${error.what}.` : reportOf(error).message;
}

/** Errors that carry a list have it once more in their message, as one text; people and scripts get it as a list. */
function listedOf(error: Error): Pick<FailureReport, 'message' | 'problems'> {
  if (!('problems' in error && Array.isArray(error.problems))) return { message: error.message };
  if (error.name === 'PlanError')
    return { message: 'The plan cannot be used, and nothing was started.', problems: error.message.split('\n') };
  return { message: 'The launch cannot start, and nothing was changed.', problems: error.problems.map(String) };
}

const noSchema = /^(3F000|42P01|42883)$/;
const noConnection = /^(08|57P|53300|ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|EHOST|ENETUNREACH)/;

/** What the driver or PostgreSQL says when the database is not there, does not let us in, or has no schema of ours. */
function databaseReport(error: Error): FailureReport | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (noSchema.test(code) && error.message.includes('softlaunch')) {
    const message = `This database has no up-to-date schema "softlaunch" (${error.message}). Run "softlaunch migrate" with the owner's DATABASE_URL.`;
    return { exitCode: exitCodes.unreachable, kind: 'not migrated', message };
  }
  if (code.startsWith('28') || code === '3D000') {
    return {
      exitCode: exitCodes.unreachable,
      kind: 'database refused',
      message: `The database refused us: ${error.message}. Check DATABASE_URL.`,
    };
  }
  if (code === '42501') {
    const message = `The database login lacks a right: ${error.message}. The roles are softlaunch_worker for running launches and softlaunch_breakglass for rollbacks.`;
    return { exitCode: exitCodes.unreachable, kind: 'database refused', message };
  }
  if (noConnection.test(code) || /timeout exceeded when trying to connect|Connection terminated|connection timeout/i.test(error.message)) {
    const message = `The database did not answer (${error.message || code}). Nothing was changed. Start it ("softlaunch up" for the embedded one), or correct DATABASE_URL.`;
    return { exitCode: exitCodes.unreachable, kind: 'database unreachable', message };
  }
  // Only what PostgreSQL itself says has a severity; each of our commands is one transaction.
  if ('severity' in error) {
    const message = `The database did not do it: ${error.message} (${code}). Nothing was changed.`;
    return { exitCode: exitCodes.unreachable, kind: 'database refused', message };
  }
  return undefined;
}
