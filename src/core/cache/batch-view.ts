import type { Clock, KeyBytes, Text } from '../ports.ts';
import { keyIdentity } from '../reads/key-identity.ts';
import type { KeyOutcome, OutcomeSource, ReadBatch } from '../reads/key-reader.ts';
import { formatSpeculativeRetry } from '../speculation/speculative-retry.ts';
import type { CacheGaps } from './cache-gap.ts';
import type { CacheSettings } from './cache-settings.ts';
import { type Freshness, freshnessOf, isAsStrong, lifeOf, reachesLimit } from './freshness.ts';
import { type Generations, hashes, hashOf } from './generations.ts';
import type { SelectionNames } from './read-names.ts';
import type { RowStore, StoredRead } from './row-store.ts';

/** A key with its rows, or known to have none. */
export type AnsweredKey = Extract<KeyOutcome, { readonly source: OutcomeSource }>;

/** What of a batch decides which entries are its own and which of them answer it. */
export type ViewedBatch = Pick<
  ReadBatch,
  'selection' | 'settings' | 'consistency' | 'datacenters' | 'cacheUse'
>;

export interface ViewParts {
  readonly store: RowStore;
  readonly clock: Clock;
  readonly text: Text;
  readonly generations: Generations;
  readonly gaps: CacheGaps;
}

/** The read of one key as the cache knows it, from when it began. */
export interface BegunRead {
  readonly partition: string;
  readonly clustering: string;
  readonly hash: number;
  readonly generation: number;
}

/** The cache as the keys of one batch see it. Made for the batch, so that what they share is found out once. */
export class BatchView {
  readonly #parts: ViewParts;
  readonly #batch: ViewedBatch;
  readonly #names: SelectionNames;
  readonly #settings: CacheSettings;
  readonly #limit: number;
  readonly #components: number;

  constructor(parts: ViewParts, batch: ViewedBatch, names: SelectionNames, settings: CacheSettings) {
    this.#parts = parts;
    this.#batch = batch;
    this.#names = names;
    this.#settings = settings;
    this.#limit = batch.selection.rowsPerKey;
    this.#components = batch.selection.table.partitionKey.length;
  }

