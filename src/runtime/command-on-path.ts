import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a command that PATH offers; `undefined` when it offers none. */
export function commandOnPath(command: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

/** Whether this path is there and we may execute it. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
