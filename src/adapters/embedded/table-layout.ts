import type { CqlValue } from '../../core/encoding/cql-value.ts';
import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import { bytesFromValue, valueFromBytes } from '../../core/encoding/value-bytes.ts';
import { compareValues } from '../../core/encoding/value-order.ts';
import type { KeyBytes, Text } from '../../core/ports.ts';
import { partitionKeyBytes } from '../../core/token/partition-key.ts';
import { type Cell, unpackRow } from './packed-row.ts';
import type { RowPlace, RowShape } from './partition-rows.ts';
import { packedOf, type StoredRow } from './stored-row.ts';

/** Where a selected column is found: in the partition key, or among the cells of a row. */
interface Source {
  readonly column: Column;
  readonly from: 'partition' | 'cells';
  readonly position: number;
}

/** How the rows of one table are laid out: what is a cell of them, in which order they stand, what their bytes mean. */
export class TableLayout implements RowShape {
  readonly #text: Text;
  readonly #descending: ReadonlySet<string>;
  /** What the cells of a row are, in order: the clustering key, then the rest as they came. Only ever grows. */
  readonly #cells: Column[] = [];
  #columns = new Map<string, Column>();
  #sources = new WeakMap<object, readonly Source[]>();
  #schema: TableSchema;

  /** Throws a `RangeError` for a static column: they are not embedded. */
  constructor(schema: TableSchema, descending: ReadonlySet<string>, text: Text) {
    this.#text = text;
    this.#descending = descending;
    this.#schema = schema;
    this.#adopt(schema);
  }

  get schema(): TableSchema {
    return this.#schema;
  }

  get cells(): readonly Column[] {
    return this.#cells;
  }

  get clustering(): number {
    return this.#schema.clusteringKey.length;
  }

  addColumn(added: Column): void {
    const { partitionKey, clusteringKey, columns } = this.#schema;
    if (added.kind !== 'regular') throw new RangeError('only a regular column can be added');
    if (this.#columns.has(added.name)) throw new RangeError('the column exists');
    const keys = columns.slice(0, partitionKey.length + clusteringKey.length);
    const rest = [...columns.slice(keys.length), added].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#schema = { ...this.#schema, columns: [...keys, ...rest] };
    this.#adopt(this.#schema);
  }

  column(name: string): Column | undefined {
    return this.#columns.get(name);
  }

  /** Throws a `ValueFault` for a value not of the type of the column. */
  cellOf(column: Column, value: CqlValue): Cell {
    if (value === null || isStoredAsNothing(column, value)) return null;
    return bytesFromValue(column.type, value, this.#text);
  }

  /** The same for bytes as a message brings them: sets and maps come to stand in their order. */
  cellOfBytes(column: Column, bytes: Uint8Array): Cell {
    const value = valueFromBytes(column.type, bytes, this.#text);
    // Cassandra keeps an empty value of any type; a read gives null for it.
    return value === null ? bytes : this.cellOf(column, value);
  }

  identity(partitionKey: KeyBytes): string {
    return this.#text.binary(partitionKeyBytes(partitionKey));
  }

  clusteringOf(cells: readonly (Cell | undefined)[]): readonly CqlValue[] {
    return this.#schema.clusteringKey.map(({ type }, at) => {
      const cell = cells[at];
      return cell ? valueFromBytes(type, cell, this.#text) : null;
    });
  }

  find(rows: readonly StoredRow[], clustering: readonly CqlValue[]): RowPlace {
    if (clustering.length === 0) return { position: 0, exact: rows.length > 0 };
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const cells = unpackRow(packedOf(rows[middle] ?? ''));
      const order = this.#compare(this.clusteringOf(cells), clustering);
      if (order === 0) return { position: middle, exact: true };
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return { position: low, exact: false };
  }

  /**
   * How to read the columns from a row, remembered by `statement`. Undefined where the table has not all of them, or
   * cannot read one.
   */
  reader(statement: object, columns: readonly Column[]): RowReader | undefined {
    const sources = this.#sources.get(statement) ?? columns.map(({ name }) => this.#sourceOf(name));
    if (!sources.every((source) => source !== undefined)) return undefined;
    this.#sources.set(statement, sources);
    return (partitionKey, cells) =>
      sources.map(({ column, from, position }) => {
        const bytes = from === 'partition' ? partitionKey[position] : cells[position];
        return bytes ? valueFromBytes(column.type, bytes, this.#text) : null;
      });
  }

  #adopt(schema: TableSchema): void {
    if (schema.columns.some((column) => column.kind === 'static'))
      throw new RangeError('static columns are not embedded');
    this.#columns = new Map(schema.columns.map((column) => [column.name, column]));
    this.#sources = new WeakMap();
    const known = new Set(this.#cells);
    for (const column of schema.columns) {
      if (column.kind !== 'partition' && !known.has(column)) this.#cells.push(column);
    }
  }

  #compare(one: readonly CqlValue[], other: readonly CqlValue[]): number {
    for (const [at, { name, type }] of this.#schema.clusteringKey.entries()) {
      const order = compareValues(type, one[at] ?? null, other[at] ?? null);
      if (order !== 0) return this.#descending.has(name) ? -order : order;
    }
    return 0;
  }

  #sourceOf(name: string): Source | undefined {
    const column = this.#columns.get(name);
    if (column === undefined || column.type.kind === 'unsupported') return undefined;
    if (column.kind !== 'partition') return { column, from: 'cells', position: this.#cells.indexOf(column) };
    return { column, from: 'partition', position: this.#schema.partitionKey.indexOf(column) };
  }
}

export type RowReader = (partitionKey: KeyBytes, cells: readonly Cell[]) => readonly CqlValue[];

/** A collection without elements and a user-defined type without fields, where they are not frozen: Cassandra stores them cell by cell. */
function isStoredAsNothing(column: Column, value: CqlValue): boolean {
  const isFrozen = column.kind !== 'regular' || column.cqlType.startsWith('frozen<');
  if (isFrozen || !Array.isArray(value)) return false;
  return column.type.kind === 'udt' ? value.every((field) => field === null) : value.length === 0;
}
