import { randomInt } from 'node:crypto';
import type { RowStore, RowStoreStats, StoredRead } from '../../core/cache/row-store.ts';
import { type Identity, SlabEntries } from './slab-entries.ts';

export interface SlabRowStoreOptions {
  /** 64 KiB to 64 GiB. All that is taken counts: keys, rows, index, and what of the slabs is not in use. */
  readonly maxBytes: number;
  /** The clock of the reads' times; absent: their time never ends here. */
  readonly nowMs?: (() => number) | undefined;
}

const smallestBytes = 64 * 1024;
const largestBytes = 64 * 2 ** 30;

/**
 * Cached rows in slabs outside of the JavaScript heap, where they cost the garbage collector nothing. Memory is taken
 * slab by slab as rows come, and given back by `clear` alone; where the process can have no more of it, the rows have
 * to do with what there is. What is found least often and longest ago goes first, in the sense of GCLOCK
 * (`EntryRing`). Not kept is also a read that is larger than a slab (4 MiB), and one whose rows are not well-formed
 * text.
 *
 * Throws a `RangeError` where `maxBytes` is out of bounds.
 */
export function createSlabRowStore({
  maxBytes,
  nowMs = () => Number.NEGATIVE_INFINITY,
}: SlabRowStoreOptions): RowStore {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < smallestBytes || maxBytes > largestBytes) {
    throw new RangeError(
      `maxBytes: a whole number from ${smallestBytes} to ${largestBytes}, not ${maxBytes}`,
    );
  }
  return new SlabRowStore(maxBytes, nowMs);
}

class SlabRowStore implements RowStore {
  readonly #maxBytes: number;
  readonly #nowMs: () => number;
  #entries: SlabEntries;
  #evictions = 0;

  constructor(maxBytes: number, nowMs: () => number) {
    this.#maxBytes = maxBytes;
    this.#nowMs = nowMs;
    this.#entries = this.#open();
  }

  find(partition: string, selection: number, clustering: string): StoredRead | undefined {
    return this.#entries.read({ partition, selection, clustering }, true);
  }

  peek(partition: string, selection: number, clustering: string): StoredRead | undefined {
    return this.#entries.read({ partition, selection, clustering }, false);
  }

  put(partition: string, read: StoredRead): void {
    const { selection, clustering } = read;
    const identity: Identity = { partition, selection, clustering };
    if (!isBytes(partition) || !isBytes(clustering) || !this.#entries.write(identity, read)) {
      this.#entries.drop(identity);
    }
  }

  delete(partition: string): boolean {
    return this.#entries.dropPartition(partition);
  }

  retire(prefix: string): void {
    this.#entries.partitions.retire(prefix);
  }

  clear(): void {
    this.#evictions += this.#entries.partitions.evictions;
    this.#entries = this.#open();
  }

  stats(): RowStoreStats {
    const { partitions, bytes, missingBytes } = this.#entries;
    return {
      partitions: partitions.all,
      missingPartitions: partitions.missing,
      bytes,
      missingBytes,
      maxBytes: this.#maxBytes,
      evictions: this.#evictions + partitions.evictions,
    };
  }

  #open(): SlabEntries {
    return new SlabEntries(this.#maxBytes, randomInt(0x1_0000_0000) | 0, this.#nowMs);
  }
}

/** One character a byte. */
function isBytes(text: string): boolean {
  let all = 0;
  for (let index = 0; index < text.length; index += 1) all |= text.charCodeAt(index);
  return all <= 0xff;
}
