import type { EntryIndex } from './entry-index.ts';
import {
  anchorKind,
  flagsWord,
  foundOnce,
  foundShift,
  hashWord,
  keyBytesWord,
  keyOffset,
  kindMask,
  limitWord,
  mostFound,
  rowCountWord,
  selectionWord,
  stampDouble,
  wholeKind,
} from './entry-layout.ts';
import { type Presence, presences } from './partition-counts.ts';
import type { SlabMemory } from './slab-memory.ts';

/** Looks entries up in their buckets. 0 stands for none everywhere. */
export class EntryFinder {
  readonly #memory: SlabMemory;
  readonly #index: EntryIndex;

  constructor(memory: SlabMemory, index: EntryIndex) {
    this.#memory = memory;
    this.#index = index;
  }

  /** The entry of this kind, key, selection and, but for a whole partition, stamp. */
  find(hash: number, kind: number, key: string, selection: number, stamp: number): number {
    const memory = this.#memory;
    for (let at = this.#index.first(hash); at !== 0; at = this.#index.next(at)) {
      const words = memory.words(at);
      const start = memory.start(at);
      if (words[start + hashWord] !== hash) continue;
      if (((words[start + flagsWord] ?? 0) & kindMask) !== kind) continue;
      if (words[start + selectionWord] !== selection) continue;
      if (kind !== wholeKind && memory.double(at, stampDouble) !== stamp) continue;
      if (this.hasKey(at, key)) return at;
    }
    return 0;
  }

  anchor(hash: number, partition: string): number {
    for (let at = this.#index.first(hash); at !== 0; at = this.#index.next(at)) {
      if (this.#isAnchor(at, hash) && this.hasKey(at, partition)) return at;
    }
    return 0;
  }

  anchorByStamp(hash: number, stamp: number): number {
    for (let at = this.#index.first(hash); at !== 0; at = this.#index.next(at)) {
      if (this.#isAnchor(at, hash) && this.#memory.double(at, stampDouble) === stamp) return at;
    }
    return 0;
  }

  /** The reads of the whole partition, and its anchor. */
  *ofPartition(hash: number, partition: string): Generator<number> {
    for (let at = this.#index.first(hash); at !== 0; ) {
      const next = this.#index.next(at);
      if (this.#isOfPartition(at, hash, partition)) yield at;
      at = next;
    }
  }

  presence(hash: number, partition: string): Presence {
    let presence: Presence = presences.none;
    for (let at = this.#index.first(hash); at !== 0; at = this.#index.next(at)) {
      if (!this.#isOfPartition(at, hash, partition)) continue;
      const own = this.presenceBy(at);
      if (own > presence) presence = own;
    }
    return presence;
  }

  /** What a read of a whole partition or an anchor says by itself. */
  presenceBy(address: number): Presence {
    if (this.#memory.word(address, rowCountWord) > 0) return presences.found;
    if (this.kindOf(address) === wholeKind) return presences.missing;
    return this.#memory.word(address, limitWord) > 0 ? presences.missing : presences.none;
  }

  /** Whether no other entry of the bucket has its hash. */
  isAlone(address: number): boolean {
    const hash = this.#memory.word(address, hashWord);
    for (let at = this.#index.first(hash); at !== 0; at = this.#index.next(at)) {
      if (at !== address && this.#memory.word(at, hashWord) === hash) return false;
    }
    return true;
  }

  markFound(address: number): void {
    const flags = this.#memory.word(address, flagsWord);
    if (flags >>> foundShift < mostFound) this.#memory.setWord(address, flagsWord, flags + foundOnce);
  }

  /** The last of the bucket where that has more than `most` entries. */
  lastBeyond(hash: number, most: number): number {
    let count = 0;
    let last = 0;
    for (let at = this.#index.first(hash); at !== 0; at = this.#index.next(at)) {
      last = at;
      count += 1;
    }
    return count > most ? last : 0;
  }

  kindOf(address: number): number {
    return this.#memory.word(address, flagsWord) & kindMask;
  }

  keyOf(address: number): string {
    const begin = this.#keyBegin(address);
    return this.#memory
      .bytes(address)
      .toString('latin1', begin, begin + this.#memory.word(address, keyBytesWord));
  }

  /** A character beyond 255 is no byte, and equal to none. */
  hasKey(address: number, key: string): boolean {
    if (this.#memory.word(address, keyBytesWord) !== key.length) return false;
    const bytes = this.#memory.bytes(address);
    const begin = this.#keyBegin(address);
    for (let index = 0; index < key.length; index += 1) {
      if (bytes[begin + index] !== key.charCodeAt(index)) return false;
    }
    return true;
  }

  #keyBegin(address: number): number {
    return this.#memory.start(address) * 4 + keyOffset(this.kindOf(address));
  }

  #isAnchor(address: number, hash: number): boolean {
    return this.#memory.word(address, hashWord) === hash && this.kindOf(address) === anchorKind;
  }

  #isOfPartition(address: number, hash: number, partition: string): boolean {
    if (this.#memory.word(address, hashWord) !== hash) return false;
    const kind = this.kindOf(address);
    return (kind === wholeKind || kind === anchorKind) && this.hasKey(address, partition);
  }
}
