import type { StoredRead } from '../../core/cache/row-store.ts';
import { type Consistency, consistencies } from '../../core/ports.ts';
import {
  consistencyMask,
  consistencyShift,
  datacenterMask,
  datacenterShift,
  flagsWord,
  foundShift,
  freshUntilDouble,
  keyBytesWord,
  kindMask,
  limitWord,
  readAtDouble,
  rowBytesWord,
  rowCountWord,
  selectionWord,
  tailOffset,
  truncatedFlag,
  unitBytes,
  unitsWord,
  usableUntilDouble,
  utf8Flag,
} from './entry-layout.ts';
import type { SlabMemory } from './slab-memory.ts';

/** A read, measured before a place is found for it. */
export interface PackedRead {
  readonly read: StoredRead;
  readonly kind: number;
  readonly keyBytes: number;
  readonly rowBytes: number;
  readonly units: number;
}

/** How the rows and the facts of a read lie in an entry; links, key and stamp are not its affair. */
export class EntryRows {
  readonly #memory: SlabMemory;
  readonly #datacenters: string[] = [];

  constructor(memory: SlabMemory) {
    this.#memory = memory;
  }

  /** Undefined where the read cannot be told in an entry, however long. */
  pack(read: StoredRead, kind: number, keyBytes: number): PackedRead | undefined {
    if ((read.limit | 0) !== read.limit || (read.selection | 0) !== read.selection) return undefined;
    if (!this.#knowsDatacenter(read.datacenter)) return undefined;
    let rowBytes = 0;
    for (const row of read.rows) {
      // UTF-8 has nothing for half a character.
      if (!row.isWellFormed()) return undefined;
      rowBytes += Buffer.byteLength(row);
    }
    const lengths = read.rows.length > 1 ? read.rows.length * 4 : 0;
    const bytes = tailOffset(kind, keyBytes) + lengths + rowBytes;
    return { read, kind, keyBytes, rowBytes, units: Math.ceil(bytes / unitBytes) };
  }

  /** `found`: how often what is in its place was found. */
  write(address: number, { read, kind, keyBytes, rowBytes, units }: PackedRead, found: number): void {
    const memory = this.#memory;
    const words = memory.words(address);
    const start = memory.start(address);
    const { rows } = read;
    let characters = 0;
    for (const row of rows) characters += row.length;
    const isAscii = characters === rowBytes;
    words[start + unitsWord] = units;
    words[start + flagsWord] =
      kind |
      (found << foundShift) |
      (read.truncated ? truncatedFlag : 0) |
      (isAscii ? 0 : utf8Flag) |
      (consistencies.indexOf(read.consistency) << consistencyShift) |
      (this.#datacenters.indexOf(read.datacenter) << datacenterShift);
    words[start + selectionWord] = read.selection;
    words[start + keyBytesWord] = keyBytes;
    words[start + rowBytesWord] = rowBytes;
    words[start + rowCountWord] = rows.length;
    words[start + limitWord] = read.limit;
    memory.setDouble(address, readAtDouble, read.readAtMs);
    memory.setDouble(address, freshUntilDouble, read.freshUntilMs);
    memory.setDouble(address, usableUntilDouble, read.usableUntilMs);
    const bytes = memory.bytes(address);
    let offset = start * 4 + tailOffset(kind, keyBytes);
    if (rows.length > 1) {
      for (const row of rows) {
        words[offset >>> 2] = row.length;
        offset += 4;
      }
    }
    const encoding = isAscii ? 'latin1' : 'utf8';
    for (const row of rows) offset += bytes.write(row, offset, encoding);
  }

  read(address: number, clustering: string): StoredRead {
    const memory = this.#memory;
    const words = memory.words(address);
    const start = memory.start(address);
    const flags = words[start + flagsWord] ?? 0;
    return {
      selection: words[start + selectionWord] ?? 0,
      clustering,
      limit: words[start + limitWord] ?? 0,
      consistency: consistencyOf(flags),
      datacenter: this.#datacenters[(flags >>> datacenterShift) & datacenterMask] ?? '',
      readAtMs: memory.double(address, readAtDouble),
      freshUntilMs: memory.double(address, freshUntilDouble),
      usableUntilMs: memory.double(address, usableUntilDouble),
      rows: this.#rowsAt(address, flags),
      truncated: (flags & truncatedFlag) !== 0,
    };
  }

  #rowsAt(address: number, flags: number): readonly string[] {
    const memory = this.#memory;
    const words = memory.words(address);
    const start = memory.start(address);
    const count = words[start + rowCountWord] ?? 0;
    if (count === 0) return [];
    const lengths = start * 4 + tailOffset(flags & kindMask, words[start + keyBytesWord] ?? 0);
    const begin = count > 1 ? lengths + count * 4 : lengths;
    const end = begin + (words[start + rowBytesWord] ?? 0);
    const text = memory.bytes(address).toString((flags & utf8Flag) === 0 ? 'latin1' : 'utf8', begin, end);
    if (count === 1) return [text];
    const rows: string[] = [];
    let at = 0;
    for (let row = 0; row < count; row += 1) {
      const length = words[(lengths >>> 2) + row] ?? 0;
      rows.push(text.slice(at, at + length));
      at += length;
    }
    return rows;
  }

  #knowsDatacenter(datacenter: string): boolean {
    if (this.#datacenters.includes(datacenter)) return true;
    return this.#datacenters.length <= datacenterMask && this.#datacenters.push(datacenter) > 0;
  }
}

function consistencyOf(flags: number): Consistency {
  return consistencies[(flags >>> consistencyShift) & consistencyMask] ?? 'LOCAL_ONE';
}
