import type { InvalidationReach } from '../cache/invalidation-follower.ts';
import type { Clock } from '../ports.ts';
import type { Invalidate, WriteTelemetry } from './write.ts';

export interface SettlingTable {
  readonly keyspace: string;
  readonly table: string;
  /** For so long replicas may lack a write. */
  readonly settleMs: number;
}

/** Partitions of one table that were written, or may have been. */
export interface WrittenPartitions extends SettlingTable {
  /** `keyIdentity` of each partition key; distinct. */
  readonly partitions: readonly string[];
}

/**
 * Sees to it that nothing older than a write is answered from a cache: partitions are invalidated as soon as it is known
 * that they were written, and once more when that has settled.
 */
export interface SettlingPartitions {
  /** How far the first invalidation came; of a table that is not cached nobody is told. Never rejects. */
  written(written: WrittenPartitions): Promise<InvalidationReach>;
  /**
   * A table is cached from now on. Of writes before that nobody was told: it is invalidated as a whole, at once and when
   * the last of them has settled. Never rejects.
   */
  cacheBegun(table: SettlingTable): Promise<InvalidationReach>;
  /** Invalidates at once what still waits for its second time; what is written after that waits no more. */
  close(): Promise<void>;
}

export interface SettlingPartitionsParts {
  readonly clock: Clock;
  /** Asked anew each time: a table that becomes cached is told by `cacheBegun`. Absent: every table is. */
  readonly isCached?: ((keyspace: string, table: string) => boolean) | undefined;
  readonly invalidate: Invalidate;
  readonly telemetry: Pick<WriteTelemetry, 'unexpected'>;
}

/** What falls due within so long is invalidated together, at its end. */
const tickMs = 100;
/** Partitions that wait; beyond, the whole table stands for those that come on top. */
const mostWaiting = 50_000;

export function createSettlingPartitions(parts: SettlingPartitionsParts): SettlingPartitions {
  return new SettlingBook(parts);
}

/** What is due at the end of one tick, by table; `all`: there was no room to remember which. */
interface Tick {
  readonly tables: Map<string, DueTable>;
  readonly cancel: () => void;
}

interface DueTable {
  readonly keyspace: string;
  readonly table: string;
  partitions: Set<string> | 'all';
}

class SettlingBook implements SettlingPartitions {
  readonly #parts: SettlingPartitionsParts;
  readonly #ticks = new Map<number, Tick>();
  #waiting = 0;
  #isClosed = false;

  constructor(parts: SettlingPartitionsParts) {
    this.#parts = parts;
  }

  async written(written: WrittenPartitions): Promise<InvalidationReach> {
    const { keyspace, table, partitions, settleMs } = written;
    const { isCached } = this.#parts;
    // The room to remember, and that of the cache for what settles, is shared by all tables: bulk writes would take it.
    if (partitions.length === 0 || isCached?.(keyspace, table) === false) return 'fleet';
    const settles = settleMs > 0 && !this.#isClosed;
    // Before anybody is asked: whoever closes meanwhile finds it here.
    if (settles) this.#remember(written);
    return this.#invalidate(keyspace, table, partitions, settles ? settleMs : 0);
  }

  async cacheBegun({ keyspace, table, settleMs }: SettlingTable): Promise<InvalidationReach> {
    if (settleMs > 0 && !this.#isClosed) this.#rememberWhole(this.#dueTable({ keyspace, table, settleMs }));
    return this.#invalidate(keyspace, table, 'all', 0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#ticks.keys()].map((at) => this.#end(at)));
  }

  #remember(written: WrittenPartitions): void {
    const due = this.#dueTable(written);
    for (const partition of written.partitions) {
      if (due.partitions === 'all') return;
      if (due.partitions.has(partition)) continue;
      if (this.#waiting < mostWaiting) {
        due.partitions.add(partition);
        this.#waiting += 1;
        continue;
      }
      this.#rememberWhole(due);
    }
  }

  #rememberWhole(due: DueTable): void {
    if (due.partitions !== 'all') this.#waiting -= due.partitions.size;
    due.partitions = 'all';
  }

  #dueTable({ keyspace, table, settleMs }: SettlingTable): DueTable {
    const { clock } = this.#parts;
    const at = Math.ceil((clock.nowMs() + settleMs) / tickMs);
    let tick = this.#ticks.get(at);
    if (tick === undefined) {
      const cancel = clock.after(at * tickMs - clock.nowMs(), () => void this.#end(at));
      tick = { tables: new Map(), cancel };
      this.#ticks.set(at, tick);
    }
    const name = JSON.stringify([keyspace, table]);
    let due = tick.tables.get(name);
    if (due === undefined) {
      due = { keyspace, table, partitions: new Set() };
      tick.tables.set(name, due);
    }
    return due;
  }

  async #end(at: number): Promise<void> {
    const tick = this.#ticks.get(at);
    if (tick === undefined) return;
    this.#ticks.delete(at);
    tick.cancel();
    const told = [...tick.tables.values()].map(({ keyspace, table, partitions }) => {
      if (partitions === 'all') return this.#invalidate(keyspace, table, 'all', 0);
      this.#waiting -= partitions.size;
      return this.#invalidate(keyspace, table, [...partitions], 0);
    });
    await Promise.all(told);
  }

  async #invalidate(
    keyspace: string,
    table: string,
    partitions: readonly string[] | 'all',
    settleMs: number,
  ): Promise<InvalidationReach> {
    const { invalidate, telemetry } = this.#parts;
    try {
      return await invalidate({ keyspace, table, partitions, settleMs });
    } catch (fault) {
      telemetry.unexpected(fault);
      return 'instance';
    }
  }
}
