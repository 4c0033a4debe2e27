import type { Invalidation } from './invalidation.ts';
import type { RowCache } from './row-cache.ts';

/** Partitions of one entry of the stream, */
const mostPartitions = 1_000;
/** and bytes of their keys, unless one alone has more: the stream keeps thousands of entries. */
const mostBytes = 16_384;

/** The same as entries of the stream, each within its bounds. */
export function splitInvalidation(invalidation: Invalidation): readonly Invalidation[] {
  const { partitions } = invalidation;
  if (partitions === 'all') return [invalidation];
  const parts: Invalidation[] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const partition of partitions) {
    const isFull = part.length === mostPartitions || bytes + partition.length > mostBytes;
    if (isFull && part.length > 0) {
      parts.push({ ...invalidation, partitions: part });
      part = [];
      bytes = 0;
    }
    part.push(partition);
    bytes += partition.length;
  }
  if (part.length > 0) parts.push({ ...invalidation, partitions: part });
  return parts;
}

/** A whole table is dropped at once and has no time to settle. */
export function applyInvalidation(
  cache: Pick<RowCache, 'invalidatePartitions' | 'invalidateTable'>,
  { keyspace, table, partitions, settleMs }: Invalidation,
): void {
  if (partitions === 'all') cache.invalidateTable(keyspace, table);
  else cache.invalidatePartitions(keyspace, table, partitions, settleMs);
}
