import { usageError } from './cli-error.ts';
import type { Surroundings } from './surroundings.ts';

/** Both parts, as they stand in an address. Throws a usage error for anything but `KEYSPACE.TABLE`. */
export function parseTableName(text: string): { readonly keyspace: string; readonly table: string } {
  const match = /^(\w{1,222})\.(\w{1,222})$/.exec(text);
  const [, keyspace, table] = match ?? [];
  if (keyspace === undefined || table === undefined) {
    throw usageError('which table? it is given as KEYSPACE.TABLE, for example shop.products');
  }
  return { keyspace, table };
}

/**
 * A key as the look-up takes it: JSON where it begins as an object, an array or a JSON string does, and otherwise the
 * text itself, which numbers, UUIDs and the like are read from too. Throws a usage error that tells its place only.
 */
function parseKey(text: string, place: string): unknown {
  if (!/^\s*[{["]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw usageError(
      `${place} begins as JSON does and is none; a text key that begins so is written as a JSON string`,
    );
  }
}

export interface AskedKey {
  /** As it was given. */
  readonly text: string;
  readonly key: unknown;
}

/** Keys of the arguments; with `-` in their place, one a line of the standard input, blank lines left out. */
export async function* readKeys(
  given: readonly string[],
  stdin: Surroundings['stdin'],
): AsyncGenerator<AskedKey> {
  if (given.length !== 1 || given[0] !== '-') {
    if (given.includes('-'))
      throw usageError('- stands for keys from the standard input, and for all of them');
    for (const [index, text] of given.entries()) yield { text, key: parseKey(text, `key ${index + 1}`) };
    return;
  }
  let number = 0;
  for await (const line of readLines(stdin())) {
    number += 1;
    const text = line.trim();
    if (text !== '') yield { text, key: parseKey(text, `line ${number}`) };
  }
}

/** More than the largest key and its quotes. */
const longestLine = 1_048_576;

async function* readLines(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    if (open.length > longestLine) throw usageError('a line of the standard input is too long for a key');
    yield* lines;
  }
  if (open !== '') yield open;
}

/** In batches of at most `size`, in order. */
export async function* inBatches<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
