import { type Cell, packRow, unpackRow } from './packed-row.ts';

/** When something was written, in µs, and on the clock until when it counts. All cells of one change share theirs. */
export interface Stamp {
  readonly micros: bigint;
  /** `Infinity`: for ever. */
  readonly expiresMs: number;
}

/** Beyond what a message can say: of what was never deleted, and of what was there before any message. */
export const neverMicros = -(2n ** 64n);
const firstStamp: Stamp = { micros: neverMicros + 1n, expiresMs: Number.POSITIVE_INFINITY };

/** A row that a message has written. A cell that a deletion covers has neither bytes nor a stamp. */
export interface WrittenRow {
  /** As `packRow` has it. */
  readonly packed: string;
  /** Aligned with the cells as far as it goes; a cell without bytes that has one is deleted. */
  readonly stamps: readonly (Stamp | undefined)[];
  /** Of the last INSERT: the row is there though all its cells are unset. */
  readonly marker: Stamp | undefined;
  readonly deletedMicros: bigint;
}

/** Packed alone, without a stamp, where no message has ever touched it: older than all that comes. */
export type StoredRow = string | WrittenRow;

export interface RowUpsert {
  readonly stamp: Stamp;
  /** All cells that a row of the table has; undefined leaves one alone, null deletes it. */
  readonly cells: readonly (Cell | undefined)[];
}

export function packedOf(row: StoredRow): string {
  return typeof row === 'string' ? row : row.packed;
}

/** The cells as a read sees them; undefined for a row that is not there. The first `clustering` cells are its key. */
export function liveCells(row: StoredRow, clustering: number, nowMs: number): readonly Cell[] | undefined {
  const cells = unpackRow(packedOf(row));
  if (typeof row === 'string') return cells;
  const { stamps, marker } = row;
  let isLive = marker !== undefined && marker.expiresMs > nowMs;
  for (let at = clustering; at < cells.length; at += 1) {
    const stamp = stamps[at];
    if (stamp !== undefined && stamp.expiresMs <= nowMs) cells[at] = null;
    if (cells[at] !== null) isLive = true;
  }
  return isLive ? cells : undefined;
}

/**
 * The row after an INSERT; the newest wins, cell by cell. `deletedMicros` is that of the partition. Undefined where there
 * was no row and is none now, since a deletion covers the change.
 */
export function upsertRow(
  row: StoredRow | undefined,
  { stamp, cells: given }: RowUpsert,
  deletedMicros: bigint,
  clustering: number,
): StoredRow | undefined {
  const old = row === undefined ? undefined : written(row);
  const rowDeletedMicros = old?.deletedMicros ?? neverMicros;
  if (stamp.micros <= deletedMicros || stamp.micros <= rowDeletedMicros) return row;
  const held = old === undefined ? given.slice(0, clustering) : unpackRow(old.packed);
  const stamps = [...(old?.stamps ?? [])];
  const cells = given.map((cell, at) => {
    const heldCell = held[at] ?? null;
    if (at < clustering || cell === undefined || !wins(cell, stamp, heldCell, stamps[at])) return heldCell;
    stamps[at] = stamp;
    return cell;
  });
  const marker = isNewer(stamp, old?.marker) ? stamp : old?.marker;
  return { packed: packRow(cells), stamps, marker, deletedMicros: rowDeletedMicros };
}

/**
 * The row after a deletion of it, or of its partition; what is newer stays. Undefined when nothing is left to be kept,
 * which is never so after a deletion of the row alone: its stamp is kept.
 */
export function deleteFromRow(
  row: StoredRow,
  micros: bigint,
  of: 'row' | 'partition',
  clustering: number,
): WrittenRow | undefined {
  const old = written(row);
  const cells = unpackRow(old.packed);
  const stamps = [...old.stamps];
  for (let at = clustering; at < cells.length; at += 1) {
    const stamp = stamps[at];
    if (stamp === undefined || stamp.micros > micros) continue;
    cells[at] = null;
    stamps[at] = undefined;
  }
  const marker = old.marker !== undefined && old.marker.micros > micros ? old.marker : undefined;
  const isRow = of === 'row' && micros > old.deletedMicros;
  const deletedMicros = isRow ? micros : old.deletedMicros;
  const isKept = of === 'row' || deletedMicros > micros || marker !== undefined;
  if (!isKept && stamps.every((stamp, at) => at < clustering || stamp === undefined)) return undefined;
  return { packed: packRow(cells), stamps, marker, deletedMicros };
}

/** The newest that is known of the row. */
export function newestMicros(row: WrittenRow): bigint {
  const stamps = [row.marker, ...row.stamps].map((stamp) => stamp?.micros ?? neverMicros);
  return stamps.reduce((newest, micros) => (micros > newest ? micros : newest), row.deletedMicros);
}

function written(row: StoredRow): WrittenRow {
  if (typeof row !== 'string') return row;
  const stamps = unpackRow(row).map((cell) => (cell === null ? undefined : firstStamp));
  return { packed: row, stamps, marker: firstStamp, deletedMicros: neverMicros };
}

/** As Cassandra reconciles two cells: of one instant, what ends wins over what stays, and a deletion over all. */
function wins(cell: Cell, stamp: Stamp, held: Cell, heldStamp: Stamp | undefined): boolean {
  if (heldStamp === undefined) return true;
  if (stamp.micros !== heldStamp.micros) return stamp.micros > heldStamp.micros;
  if (cell === null || held === null) return cell === null;
  if (stamp.expiresMs !== heldStamp.expiresMs) return endsRather(stamp, heldStamp);
  return Buffer.compare(cell, held) > 0;
}

function isNewer(stamp: Stamp, held: Stamp | undefined): boolean {
  if (held === undefined || stamp.micros !== held.micros) return stamp.micros > (held?.micros ?? neverMicros);
  return endsRather(stamp, held);
}

/** Of two of one instant that do not end alike: one that ends before one that never does, otherwise the later end. */
function endsRather(stamp: Stamp, held: Stamp): boolean {
  if (stamp.expiresMs === Number.POSITIVE_INFINITY) return false;
  return held.expiresMs === Number.POSITIVE_INFINITY || stamp.expiresMs > held.expiresMs;
}
