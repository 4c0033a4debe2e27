import {
  deadKind,
  flagsWord,
  foundOnce,
  foundShift,
  kindMask,
  unitBytes,
  unitsWord,
} from './entry-layout.ts';
import type { SlabMemory } from './slab-memory.ts';

export interface EntryRingParts {
  readonly memory: SlabMemory;
  /** The number of one more slab, or undefined where there is none to be had. */
  readonly takeSlab: () => number | undefined;
  /** Whether nobody can be answered with the entry any more. */
  readonly isOver: (address: number) => boolean;
  /** The entry is about to be overwritten. */
  readonly evicted: (address: number) => void;
  readonly moved: (from: number, to: number) => void;
}

/** So many entries that were found lately are passed over for one new entry; then the next one goes all the same. */
const mostSurvivors = 64;

/**
 * Entries one behind the other in a ring of slabs, in the order of their arrival. A new one is written into the gap
 * between the newest and the oldest. Where it is too narrow the hand moves on over the oldest: dead entries and those
 * of which no find is left, or that are over, make room; one that was found is moved to the near side of the gap, at
 * the price of one find, and so becomes one of the newest (CLOCK with a counter, or GCLOCK): what is asked for often
 * outlives what was asked for last. So all of a slab is in use but the gap, an end of it that was too short for the
 * entry that came next, and dead entries that the hand has not reached.
 */
export class EntryRing {
  readonly #memory: SlabMemory;
  readonly #takeSlab: () => number | undefined;
  readonly #isOver: (address: number) => boolean;
  readonly #evicted: (address: number) => void;
  readonly #moved: (from: number, to: number) => void;
  readonly #slabs: number[] = [];
  /** Where the entries of each slab end, in units. Of the slab with the head only once the hand has entered it. */
  readonly #ends: number[] = [];
  /** Place of the head's slab in `#slabs`. */
  #place = -1;
  #head = 0;
  /** In the slab of the head; at its end when the entries that were there before are passed or never were. */
  #hand = 0;

  constructor({ memory, takeSlab, isOver, evicted, moved }: EntryRingParts) {
    this.#memory = memory;
    this.#takeSlab = takeSlab;
    this.#isOver = isOver;
    this.#evicted = evicted;
    this.#moved = moved;
    this.#hand = memory.slabUnits;
    this.#head = memory.slabUnits;
  }

  get slabs(): number {
    return this.#slabs.length;
  }

  /** All that was ever written to: a slab that the head entered for the first time counts up to the head. */
  get bytes(): number {
    const { slabUnits } = this.#memory;
    const isNew = this.#place === this.#slabs.length - 1 && this.#ends[this.#place] === 0;
    const untouched = isNew ? slabUnits - this.#head : 0;
    return (this.#slabs.length * slabUnits - untouched) * unitBytes;
  }

  /**
   * Room for `units`, at most those of a slab; undefined where there is no slab at all. The caller writes the length
   * of the entry.
   */
  allocate(units: number): number | undefined {
    let survivors = 0;
    while (this.#hand - this.#head < units) {
      if (this.#memory.slabUnits - this.#head < units) {
        if (!this.#enterNextSlab()) return undefined;
        continue;
      }
      if (this.#passNext(survivors < mostSurvivors)) survivors += 1;
    }
    const address = this.#memory.addressOf(this.#slabs[this.#place] ?? 0, this.#head);
    this.#head += units;
    return address;
  }

  /** Gives up a slab with all that lies in it; undefined where it is the only one. */
  giveUpSlab(): number | undefined {
    if (this.#slabs.length < 2) return undefined;
    const last = this.#slabs.length - 1;
    const headIsHere = this.#place === last;
    if (headIsHere) this.#closeSlab();
    this.#evictAll(last);
    const slab = this.#slabs.pop();
    this.#ends.pop();
    if (headIsHere) this.#enter(0);
    return slab;
  }

  /** Moves the hand by one entry; whether that was one that survives. */
  #passNext(mayStay: boolean): boolean {
    const memory = this.#memory;
    const end = this.#ends[this.#place] ?? 0;
    if (this.#hand >= end) {
      this.#hand = memory.slabUnits;
      return false;
    }
    const slab = this.#slabs[this.#place] ?? 0;
    const address = memory.addressOf(slab, this.#hand);
    const units = memory.word(address, unitsWord);
    const flags = memory.word(address, flagsWord);
    this.#hand += units;
    if ((flags & kindMask) === deadKind) return false;
    if (flags >>> foundShift === 0 || !mayStay || this.#isOver(address)) {
      this.#evicted(address);
      return false;
    }
    memory.setWord(address, flagsWord, flags - foundOnce);
    const target = memory.addressOf(slab, this.#head);
    if (target !== address) {
      memory.move(address, target, units);
      this.#moved(address, target);
    }
    this.#head += units;
    return true;
  }

  #enterNextSlab(): boolean {
    if (this.#place >= 0) this.#closeSlab();
    if (this.#place === this.#slabs.length - 1) {
      const slab = this.#takeSlab();
      if (slab !== undefined) {
        this.#slabs.push(slab);
        this.#ends.push(0);
        this.#enter(this.#slabs.length - 1);
        return true;
      }
      if (this.#slabs.length === 0) return false;
    }
    this.#enter((this.#place + 1) % this.#slabs.length);
    return true;
  }

  #enter(place: number): void {
    this.#place = place;
    this.#head = 0;
    this.#hand = 0;
  }

  /** Leaves the slab of the head so that it can be walked from its beginning to its end. */
  #closeSlab(): void {
    const end = this.#ends[this.#place] ?? 0;
    const slab = this.#slabs[this.#place] ?? 0;
    if (this.#hand >= end) this.#ends[this.#place] = this.#head;
    else if (this.#hand > this.#head) {
      this.#memory.fill(this.#memory.addressOf(slab, this.#head), this.#hand - this.#head);
    }
  }

  #evictAll(place: number): void {
    const memory = this.#memory;
    const slab = this.#slabs[place] ?? 0;
    const end = this.#ends[place] ?? 0;
    for (let unit = 0; unit < end; ) {
      const address = memory.addressOf(slab, unit);
      unit += memory.word(address, unitsWord);
      if ((memory.word(address, flagsWord) & kindMask) !== deadKind) this.#evicted(address);
    }
  }
}
