import type cassandra from 'cassandra-driver';
import type { CqlValue } from '../../core/encoding/cql-value.ts';
import type { Column } from '../../core/encoding/table-schema.ts';
import type { Text } from '../../core/ports.ts';
import { isSelectedAsBytes } from './key-reader.ts';
import { type Cell, cellName } from './statement-text.ts';
import { createValueReader, readStored } from './value-reader.ts';

/** The key columns come first, in the form that tells stored keys apart; none is selected twice. */
export function cellsOf(keyColumns: readonly Column[], columns: readonly Column[]): readonly Cell[] {
  const keyNames = new Set(keyColumns.map((column) => column.name));
  return [
    ...keyColumns.map((column) => ({ column, asBytes: isSelectedAsBytes(column.type) })),
    ...columns.filter((column) => !keyNames.has(column.name)).map((column) => ({ column, asBytes: false })),
  ];
}

/** Reads the values of `columns`, in their order, from rows that have `cells`. */
export function createRowReader(
  columns: readonly Column[],
  cells: readonly Cell[],
  text: Text,
): (row: cassandra.types.Row) => CqlValue[] {
  const readers = columns.map((column) => createCellReader(column, cells, text));
  return (row) => readers.map((read) => read(row));
}

function createCellReader(
  column: Column,
  cells: readonly Cell[],
  text: Text,
): (row: cassandra.types.Row) => CqlValue {
  const position = cells.findIndex((cell) => cell.column.name === column.name);
  const name = cellName(position);
  if (cells[position]?.asBytes)
    return (row) => (row[name] === null ? null : readStored(column.type, row[name], text));
  const read = createValueReader(column.type, text);
  return read ? (row) => read(row[name]) : (row) => row[name] ?? null;
}
