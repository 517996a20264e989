import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Our folder for things that can be had again: `$XDG_CACHE_HOME/softlaunch`, else `~/.cache/softlaunch`. It exists after the call. */
export function cacheFolder(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'softlaunch');
  mkdirSync(folder, { recursive: true });
  return folder;
}
