import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import type { ReadStatement } from '../../core/ports.ts';

/** One column of the result: the column itself, or its bytes as stored. */
export interface Cell {
  readonly column: Column;
  readonly asBytes: boolean;
}

/** `one` key is asked with `=`, `several` with `IN ?` on the last component of the partition key. */
export type KeyForm = 'one' | 'several';

/** The name of a cell in the result. Never the column's own: the driver would lose a column called `__proto__`. */
export function cellName(position: number): string {
  return `c${position}`;
}

/**
 * The text of a read, from schema metadata only. Parameters in order: the key's components as `keyColumns`
 * has them, then the rows wanted of each partition where the statement bounds them.
 */
export function selectText(statement: ReadStatement, cells: readonly Cell[], form: KeyForm): string {
  const selected = cells.map((cell, position) => `${cellText(cell)} AS ${cellName(position)}`);
  const listed = form === 'several' ? listedComponent(statement) : -1;
  const restrictions = statement.keyColumns.map((column, position) =>
    position === listed ? `${quoted(column.name)} IN ?` : `${quoted(column.name)} = ?`,
  );
  const limit = statement.rowsPerPartition === undefined ? '' : ' PER PARTITION LIMIT ?';
  return `SELECT ${selected.join(', ')} FROM ${tableText(statement.table)} WHERE ${restrictions.join(' AND ')}${limit}`;
}

/** Where the last component of the partition key stands in `keyColumns`: the only one that keys of a message differ in. */
export function listedComponent(statement: ReadStatement): number {
  return statement.keyColumns.findLastIndex((column) => column.kind === 'partition');
}

/** `decimalAsBlob` and its like: 5.0 prefers `decimal_as_blob` and takes both, 4.x knows only this form. */
function cellText(cell: Cell): string {
  const name = quoted(cell.column.name);
  return cell.asBytes ? `${cell.column.type.kind}AsBlob(${name})` : name;
}

function tableText(table: TableSchema): string {
  return `${quoted(table.keyspace)}.${quoted(table.name)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
