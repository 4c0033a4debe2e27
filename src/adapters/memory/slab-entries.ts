import type { StoredRead } from '../../core/cache/row-store.ts';
import { EntryFate } from './entry-fate.ts';
import { EntryFinder } from './entry-finder.ts';
import { EntryIndex, hashNumber, hashText } from './entry-index.ts';
import {
  anchorKind,
  flagsWord,
  foundOnce,
  foundShift,
  hashWord,
  keyBytesWord,
  keyOffset,
  limitWord,
  missingFlag,
  partitionHashWord,
  rowCountWord,
  rowKind,
  selectionWord,
  stampDouble,
  tailOffset,
  unitBytes,
  unitsWord,
  wholeKind,
} from './entry-layout.ts';
import { EntryRing } from './entry-ring.ts';
import { EntryRows, type PackedRead } from './entry-rows.ts';
import { PartitionCounts, presences } from './partition-counts.ts';
import { SlabMemory } from './slab-memory.ts';
import { bucketBytes, shapeOf } from './store-shape.ts';

export interface Identity {
  readonly partition: string;
  readonly selection: number;
  /** Empty: a read of the whole partition. */
  readonly clustering: string;
}

/** Of one bucket. Beyond, the oldest goes; nobody gets there but by chosen keys, or very small rows. */
const longestChain = 64;

/**
 * The entries of all reads: those with rows in one ring of slabs, those without in another that may take slabs from
 * the first up to its share. Counts partitions as they come and go.
 */
export class SlabEntries {
  readonly partitions = new PartitionCounts();
  readonly #seed: number;
  readonly #indexBytes: number;
  readonly #mostUnits: number;
  readonly #memory: SlabMemory;
  readonly #index: EntryIndex;
  readonly #finder: EntryFinder;
  readonly #rows: EntryRows;
  readonly #fate: EntryFate;
  readonly #found: EntryRing;
  readonly #missing: EntryRing;
  #lastStamp = 0;

