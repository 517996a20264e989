import { readFile } from 'node:fs/promises';

/** The text of one of the carpool's SQL files. They are not compiled, so they are found from the package's root, from sources and `dist` alike. */
export function readCarpoolSql(fileName: 'schema.sql' | 'data.sql' | 'tick.sql'): Promise<string> {
  return readFile(new URL(`examples/carpool/${fileName}`, import.meta.resolve('softlaunch/package.json')), 'utf8');
}
