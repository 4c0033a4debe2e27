import type { EntryFinder } from './entry-finder.ts';
import { anchorKind, partitionHashWord, rowKind, stampDouble, usableUntilDouble } from './entry-layout.ts';
import type { PartitionCounts } from './partition-counts.ts';
import type { SlabMemory } from './slab-memory.ts';

/** Which entries nobody can be answered with any more, however often they were found before. */
export class EntryFate {
  readonly #memory: SlabMemory;
  readonly #finder: EntryFinder;
  readonly #partitions: PartitionCounts;
  readonly #nowMs: () => number;

  constructor(memory: SlabMemory, finder: EntryFinder, partitions: PartitionCounts, nowMs: () => number) {
    this.#memory = memory;
    this.#finder = finder;
    this.#partitions = partitions;
    this.#nowMs = nowMs;
  }

  /** Its time is over, its group is retired, or it is a row without the anchor of its partition. */
  isOver(address: number): boolean {
    const kind = this.#finder.kindOf(address);
    if (kind !== anchorKind && this.#memory.double(address, usableUntilDouble) <= this.#nowMs()) return true;
    const partitions = this.#partitions;
    if (kind !== rowKind) return partitions.hasRetired && partitions.isRetired(this.#finder.keyOf(address));
    const hash = this.#memory.word(address, partitionHashWord);
    return this.#finder.anchorByStamp(hash, this.#memory.double(address, stampDouble)) === 0;
  }
}
