import type { CqlValue } from '../../core/encoding/cql-value.ts';
import {
  deleteFromRow,
  neverMicros,
  newestMicros,
  type RowUpsert,
  type StoredRow,
  upsertRow,
} from './stored-row.ts';

/** Rows in clustering order, those that only keep a deletion included, and when all was deleted. */
export interface PartitionRows {
  readonly rows: StoredRow[];
  deletedMicros: bigint;
}

/** A partition of one row that no message has touched is that row, without a list around it. */
export type Partition = string | PartitionRows;

/** What a message does to one partition. */
export type PartitionChange =
  | { readonly kind: 'upsert'; readonly clustering: readonly CqlValue[]; readonly upsert: RowUpsert }
  /** `bare`: the row with nothing but its clustering key, for a deletion of what is not there. */
  | {
      readonly kind: 'delete-row';
      readonly clustering: readonly CqlValue[];
      readonly bare: string;
      readonly micros: bigint;
    }
  | { readonly kind: 'delete-partition'; readonly micros: bigint };

export interface RowPlace {
  readonly position: number;
  /** Whether the row stands there; otherwise it would. */
  readonly exact: boolean;
}

/** What the rows of a table have in common. */
export interface RowShape {
  /** Cells of the clustering key, which come first. */
  readonly clustering: number;
  find(rows: readonly StoredRow[], clustering: readonly CqlValue[]): RowPlace;
}

export function rowsOf(partition: Partition | undefined): readonly StoredRow[] {
  if (partition === undefined) return [];
  return typeof partition === 'string' ? [partition] : partition.rows;
}

/** A copy that later changes leave as it is. */
export function copyPartition(partition: Partition | undefined): Partition | undefined {
  if (partition === undefined || typeof partition === 'string') return partition;
  return { rows: [...partition.rows], deletedMicros: partition.deletedMicros };
}

/** Changes the partition in place where it can be changed. Deletions are kept for as long as the table is. */
export function changePartition(
  held: Partition | undefined,
  change: PartitionChange,
  shape: RowShape,
): PartitionRows {
  const partition = openPartition(held);
  if (change.kind === 'delete-partition') deletePartition(partition, change.micros, shape);
  else changeRow(partition, change, shape);
  return partition;
}

/** The newest that a message has written to the partition as a whole or to the one row; `neverMicros`: none has. */
export function newestOf(partition: Partition | undefined, place: RowPlace): bigint {
  if (partition === undefined || typeof partition === 'string') return neverMicros;
  const row = place.exact ? partition.rows[place.position] : undefined;
  const rowMicros = row === undefined || typeof row === 'string' ? neverMicros : newestMicros(row);
  return rowMicros > partition.deletedMicros ? rowMicros : partition.deletedMicros;
}

/** Puts a packed row in, over whatever stands there. */
export function placeRow(held: Partition | undefined, place: RowPlace, packed: string): Partition {
  if (held === undefined) return packed;
  const partition = openPartition(held);
  partition.rows.splice(place.position, place.exact ? 1 : 0, packed);
  return partition.rows.length === 1 && partition.deletedMicros === neverMicros ? packed : partition;
}

function openPartition(held: Partition | undefined): PartitionRows {
  if (typeof held === 'object') return held;
  return { rows: [...rowsOf(held)], deletedMicros: neverMicros };
}

function changeRow(
  partition: PartitionRows,
  change: Exclude<PartitionChange, { kind: 'delete-partition' }>,
  shape: RowShape,
): void {
  const { position, exact } = shape.find(partition.rows, change.clustering);
  const old = exact ? partition.rows[position] : undefined;
  const changed =
    change.kind === 'upsert'
      ? upsertRow(old, change.upsert, partition.deletedMicros, shape.clustering)
      : deleteFromRow(old ?? change.bare, change.micros, 'row', shape.clustering);
  if (changed !== undefined) partition.rows.splice(position, exact ? 1 : 0, changed);
}

function deletePartition(partition: PartitionRows, micros: bigint, shape: RowShape): void {
  if (micros <= partition.deletedMicros) return;
  const left = partition.rows
    .map((row) => deleteFromRow(row, micros, 'partition', shape.clustering))
    .filter((row) => row !== undefined);
  partition.rows.length = 0;
  for (const row of left) partition.rows.push(row);
  partition.deletedMicros = micros;
}
