import { stripVTControlCharacters } from 'node:util';
import type { Paint } from '../render/paint.ts';
import type { Desk } from '../shell.ts';
import { frame } from './frame.ts';
import type { Scene } from './scene.ts';

/** Where the demo is seen: what happens goes by line by line, and on a terminal the picture of where the launch stands stays below. */
export interface Show {
  /** Lines that stay. */
  tell(lines: readonly string[]): void;
  /** Where the launch stands now. */
  picture(scene: Scene): void;
  /** Leaves the last picture and gives the terminal back. */
  end(): void;
}

/** A show for whoever looks: a terminal gets the picture, anything else plain lines. */
export async function openShow({ shell, paint, say }: Desk): Promise<Show> {
  if (!shell.isTerminal || shell.environment.CI) {
    return { tell: (lines) => lines.forEach((line) => void say(line)), picture: () => {}, end: () => {} };
  }
  const { createLogUpdate } = await import('log-update');
  return terminalShow(createLogUpdate(process.stdout), paint);
}

function terminalShow(update: ReturnType<typeof import('log-update').createLogUpdate>, paint: Paint): Show {
  let last = '';
  const columns = () => process.stdout.columns || 80;
  const cut = (lines: readonly string[]) => lines.map((line) => cutLine(line, columns() - 1)).join('\n');
  return {
    tell: (lines) => {
      if (lines.length === 0) return;
      update.persist(lines.map((line) => wrapLine(line, columns() - 1)).join('\n'));
      if (last !== '') update(last);
    },
    picture: (scene) => {
      last = cut(frame(scene, paint, { columns: columns(), rows: process.stdout.rows || 24 }));
      update(last);
    },
    end: () => {
      last = '';
      update.done();
    },
  };
}

/** Below which column the rest of a long line goes on: where its text begins. */
const indent = 27;

/** A line of which nothing is lost: what does not fit goes on below its text. Narrow terminals break it themselves. */
export function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns || columns < 2 * indent) return line;
  const rows: string[] = [];
  let row = '';
  for (const word of line.split(' ')) {
    if (row !== '' && widthOf(row) + 1 + widthOf(word) > columns) {
      rows.push(row);
      row = ' '.repeat(indent) + word;
    } else row = row === '' && rows.length === 0 ? word : `${row} ${word}`;
  }
  return [...rows, row].join('\n');
}

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

const esc = String.fromCharCode(27);
const piece = new RegExp(`${esc}\\[[0-9;]*m|.`, 'gsu');

/** A line that fits: a longer one ends in an ellipsis. Colours take no place and do not leak into the next line. */
export function cutLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let width = 0;
  let kept = '';
  for (const [part] of line.matchAll(piece)) {
    if (!part.startsWith(esc)) width += 1;
    if (width >= columns) break;
    kept += part;
  }
  return `${kept}…${line.includes(esc) ? `${esc}[0m` : ''}`;
}
