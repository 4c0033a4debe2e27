import { parseObject } from './problem-text.ts';

/** One line of a scan's answer. */
export type ScanLine =
  | {
      readonly kind: 'row';
      /** The row itself, as it came: parsing and writing it again could change its numbers. */
      readonly row: string;
    }
  /** A row that counts and is not printed: it has values that cannot be read. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'checkpoint'; readonly cursor: string }
  | { readonly kind: 'end'; readonly complete: boolean; readonly cursor: string | undefined }
  | {
      readonly kind: 'error';
      readonly type: string;
      readonly title: string;
      readonly cursor: string | undefined;
    };

/** Beyond the largest row that Cassandra sends. */
const longestLine = 512 * 1_048_576;
const rowStart = '{"row":';

/** The answer is none of a Weir's. */
export class ScanLineError extends Error {}

/**
 * The lines of an answer, those of one chunk together; a line that was cut off is none. Throws a `ScanLineError` for
 * anything that is no line of a scan.
 */
export async function* readScanLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ScanLine[]> {
  const decoder = new TextDecoder();
  let open: string[] = [];
  let openLength = 0;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf('\n');
    if (end >= 0) {
      open.push(text.slice(0, end));
      const lines = open.join('').split('\n');
      open = [];
      openLength = 0;
      yield lines.map(parseLine);
    }
    const rest = text.slice(end + 1);
    open.push(rest);
    openLength += rest.length;
    if (openLength > longestLine) throw new ScanLineError('a line of the answer is too long');
  }
}

function parseLine(text: string): ScanLine {
  if (text.startsWith(rowStart) && text.endsWith('}')) {
    return { kind: 'row', row: text.slice(rowStart.length, -1) };
  }
  const { unreadable, checkpoint, end, error } = Object(parseObject(text)) as Record<string, unknown>;
  if (unreadable !== undefined) return { kind: 'unreadable' };
  if (checkpoint !== undefined) {
    const { cursor } = Object(checkpoint) as { cursor?: unknown };
    if (typeof cursor === 'string') return { kind: 'checkpoint', cursor };
  }
  if (end !== undefined) {
    const { complete, cursor } = Object(end) as { complete?: unknown; cursor?: unknown };
    return { kind: 'end', complete: complete === true, cursor: textOf(cursor) };
  }
  if (error !== undefined) {
    const { type, title, cursor } = Object(error) as { type?: unknown; title?: unknown; cursor?: unknown };
    return {
      kind: 'error',
      type: textOf(type) ?? '',
      title: textOf(title) ?? 'the scan failed',
      cursor: textOf(cursor),
    };
  }
  throw new ScanLineError('the answer is no scan of a Weir; is this the address of its data port?');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
