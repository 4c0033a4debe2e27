import { stripVTControlCharacters } from 'node:util';
import type { Paint } from './paint.ts';

const gap = '  ';

/** Columns as wide as their widest cell; every line ends with a line feed. Cells may be painted. */
export function formatTextTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, column) => `${cell}${' '.repeat((widths[column] ?? 0) - widthOf(cell))}`)
      .join(gap)
      .trimEnd();
  return [paint('bold', lineOf(header)), ...rows.map(lineOf)].map((line) => `${line}\n`).join('');
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
