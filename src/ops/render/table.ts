import { stripVTControlCharacters } from 'node:util';

/** Rows with their columns below each other, two blanks between; the last column keeps its length. Colours take no place. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  }
  const line = (row: readonly string[]) => row.map((cell, column) => padded(cell, column === row.length - 1 ? 0 : (widths[column] ?? 0)));
  return rows.map((row) => `${indent}${line(row).join('  ')}`.trimEnd()).join('\n');
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - widthOf(cell)));
}

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