  /** `identity`: of the whole key, where it is at hand. */
  partitionOf(key: KeyBytes, identity?: string): string {
    const { prefix } = this.#names.table;
    if (key.length === this.#components) return prefix + (identity ?? keyIdentity(key, this.#parts.text));
    return prefix + keyIdentity(key.slice(0, this.#components), this.#parts.text);
  }

  /** Empty where the key names a whole partition. */
  clusteringOf(key: KeyBytes): string {
    return key.length === this.#components ? '' : keyIdentity(key.slice(this.#components), this.#parts.text);
  }

  /** The answer that the cache has, if it is a fresh one. */
  hit(partition: string, clustering: string, nowMs: number): KeyOutcome | undefined {
    const read = this.#parts.store.find(partition, this.#names.selection, clustering);
    if (read === undefined || this.#judge(partition, read, nowMs) !== 'fresh') return undefined;
    return answerOf(read, this.#limit, 'cache', nowMs);
  }

  /**
   * The answer where the cluster failed one for which there was no hit: a stale one, or one that somebody else's read
   * has brought since, which counts as joined.
   */
  fallback(partition: string, clustering: string, nowMs: number): AnsweredKey | undefined {
    const read = this.#parts.store.find(partition, this.#names.selection, clustering);
    if (read === undefined) return undefined;
    const freshness = this.#judge(partition, read, nowMs);
    if (freshness === 'over') return undefined;
    return answerOf(read, this.#limit, freshness === 'fresh' ? 'joined' : 'stale', nowMs);
  }

  /** What the cache has of a key, without counting as a use. */
  peek(key: KeyBytes, nowMs: number): { readonly freshness: Freshness; readonly ageMs: number } | undefined {
    const { store } = this.#parts;
    const partition = this.partitionOf(key);
    const read = store.peek(partition, this.#names.selection, this.clusteringOf(key));
    return read && { freshness: this.#judge(partition, read, nowMs), ageMs: ageOf(read, nowMs) };
  }

  /** To be called before anything is sent for the key. */
  begin(partition: string, clustering: string): BegunRead {
    const hash = this.#hashOf(partition);
    return { partition, clustering, hash, generation: this.#parts.generations.of(hash) };
  }

  /**
   * Keeps what a read brought; false where its partition was invalidated since it began, or could not settle before.
   * Also a read that somebody made later is not replaced. `chance` is in [0, 1).
   */
  keep(begun: BegunRead, outcome: KeyOutcome, chance: number): boolean {
    if (outcome.status !== 'found' && outcome.status !== 'missing') return true;
    // The table was purged while it was read.
    if (!this.#names.table.isOpen) return false;
    const { store, clock, generations } = this.#parts;
    const { partition, clustering, hash, generation } = begun;
    if (generations.of(hash) !== generation || generations.isSettling(hash)) return false;
    const nowMs = clock.nowMs();
    const readAtMs = nowMs - outcome.ageMs;
    const before = store.peek(partition, this.#names.selection, clustering);
    if (before !== undefined && before.readAtMs > readAtMs) return true;
    const isFound = outcome.status === 'found';
    const life = lifeOf(this.#settings, isFound, readAtMs, chance);
    if (life === undefined || life.usableUntilMs <= nowMs) {
      // What was there is known to be old: better nothing than that.
      if (before !== undefined) store.delete(partition);
      return true;
    }
    store.put(partition, {
      selection: this.#names.selection,
      clustering,
      limit: this.#limit,
      consistency: this.#batch.consistency,
      datacenter: this.#datacenter(),
      readAtMs,
      ...life,
      rows: isFound ? outcome.rows : [],
      truncated: isFound && outcome.truncated,
    });
    return true;
  }

  /**
   * Names that are equal for reads of which one may stand for the other: alike in all that is asked, in when they are
   * hedged and in what is done with what they bring, and with no invalidation between their beginnings.
   */
  flightNames(speculation: ReadBatch['speculation']): (begun: BegunRead) => string {
    const { consistency, datacenters, cacheUse } = this.#batch;
    // All rules have to come, in whatever order and however often they are named.
    const rules = [...new Set(speculation.map(formatSpeculativeRetry))].sort();
    const shape = JSON.stringify([
      this.#names.selection,
      this.#limit,
      consistency,
      datacenters,
      cacheUse,
      rules,
    ]);
    return ({ partition, clustering, generation }) =>
      `${shape}${generation}:${partition.length}:${partition}${clustering}`;
  }

  #hashOf(partition: string): number {
    const { prefix, seed } = this.#names.table;
    return hashOf(partition, prefix.length, seed);
  }

  #judge(partition: string, read: StoredRead, nowMs: number): Freshness {
    const { gaps } = this.#parts;
    if (gaps.concerns(read.readAtMs)) {
      if (gaps.isOver(read.readAtMs, nowMs, this.#hashOf(partition) / hashes)) return 'over';
    }
    const { consistency } = this.#batch;
    const datacenter = consistency === 'LOCAL_QUORUM' ? this.#datacenter() : '';
    const answers = reachesLimit(read, this.#limit) && isAsStrong(read, consistency, datacenter);
    return answers ? freshnessOf(read, this.#settings, nowMs) : 'over';
  }

  /**
   * All that the caller reads from: which of them it was is not told of a key, and either was good enough for the
   * caller.
   */
  #datacenter(): string {
    const { datacenters } = this.#batch;
    return datacenters.length === 1 ? (datacenters[0] as string) : datacenters.join(',');
  }
}

/** A read that asked for more rows answers as one that asked for `limit` would have. */
function answerOf(
  read: StoredRead,
  limit: number,
  source: Exclude<OutcomeSource, 'cassandra'>,
  nowMs: number,
): AnsweredKey {
  const ageMs = ageOf(read, nowMs);
  const { rows, truncated } = read;
  if (rows.length === 0) return { status: 'missing', source, ageMs };
  if (rows.length <= limit) return { status: 'found', rows, truncated, source, ageMs };
  return { status: 'found', rows: rows.slice(0, limit), truncated: true, source, ageMs };
}

function ageOf(read: StoredRead, nowMs: number): number {
  return Math.max(0, nowMs - read.readAtMs);
}
