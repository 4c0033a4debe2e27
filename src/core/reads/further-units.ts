import type { Text } from '../ports.ts';

/** What one unit pays for, of one key. */
const rowsPerUnit = 100;
const bytesPerUnit = 65_536;

/**
 * Units beyond the first for the rows of one key, each a complete JSON object: one for each further 100 rows or 64 KiB
 * that was begun, whichever are more. Known only afterwards, and so a debt.
 */
export function furtherUnits(rows: readonly string[], text: Pick<Text, 'utf8Length'>): number {
  let characters = 0;
  for (const row of rows) characters += row.length;
  // UTF-8 has at most three bytes for what a string counts as one: most rows need no closer look.
  const bytes = 3 * characters <= bytesPerUnit ? characters : bytesOf(rows, text);
  return Math.max(beyondFirst(rows.length, rowsPerUnit), beyondFirst(bytes, bytesPerUnit));
}

function bytesOf(rows: readonly string[], text: Pick<Text, 'utf8Length'>): number {
  let bytes = 0;
  for (const row of rows) bytes += text.utf8Length(row);
  return bytes;
}

function beyondFirst(count: number, perUnit: number): number {
  return Math.max(0, Math.ceil(count / perUnit) - 1);
}