  /** `allocate`: throws a `RangeError` where there is no memory; absent: of the process. */
  constructor(
    maxBytes: number,
    seed: number,
    nowMs: () => number,
    allocate?: (bytes: number) => ArrayBuffer,
  ) {
    this.#seed = seed;
    const { buckets, slabBytes, mostSlabs, mostMissingSlabs } = shapeOf(maxBytes);
    this.#indexBytes = buckets * bucketBytes;
    const memory = new SlabMemory(slabBytes, allocate);
    const hooks = {
      memory,
      isOver: (address: number) => this.#fate.isOver(address),
      evicted: (address: number) => this.#evict(address),
      moved: (from: number, to: number) => this.#index.moved(from, to),
    };
    const takeSlab = () => (memory.slabs < mostSlabs ? memory.takeSlab() : undefined);
    this.#found = new EntryRing({ ...hooks, takeSlab });
    this.#missing = new EntryRing({
      ...hooks,
      takeSlab: () =>
        this.#missing.slabs < mostMissingSlabs ? (takeSlab() ?? this.#found.giveUpSlab()) : undefined,
    });
    this.#mostUnits = memory.slabUnits;
    this.#memory = memory;
    this.#index = new EntryIndex(memory, buckets);
    this.#finder = new EntryFinder(memory, this.#index);
    this.#rows = new EntryRows(memory);
    this.#fate = new EntryFate(memory, this.#finder, this.partitions, nowMs);
  }

  get bytes(): number {
    return this.#memory.slabs === 0 ? 0 : this.#indexBytes + this.#found.bytes + this.#missing.bytes;
  }

  get missingBytes(): number {
    return this.#missing.bytes;
  }

  /** `counts`: the read was asked for, and is kept for longer than others. */
  read(identity: Identity, counts: boolean): StoredRead | undefined {
    const address = this.#locate(identity, counts);
    return address === 0 ? undefined : this.#rows.read(address, identity.clustering);
  }

  /** In place of what there was of this identity; false where the read cannot be kept. */
  write(identity: Identity, read: StoredRead): boolean {
    const { partition, clustering } = identity;
    const kind = clustering === '' ? wholeKind : rowKind;
    const packed = this.#rows.pack(read, kind, kind === wholeKind ? partition.length : clustering.length);
    if (packed === undefined) return false;
    const hash = hashText(this.#seed, partition);
    this.#trim(hash);
    const old = this.#locate(identity, true);
    if (old !== 0 && this.#writeOver(old, packed)) return true;
    return kind === wholeKind ? this.#addWhole(identity, hash, packed) : this.#addRow(identity, hash, packed);
  }

  drop(identity: Identity): void {
    const address = this.#locate(identity, false);
    if (address !== 0) this.#remove(address);
  }

  dropPartition(partition: string): boolean {
    const hash = hashText(this.#seed, partition);
    const before = this.#finder.presence(hash, partition);
    // The reads of single rows go with their anchor; their room is free when the hand comes by.
    for (const address of this.#finder.ofPartition(hash, partition)) this.#unlink(address);
    this.partitions.settle(partition, before, presences.none);
    return before !== presences.none;
  }

  #locate({ partition, selection, clustering }: Identity, counts: boolean): number {
    const hash = hashText(this.#seed, partition);
    if (clustering === '') {
      const address = this.#finder.find(hash, wholeKind, partition, selection, 0);
      if (counts && address !== 0) this.#finder.markFound(address);
      return address;
    }
    const anchor = this.#finder.anchor(hash, partition);
    if (anchor === 0) return 0;
    const stamp = this.#memory.double(anchor, stampDouble);
    const rowHash = this.#rowHash(hash, selection, clustering);
    const address = this.#finder.find(rowHash, rowKind, clustering, selection, stamp);
    if (counts) this.#finder.markFound(anchor);
    if (counts && address !== 0) this.#finder.markFound(address);
    return address;
  }

  #rowHash(partitionHash: number, selection: number, clustering: string): number {
    return hashText(hashNumber(partitionHash, selection), clustering);
  }

  /** Where the new read fits into the room of the old one; what is over becomes a dead entry. */
  #writeOver(address: number, packed: PackedRead): boolean {
    const hadRows = this.#memory.word(address, rowCountWord) > 0;
    const room = this.#memory.word(address, unitsWord);
    if (hadRows !== packed.read.rows.length > 0 || packed.units > room) return false;
    const found = this.#memory.word(address, flagsWord) >>> foundShift;
    this.#rows.write(address, packed, found);
    if (packed.units < room) this.#memory.fill(address + packed.units, room - packed.units);
    return true;
  }

  #addWhole(identity: Identity, hash: number, packed: PackedRead): boolean {
    const address = this.#allocate(packed.units, packed.read.rows.length === 0);
    if (address === 0) return false;
    // Only now: making room can have moved or removed anything.
    const before = this.#finder.presence(hash, identity.partition);
    const old = this.#locate(identity, false);
    if (old !== 0) this.#unlink(old);
    this.#rows.write(address, packed, 0);
    this.#writeKey(address, identity.partition);
    this.#index.link(address, hash);
    this.partitions.settle(identity.partition, before, this.#finder.presence(hash, identity.partition));
    return true;
  }

  #addRow(identity: Identity, hash: number, packed: PackedRead): boolean {
    const { partition, selection, clustering } = identity;
    const rowHash = this.#rowHash(hash, selection, clustering);
    this.#trim(rowHash);
    const isMissing = packed.read.rows.length === 0;
    const anchorUnits = this.#hasAnchorFor(hash, partition, isMissing)
      ? 0
      : Math.ceil(tailOffset(anchorKind, partition.length) / unitBytes);
    const room = this.#allocate(anchorUnits + packed.units, isMissing);
    if (room === 0) return false;
    const before = this.#finder.presence(hash, partition);
    const anchor =
      anchorUnits === 0
        ? this.#finder.anchor(hash, partition)
        : this.#addAnchor(room, anchorUnits, hash, partition, isMissing);
    // Pushed out while room was made, as in a very small store. The second time room is made for a new one as well.
    if (anchor === 0) return this.#addRow(identity, hash, packed);
    const stamp = this.#memory.double(anchor, stampDouble);
    const old = this.#finder.find(rowHash, rowKind, clustering, selection, stamp);
    if (old !== 0) {
      this.#count(anchor, old, -1);
      this.#unlink(old);
    }
    const address = room + anchorUnits;
    this.#rows.write(address, packed, 0);
    this.#memory.setWord(address, partitionHashWord, hash);
    this.#memory.setDouble(address, stampDouble, stamp);
    this.#writeKey(address, clustering);
    this.#index.link(address, rowHash);
    this.#count(anchor, address, 1);
    this.partitions.settle(partition, before, this.#finder.presence(hash, partition));
    return true;
  }

  /** One among the entries without rows would be gone too soon for a read with rows. */
  #hasAnchorFor(hash: number, partition: string, isMissing: boolean): boolean {
    const anchor = this.#finder.anchor(hash, partition);
    return anchor !== 0 && (isMissing || (this.#memory.word(anchor, flagsWord) & missingFlag) === 0);
  }

  /** In place of one that there may be, whose reads it takes over. */
  #addAnchor(address: number, units: number, hash: number, partition: string, isMissing: boolean): number {
    const memory = this.#memory;
    const old = this.#finder.anchor(hash, partition);
    this.#lastStamp += 1;
    memory.setWord(address, unitsWord, units);
    memory.setWord(address, flagsWord, anchorKind | foundOnce | (isMissing ? missingFlag : 0));
    memory.setWord(address, selectionWord, 0);
    memory.setWord(address, rowCountWord, old === 0 ? 0 : memory.word(old, rowCountWord));
    memory.setWord(address, limitWord, old === 0 ? 0 : memory.word(old, limitWord));
    memory.setDouble(address, stampDouble, old === 0 ? this.#lastStamp : memory.double(old, stampDouble));
    memory.setWord(address, keyBytesWord, partition.length);
    this.#writeKey(address, partition);
    if (old !== 0) this.#unlink(old);
    this.#index.link(address, hash);
    return address;
  }

  /** The address of so much room, which is a dead entry until it is written to; 0: more than can be had. */
  #allocate(units: number, isMissing: boolean): number {
    if (units > this.#mostUnits) return 0;
    const address = (isMissing ? this.#missing : this.#found).allocate(units);
    if (address === undefined) return 0;
    this.#memory.fill(address, units);
    return address;
  }

  #writeKey(address: number, key: string): void {
    const kind = this.#finder.kindOf(address);
    this.#memory.bytes(address).write(key, this.#memory.start(address) * 4 + keyOffset(kind), 'latin1');
  }

  #count(anchor: number, row: number, change: 1 | -1): void {
    const word = this.#memory.word(row, rowCountWord) > 0 ? rowCountWord : limitWord;
    this.#memory.setWord(anchor, word, this.#memory.word(anchor, word) + change);
  }

  #trim(hash: number): void {
    const beyond = this.#finder.lastBeyond(hash, longestChain - 1);
    if (beyond !== 0) this.#evict(beyond);
  }

  #evict(address: number): void {
    // To lose what nobody could have had is no want of room.
    const isOver = this.#fate.isOver(address);
    if (this.#remove(address) && !isOver) this.partitions.evictions += 1;
  }

  /** Whether nothing is left of the partition, and something was. */
  #remove(address: number): boolean {
    const kind = this.#finder.kindOf(address);
    if (kind === rowKind) return this.#removeRow(address);
    const hash = this.#memory.word(address, hashWord);
    const partition = this.#finder.keyOf(address);
    const isAlone = this.#finder.isAlone(address);
    const before = isAlone ? this.#finder.presenceBy(address) : this.#finder.presence(hash, partition);
    this.#unlink(address);
    const after = isAlone ? presences.none : this.#finder.presence(hash, partition);
    return this.partitions.settle(partition, before, after);
  }

  #removeRow(address: number): boolean {
    const memory = this.#memory;
    const hash = memory.word(address, partitionHashWord);
    const anchor = this.#finder.anchorByStamp(hash, memory.double(address, stampDouble));
    if (anchor === 0) {
      this.#unlink(address);
      return false;
    }
    const partition = this.#finder.keyOf(anchor);
    const before = this.#finder.presence(hash, partition);
    this.#count(anchor, address, -1);
    this.#unlink(address);
    if (this.#finder.presenceBy(anchor) === presences.none) this.#unlink(anchor);
    return this.partitions.settle(partition, before, this.#finder.presence(hash, partition));
  }

  #unlink(address: number): void {
    this.#index.unlink(address);
    this.#memory.kill(address);
  }
}
