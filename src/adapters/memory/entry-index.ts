import { hashWord, nextWord } from './entry-layout.ts';
import type { SlabMemory } from './slab-memory.ts';

/**
 * Finds entries by hash: buckets of entries that are chained through the entries themselves. The number of buckets
 * never changes, so that no insertion has to pay for growing.
 */
export class EntryIndex {
  readonly #memory: SlabMemory;
  readonly #buckets: Int32Array;

  constructor(memory: SlabMemory, buckets: number) {
    this.#memory = memory;
    this.#buckets = new Int32Array(buckets);
  }

  /** The first entry of the bucket, of any hash that falls into it; 0: none. */
  first(hash: number): number {
    return this.#buckets[this.#bucketOf(hash)] ?? 0;
  }

  next(address: number): number {
    return this.#memory.word(address, nextWord);
  }

  link(address: number, hash: number): void {
    const bucket = this.#bucketOf(hash);
    this.#memory.setWord(address, hashWord, hash);
    this.#memory.setWord(address, nextWord, this.#buckets[bucket] ?? 0);
    this.#buckets[bucket] = address;
  }

  unlink(address: number): void {
    this.#replace(address, this.next(address));
  }

  /** The entry has been copied from one place to the other. */
  moved(from: number, to: number): void {
    const hash = this.#memory.word(to, hashWord);
    this.#replaceIn(this.#bucketOf(hash), from, to);
  }

  #replace(address: number, by: number): void {
    this.#replaceIn(this.#bucketOf(this.#memory.word(address, hashWord)), address, by);
  }

  #replaceIn(bucket: number, address: number, by: number): void {
    let at = this.#buckets[bucket] ?? 0;
    if (at === address) {
      this.#buckets[bucket] = by;
      return;
    }
    while (at !== 0) {
      const next = this.next(at);
      if (next === address) {
        this.#memory.setWord(at, nextWord, by);
        return;
      }
      at = next;
    }
  }

  #bucketOf(hash: number): number {
    return Math.floor(((hash >>> 0) * this.#buckets.length) / 0x1_0000_0000);
  }
}

/** Seeded, so that nobody outside can choose keys of one bucket. Characters beyond 255 count too. */
export function hashText(seed: number, text: string): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hashNumber(hash, text.length);
}

/** The last steps of MurmurHash3 by Austin Appleby. */
export function hashNumber(seed: number, value: number): number {
  let hash = seed ^ value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
