import type { RowStore, StoredRead } from '../../src/core/cache/row-store.ts';

/** A store that pushes nothing out, and in which a test can look around. */
export interface MapRowStore extends RowStore {
  /** All reads kept, of whatever partition. */
  reads(): readonly StoredRead[];
}

export function createMapRowStore(): MapRowStore {
  const partitions = new Map<string, Map<string, StoredRead>>();
  const peek = (partition: string, selection: number, clustering: string): StoredRead | undefined =>
    partitions.get(partition)?.get(`${selection}:${clustering}`);
  const reads = (): StoredRead[] => [...partitions.values()].flatMap((kept) => [...kept.values()]);
  return {
    find: peek,
    peek,
    put(partition, read) {
      const kept = partitions.get(partition) ?? new Map<string, StoredRead>();
      kept.set(`${read.selection}:${read.clustering}`, read);
      partitions.set(partition, kept);
    },
    delete: (partition) => partitions.delete(partition),
    retire(prefix) {
      for (const name of partitions.keys()) if (name.startsWith(prefix)) partitions.delete(name);
    },
    clear: () => partitions.clear(),
    stats: () => ({
      partitions: partitions.size,
      missingPartitions: 0,
      bytes: reads().length,
      missingBytes: 0,
      maxBytes: Number.POSITIVE_INFINITY,
      evictions: 0,
    }),
    reads,
  };
}
