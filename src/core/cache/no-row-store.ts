import type { RowStore } from './row-store.ts';

/** Keeps nothing: for an instance that has no memory set apart. */
export function createNoRowStore(): RowStore {
  return {
    find: () => undefined,
    peek: () => undefined,
    put() {},
    delete: () => false,
    retire() {},
    clear() {},
    stats: () => ({
      partitions: 0,
      missingPartitions: 0,
      bytes: 0,
      missingBytes: 0,
      maxBytes: 0,
      evictions: 0,
    }),
  };
}
