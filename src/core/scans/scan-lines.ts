/** The lines of a scan, each complete with its end. */
import type { CqlValue } from '../encoding/cql-value.ts';
import { type ProblemSlug, problems } from '../errors.ts';
import type { ScanRestart } from './scan-position.ts';

/** Throws what `encode` throws. */
export function rowLines(
  rows: readonly (readonly CqlValue[])[],
  encode: (values: readonly CqlValue[]) => string,
): string {
  let lines = '';
  for (const values of rows) lines += `{"row":${encode(values)}}\n`;
  return lines;
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
