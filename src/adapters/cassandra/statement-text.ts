import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import type { ReadStatement, ScanStatement, WriteStatement } from '../../core/ports.ts';

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
  const listed = form === 'several' ? listedComponent(statement) : -1;
  const restrictions = statement.keyColumns.map((column, position) =>
    position === listed ? `${quoted(column.name)} IN ?` : `${quoted(column.name)} = ?`,
  );
  const limit = statement.rowsPerPartition === undefined ? '' : ' PER PARTITION LIMIT ?';
  return `${selectionText(statement.table, cells)} WHERE ${restrictions.join(' AND ')}${limit}`;
}

/** Where the last component of the partition key stands in `keyColumns`: the only one that keys of a message differ in. */
export function listedComponent(statement: ReadStatement): number {
  return statement.keyColumns.findLastIndex((column) => column.kind === 'partition');
}

/** The text of a page. Parameters: the tokens that the range is after and up to, or the components of the partition key. */
export function pageText({ table, area }: ScanStatement, cells: readonly Cell[]): string {
  const names = table.partitionKey.map((column) => quoted(column.name));
  const token = `token(${names.join(', ')})`;
  const restrictions =
    area === 'range' ? [`${token} > ?`, `${token} <= ?`] : names.map((name) => `${name} = ?`);
  return `${selectionText(table, cells)} WHERE ${restrictions.join(' AND ')}`;
}

/**
 * The text of a change. Parameters of an upsert: the key's components, the cells, the timestamp, the time to live; of a
 * delete: the timestamp, the key's components.
 */
export function changeText({ kind, table, keyColumns, columns }: WriteStatement): string {
  const keyNames = keyColumns.map((column) => quoted(column.name));
  if (kind === 'upsert') {
    const names = [...keyNames, ...columns.map((column) => quoted(column.name))];
    const marks = names.map(() => '?').join(', ');
    return `INSERT INTO ${tableText(table)} (${names.join(', ')}) VALUES (${marks}) USING TIMESTAMP ? AND TTL ?`;
  }
  const restrictions = keyNames.map((name) => `${name} = ?`).join(' AND ');
  return `DELETE FROM ${tableText(table)} USING TIMESTAMP ? WHERE ${restrictions}`;
}

function selectionText(table: TableSchema, cells: readonly Cell[]): string {
  const selected = cells.map((cell, position) => `${cellText(cell)} AS ${cellName(position)}`);
  return `SELECT ${selected.join(', ')} FROM ${tableText(table)}`;
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
