/** The lines of a scan, each complete with its end. */
import { type ProblemSlug, problems } from '../errors.ts';
import type { ScanRestart } from './scan-position.ts';
import type { ReadableRow } from './scan-selection.ts';

/** `row`: a JSON object. */
export function rowLine(row: string): string {
  return `{"row":${row}}\n`;
}

/** Has no `row` of its own, so that nobody takes it for a whole one. */
export function unreadableLine({ columns, row }: ReadableRow): string {
  return `{"unreadable":{"columns":${JSON.stringify(columns)},"row":${row}}}\n`;
}

export function checkpointLine(cursor: string, rows: number): string {
  return lineOf({ checkpoint: { cursor, rows } });
}

/** Without a cursor everything was delivered. */
export function endLine(rows: number, cursor: string | undefined): string {
  return lineOf({ end: { rows, complete: cursor === undefined, cursor } });
}

export function errorLine(
  problem: ProblemSlug,
  goOn: { readonly cursor: string } | { readonly restart: ScanRestart },
): string {
  return lineOf({ error: { type: `/problems/${problem}`, title: problems[problem].title, ...goOn } });
}

function lineOf(content: object): string {
  return `${JSON.stringify(content)}\n`;
}
