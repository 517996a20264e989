import type { Pool } from 'pg';
import { type LaunchRecord, listLaunches, loadLaunch } from '../database/launch-record.ts';
import { type Connection, openPool } from '../database/pool.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed } from './failure.ts';
import { endedText, notRunningText } from './render/standing.ts';

/** Runs something over connections to the database and closes them. */
export async function withDatabase<T>(url: string, work: (connection: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(url, { max: 2, applicationName: 'softlaunch command' });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** The launch that a command means: the one named, or the only one that has not ended. @throws CommandFailed that lists the launches there are */
export async function chooseLaunch(connection: Connection, named: string | undefined): Promise<LaunchRecord> {
  if (named !== undefined)
    return (await loadLaunch(connection, named)) ?? refuse(`There is no launch "${named}".`, await listLaunches(connection));
  const launches = await listLaunches(connection);
  const running = launches.filter(({ endedAt }) => endedAt === null);
  const [only] = running;
  if (running.length === 1 && only !== undefined) return only;
  if (running.length === 0) return refuse('No launch runs in this database.', launches);
  return refuse('Several launches run, and none was named; add one of them to the command.', running);
}

/** As `chooseLaunch`, for commands that only look: when none runs, the latest. */
export async function chooseLaunchToSee(connection: Connection, named: string | undefined): Promise<LaunchRecord> {
  if (named !== undefined) return chooseLaunch(connection, named);
  const launches = await listLaunches(connection);
  const [latest] = launches;
  return latest !== undefined && latest.endedAt !== null ? latest : chooseLaunch(connection, undefined);
}

/** What to say when no workflow takes a command for a launch: there is none of that name, it is over, or nobody carries it on. */
export async function whyNotRunning(databaseUrl: string, launch: string): Promise<CommandFailed> {
  const { outcome } = await withDatabase(databaseUrl, (connection) => chooseLaunch(connection, launch));
  return outcome === null
    ? new CommandFailed(`${notRunningText(launch)} Nothing was changed.`, { exitCode: exitCodes.no, kind: 'not running' })
    : new CommandFailed(endedText(launch, outcome), { exitCode: exitCodes.no, kind: 'ended' });
}

function refuse(what: string, launches: readonly LaunchRecord[]): never {
  const shown = launches.slice(0, 10).map(({ id, outcome }) => `${id} (${outcome ?? 'running'})`);
  const known =
    shown.length === 0 ? 'None has been started yet: "softlaunch start <plan.yaml>" starts one.' : `There is ${shown.join(', ')}.`;
  throw new CommandFailed(`${what} ${known}`, { exitCode: exitCodes.whichLaunch, kind: 'which launch' });
}
