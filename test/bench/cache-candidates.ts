import { LRUCache } from 'lru-cache';
import { createSlabRowStore } from '../../src/adapters/memory/slab-row-store.ts';
import type { StoredRead } from '../../src/core/cache/row-store.ts';

/** As much of a row store as the comparison needs. */
export interface CacheCandidate {
  put(partition: string, read: StoredRead): void;
  rows(partition: string): readonly string[] | undefined;
  partitions(): number;
  /** What it says that it takes, where it says anything. */
  bytes(): number | undefined;
}

/** A read with its rows as bytes. */
interface PackedRead {
  readonly read: StoredRead;
  readonly rows: Buffer;
}

/** What one row of the benchmark takes in slabs, its share of the index and of the ends of slabs too. */
const slabBytesPerRow = 560;

/** Of all reads of the benchmark. */
export const selection = 1;

/** Ways to keep `rows` rows; each pushes out what is beyond. */
export const cacheCandidates: Readonly<Record<string, (rows: number) => CacheCandidate>> = {
  strings: keepStrings,
  buffers: keepBuffers,
  'lru-cache and slabs': keepSlots,
  slabs: keepSlabs,
};

function keepStrings(rows: number): CacheCandidate {
  const cache = new LRUCache<string, StoredRead>({ max: rows });
  return {
    put: (partition, read) => void cache.set(partition, read),
    rows: (partition) => cache.get(partition)?.rows,
    partitions: () => cache.size,
    bytes: () => undefined,
  };
}

function keepBuffers(rows: number): CacheCandidate {
  const cache = new LRUCache<string, PackedRead>({ max: rows });
  return {
    put: (partition, read) => {
      cache.set(partition, { read: { ...read, rows: [] }, rows: Buffer.from(read.rows[0] ?? '') });
    },
    rows: (partition) => {
      const kept = cache.get(partition);
      return kept === undefined ? undefined : [kept.rows.toString('latin1')];
    },
    partitions: () => cache.size,
    bytes: () => undefined,
  };
}

function keepSlabs(rows: number): CacheCandidate {
  const store = createSlabRowStore({ maxBytes: rows * slabBytesPerRow });
  return {
    put: (partition, read) => store.put(partition, read),
    rows: (partition) => store.find(partition, selection, '')?.rows,
    partitions: () => store.stats().partitions,
    bytes: () => store.stats().bytes,
  };
}

const shards = 64;
/** Of one slot: times and length, and the longest row. */
const headBytes = 40;
const slotBytes = 512;
const slotsPerSlab = 8_192;

/** Slots of one size, which is the best case for rows of one table; what lru-cache costs as the index of them. */
function keepSlots(rows: number): CacheCandidate {
  const slabs: Buffer[] = [];
  const free: number[] = [];
  let slots = 0;
  const caches = Array.from(
    { length: shards },
    () =>
      new LRUCache<string, number>({
        max: Math.ceil(rows / shards),
        dispose: (slot) => void free.push(slot),
        noDisposeOnSet: true,
      }),
  );
  const shardOf = (partition: string): LRUCache<string, number> => {
    let hash = 0;
    for (let at = 0; at < partition.length; at += 1) {
      hash = Math.imul(hash ^ partition.charCodeAt(at), 0x9e3779b1);
    }
    const cache = caches[(hash >>> 16) % shards];
    if (cache === undefined) throw new Error('no such shard');
    return cache;
  };
  const newSlot = (): number => {
    if (slots % slotsPerSlab === 0) slabs.push(Buffer.from(new ArrayBuffer(slotBytes * slotsPerSlab)));
    slots += 1;
    return slots - 1;
  };
  return {
    put: (partition, read) => {
      const cache = shardOf(partition);
      const slot = cache.get(partition) ?? free.pop() ?? newSlot();
      const slab = slabs[Math.floor(slot / slotsPerSlab)];
      const begin = (slot % slotsPerSlab) * slotBytes;
      const length = slab?.write(read.rows[0] ?? '', begin + headBytes, 'latin1') ?? 0;
      slab?.writeInt32LE(length, begin);
      slab?.writeDoubleLE(read.readAtMs, begin + 8);
      slab?.writeDoubleLE(read.freshUntilMs, begin + 16);
      slab?.writeDoubleLE(read.usableUntilMs, begin + 24);
      cache.set(partition, slot);
    },
    rows: (partition) => {
      const slot = shardOf(partition).get(partition);
      if (slot === undefined) return undefined;
      const slab = slabs[Math.floor(slot / slotsPerSlab)];
      const begin = (slot % slotsPerSlab) * slotBytes;
      const length = slab?.readInt32LE(begin) ?? 0;
      return [slab?.toString('latin1', begin + headBytes, begin + headBytes + length) ?? ''];
    },
    partitions: () => caches.reduce((sum, { size }) => sum + size, 0),
    bytes: () => undefined,
  };
}
