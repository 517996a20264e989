import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandOnPath } from './command-on-path.ts';

/** A user and group by number. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** A program with its arguments, and the user to start it as. */
export interface ProgramAs {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly runAs?: RunAs;
}

/** PostgreSQL refuses to run as root, and nobody else can be found to run it as. */
export class NoPostgresUser extends Error {
  override readonly name = 'NoPostgresUser';
}

/**
 * Who runs PostgreSQL when we are root, which it refuses: the owner of existing data, else the user `postgres`, else `nobody`.
 * `undefined` when we are not root: then it runs as ourselves. No user is ever created.
 * @throws NoPostgresUser
 */
export function postgresUser(dataDirectory: string): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataDirectory, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = lookUp('postgres') ?? lookUp('nobody');
  if (user !== undefined) return user;
  throw new NoPostgresUser(
    'PostgreSQL refuses to run as root, and this machine has neither a user "postgres" nor "nobody". Run softlaunch as another user, or set DATABASE_URL.',
  );
}

/**
 * How to start a program as that user. Where the way to its files leads through a folder that only root may enter (a checkout in
 * root's home), the user gets the one capability that passes folders; PostgreSQL looks only at the user it runs as.
 * @throws NoPostgresUser when that is needed and impossible
 */
export function programAs(
  program: { executable: string; arguments: readonly string[]; paths: readonly string[] },
  runAs: RunAs | undefined,
): ProgramAs {
  const { executable, arguments: words } = program;
  if (runAs === undefined) return { executable, arguments: words };
  const closed = [executable, ...program.paths].map((path) => firstClosedFolder(path, runAs.uid)).find((folder) => folder !== undefined);
  if (closed === undefined) return { executable, arguments: words, runAs };
  const setpriv = commandOnPath('setpriv');
  if (setpriv === undefined) {
    throw new NoPostgresUser(
      `PostgreSQL cannot run as root, and another user may not enter ${closed}. Move the project out of it, or set DATABASE_URL.`,
    );
  }
  const identity = ['--reuid', String(runAs.uid), '--regid', String(runAs.gid), '--clear-groups'];
  return {
    executable: setpriv,
    arguments: [...identity, '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override', '--', executable, ...words],
  };
}

/** The outermost folder on the way to a path that this user may not enter (its groups are not looked at). */
function firstClosedFolder(path: string, uid: number): string | undefined {
  const above = dirname(path);
  const outer = above === path ? undefined : firstClosedFolder(above, uid);
  if (outer !== undefined || !existsSync(above)) return outer;
  const folder = statSync(above);
  return (folder.mode & (folder.uid === uid ? 0o100 : 0o001)) === 0 ? above : undefined;
}

function lookUp(user: string): RunAs | undefined {
  try {
    const numberOf = (kind: '-u' | '-g') =>
      Number(execFileSync('id', [kind, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: numberOf('-u'), gid: numberOf('-g') };
  } catch {
    return undefined;
  }
}
