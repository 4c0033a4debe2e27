import type { OpenedScan } from '../../../src/cli/scan-connection.ts';

/** What goes wrong with one answer: `after` so many rows of it. `silent`: nothing more comes, not even an end. */
export type Mishap =
  | { readonly kind: 'broken' | 'drained' | 'unfinished-line' | 'throws' | 'silent'; readonly after: number }
  | { readonly kind: 'error'; readonly after: number; readonly slug: string };

interface ScanBody {
  readonly range?: { readonly start: string; readonly end: string };
  readonly limit?: number;
  readonly cursor?: string;
}

const rowText = (number: number): string => `{"n":${number},"price":1.10}`;
export const rowTexts = (from: number, upTo: number): string[] =>
  Array.from({ length: upTo - from }, (_, index) => rowText(from + index));

/**
 * The lines that answer a scan of rows numbered from `range.start` up to `range.end`, with a checkpoint after each
 * `every` rows and the number of the next row as cursor.
 */
export function scanLines(body: object, every: number, mishap?: Mishap): string[] {
  const { range = { start: '0', end: '12' }, limit = Number.POSITIVE_INFINITY, cursor } = body as ScanBody;
  const lines: string[] = [];
  let next = Number(cursor?.split(':')[0] ?? range.start);
  const end = Number(cursor?.split(':')[1] ?? range.end);
  const cursorNow = (): string => `${next}:${end}`;
  for (let rows = 0; ; rows += 1) {
    if (mishap?.after === rows) return [...lines, ...mishapLines(mishap, rows, cursorNow())];
    if (next === end) return [...lines, JSON.stringify({ end: { rows, complete: true } })];
    if (rows === limit) {
      return [...lines, JSON.stringify({ end: { rows, complete: false, cursor: cursorNow() } })];
    }
    lines.push(`{"row":${rowText(next)}}`);
    next += 1;
    if ((rows + 1) % every === 0) {
      lines.push(JSON.stringify({ checkpoint: { cursor: cursorNow(), rows: rows + 1 } }));
    }
  }
}

function mishapLines(mishap: Mishap, rows: number, cursor: string): string[] {
  if (mishap.kind === 'drained') return [JSON.stringify({ end: { rows, complete: false, cursor } })];
  if (mishap.kind === 'error') {
    return [JSON.stringify({ error: { type: `/problems/${mishap.slug}`, title: 'It failed', cursor } })];
  }
  return [];
}

/** As an answer that comes in pieces of `size` bytes. */
async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function streamOf(lines: readonly string[], size = 7, end = '\n'): OpenedScan {
  return { kind: 'stream', chunks: inPieces(lines.length === 0 ? '' : lines.join('\n') + end, size) };
}
