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
    // Blanks may be part of a text key; the end of a line as other systems write it is none.
    const text = line.replace(/\r$/, '');
    if (text.trim() !== '') yield { text, key: parseKey(text, `line ${number}`) };
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

/** What the items of a batch may weigh together; one that weighs more is a batch of its own. */
export interface BatchWeight<Item> {
  readonly most: number;
  readonly of: (item: Item) => number;
}

/** In batches of at most `size`, in order. */
export async function* inBatches<Item>(
  items: AsyncIterable<Item>,
  size: number,
  weight: BatchWeight<Item> = { most: size, of: () => 1 },
): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  let weighed = 0;
  for await (const item of items) {
    const own = weight.of(item);
    if (batch.length > 0 && (batch.length === size || weighed + own > weight.most)) {
      yield batch;
      batch = [];
      weighed = 0;
    }
    batch.push(item);
    weighed += own;
  }
  if (batch.length > 0) yield batch;
}
