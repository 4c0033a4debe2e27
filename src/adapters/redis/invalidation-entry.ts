import type { Invalidation, InvalidationEntry } from '../../core/cache/invalidation.ts';

/** Entries of another version are told from those that this one reads. */
const version = '1';
/** Longer than any write needs. */
const longestSettleMs = 3_600_000;
const lengthBytes = 4;

/** Names and values of an entry as the stream keeps it. */
export function writeInvalidation(
  instance: string,
  { keyspace, table, partitions, settleMs }: Invalidation,
): readonly (string | number | Uint8Array)[] {
  const named = partitions === 'all' ? ['a', 1] : ['p', writePartitions(partitions)];
  return ['v', version, 'i', instance, 'k', keyspace, 't', table, 'm', Math.ceil(settleMs), ...named];
}

/** `reply`: an entry as XREAD gives it, in bytes. */
export function readEntry(reply: unknown): InvalidationEntry {
  const [id, values] = asList(reply);
  const fields = readFields(asList(values));
  const text = (name: string): string => fields.get(name)?.toString('utf8') ?? '';
  return {
    invalidation: text('v') === version ? readInvalidation(fields, text) : undefined,
    instance: text('i'),
    // What has no number follows on nothing, and nothing on it.
    position: { id: String(id), sequence: Number(text('s') || Number.NaN), epoch: text('e') },
  };
}

function readInvalidation(
  fields: ReadonlyMap<string, Buffer>,
  text: (name: string) => string,
): Invalidation | undefined {
  const [keyspace, table, settleMs] = [text('k'), text('t'), Number(text('m') || Number.NaN)];
  if (keyspace === '' || table === '') return undefined;
  if (!Number.isSafeInteger(settleMs) || settleMs < 0 || settleMs > longestSettleMs) return undefined;
  const bytes = fields.get('p');
  const partitions = bytes === undefined ? undefined : readPartitions(bytes);
  if (partitions !== undefined) return { keyspace, table, partitions, settleMs };
  return text('a') === '1' ? { keyspace, table, partitions: 'all', settleMs } : undefined;
}

/** Each with its length before it. */
function writePartitions(partitions: readonly string[]): Buffer {
  const size = partitions.reduce((sum, { length }) => sum + lengthBytes + length, 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const partition of partitions) {
    at = bytes.writeUInt32BE(partition.length, at);
    at += bytes.write(partition, at, 'latin1');
  }
  return bytes;
}

/** Undefined where the bytes do not end with a partition. */
function readPartitions(bytes: Buffer): readonly string[] | undefined {
  const partitions: string[] = [];
  let at = 0;
  while (at + lengthBytes <= bytes.length) {
    const from = at + lengthBytes;
    at = from + bytes.readUInt32BE(at);
    partitions.push(bytes.toString('latin1', from, at));
  }
  return at === bytes.length ? partitions : undefined;
}

function readFields(values: readonly unknown[]): ReadonlyMap<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let at = 0; at + 1 < values.length; at += 2) {
    const value = values[at + 1];
    if (Buffer.isBuffer(value)) fields.set(String(values[at]), value);
  }
  return fields;
}

function asList(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}
