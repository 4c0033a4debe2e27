import type { TableSchema } from '../encoding/table-schema.ts';
import type { Clock, KeyBytes, Text } from '../ports.ts';
import { keyIdentity } from '../reads/key-identity.ts';
import { BatchView, type ViewedBatch } from './batch-view.ts';
import { createCacheGaps } from './cache-gap.ts';
import { createGenerations, hashOf } from './generations.ts';
import { createReadNames, tableSeed } from './read-names.ts';
import type { RowStore, RowStoreStats } from './row-store.ts';

export interface RowCacheStats extends RowStoreStats {
  /** Distinct keys, since the start. */
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly joined: number;
  /** Reads that came back after their partition had been invalidated, and so were not kept. */
  readonly droppedFills: number;
  /** Invalidations that came from other instances. */
  readonly invalidations: number;
  /** How often invalidations of other instances were lost, so that what was kept had to expire. */
  readonly gaps: number;
}

/** The cache as those see it who change rows or look after it. */
export interface RowCache {
  /**
   * Nothing that was read of the partition before this call is answered any more, neither from the cache nor by
   * joining a read that is under way. For `settleMs` longer nothing of it is kept: the invalidation can be there before
   * the write has reached every replica; the caller invalidates once more when that time is over.
   */
  invalidate(table: TableSchema, partitionKey: KeyBytes, settleMs?: number): void;
  /** The same by names, of a table that need not be known here; `identities`: `keyIdentity` of each partition key. */
  invalidatePartitions(
    keyspace: string,
    table: string,
    identities: readonly string[],
    settleMs: number,
  ): void;
  /**
   * The same for all partitions of a table, and without a time to settle. Their room is used again as other rows come,
   * not at once: until then it counts as taken.
   */
  invalidateTable(keyspace: string, table: string): void;
  /**
   * For where invalidations were lost: what was read before `cutMs` is over from then on, or up to `spreadMs` later, one
   * partition after the other. Also as a stale answer. Nobody joins a read that began before this call, or before
   * `cutMs` if that is later, and what it brings after that is not kept.
   */
  expireBefore(cutMs: number, spreadMs: number): void;
  countFleet(what: 'invalidations' | 'gaps'): void;
  clear(): void;
  stats(): RowCacheStats;
}

/** Counts of distinct keys; `stale` and `joined` are among the misses. */
export type CacheCounts = Pick<RowCacheStats, 'hits' | 'stale' | 'misses' | 'joined'>;

/** The cache as readers see it. */
export interface ReadCache extends RowCache {
  /** Undefined where the table is not cached, or the caller does not use the cache. */
  view(batch: ViewedBatch): BatchView | undefined;
  /** What the cache has of a key for such a batch now; counts as no use. */
  state(batch: ViewedBatch, key: KeyBytes): CachedState;
  count(counts: CacheCounts): void;
  countDroppedFill(): void;
}

export interface CachedState {
  /**
   * `off`: the table is not cached, or the caller does not use the cache; `none` also where what is kept does not
   * answer the batch.
   */
  readonly state: 'fresh' | 'stale' | 'none' | 'off';
  /** Since the read began; null with `none` and `off`. */
  readonly ageMs: number | null;
}

export function createRowCache(parts: {
  readonly store: RowStore;
  readonly clock: Clock;
  readonly text: Text;
}): ReadCache {
  const { store, clock, text } = parts;
  const names = createReadNames((prefix) => store.retire(prefix));
  const generations = createGenerations(clock);
  const gaps = createCacheGaps();
  const viewParts = { store, clock, text, generations, gaps };
  const counted = { hits: 0, stale: 0, misses: 0, joined: 0, droppedFills: 0, invalidations: 0, gaps: 0 };

  const view = (batch: ViewedBatch): BatchView | undefined => {
    const { cache } = batch.settings;
    if (cache === undefined || batch.cacheUse === 'off') return undefined;
    return new BatchView(viewParts, batch, names.of(batch.selection), cache);
  };

  const invalidatePartitions: RowCache['invalidatePartitions'] = (keyspace, table, identities, settleMs) => {
    // By the name of the table and not by its present number: a read may be under way, or a write settling, across a change of schema.
    const seed = tableSeed(keyspace, table);
    const settleUntilMs = clock.nowMs() + settleMs;
    const opened = names.tablesOf(keyspace, table);
    for (const identity of identities) {
      generations.bump(hashOf(identity, 0, seed), settleUntilMs);
      for (const { prefix } of opened) store.delete(prefix + identity);
    }
  };

  return {
    view,
    state(batch, key) {
      const seen = view(batch);
      if (seen === undefined) return { state: 'off', ageMs: null };
      const peeked = seen.peek(key, clock.nowMs());
      if (peeked === undefined || peeked.freshness === 'over') return { state: 'none', ageMs: null };
      return { state: peeked.freshness, ageMs: peeked.ageMs };
    },
    count({ hits, stale, misses, joined }) {
      counted.hits += hits;
      counted.stale += stale;
      counted.misses += misses;
      counted.joined += joined;
    },
    countDroppedFill() {
      counted.droppedFills += 1;
    },
    invalidate({ keyspace, name }, partitionKey, settleMs = 0) {
      invalidatePartitions(keyspace, name, [keyIdentity(partitionKey, text)], settleMs);
    },
    invalidatePartitions,
    invalidateTable: (keyspace, table) => names.forget(keyspace, table),
    expireBefore(cutMs, spreadMs) {
      gaps.add(cutMs, spreadMs, clock.nowMs());
      generations.bumpAll(cutMs);
    },
    countFleet(what) {
      counted[what] += 1;
    },
    clear() {
      names.forgetAll();
      store.clear();
    },
    stats: () => ({ ...store.stats(), ...counted }),
  };
}
