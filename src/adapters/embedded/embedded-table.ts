import type { CqlValue } from '../../core/encoding/cql-value.ts';
import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import { bytesFromValue, valueFromBytes } from '../../core/encoding/value-bytes.ts';
import { compareValues } from '../../core/encoding/value-order.ts';
import type { KeyBytes, ReadStatement, ReplicaRow, Text } from '../../core/ports.ts';
import { partitionKeyBytes } from '../../core/token/partition-key.ts';
import { type Cell, packRow, unpackRow } from './packed-row.ts';

/** Column by name to value; pairs, since a column may have any name. */
export type RowValues = readonly (readonly [column: string, value: CqlValue])[];

/** Where a selected column is found: in the partition key, or among the cells of a row. */
interface Source {
  readonly column: Column;
  readonly from: 'partition' | 'cells';
  readonly position: number;
}

/**
 * The rows of one table, whoever owns them. Rows of a partition are kept in clustering order. One that is
 * alone in its partition is kept bare, without a list around it.
 */
export class EmbeddedTable {
  readonly #text: Text;
  readonly #descending: ReadonlySet<string>;
  readonly #partitions = new Map<string, string | string[]>();
  /** What the cells of a row are, in order: the clustering key, then the rest as they came. Only ever grows. */
  readonly #cells: Column[] = [];
  #columns = new Map<string, Column>();
  #sources = new WeakMap<ReadStatement, readonly Source[]>();
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

  addColumn(added: Column): void {
    const { partitionKey, clusteringKey, columns } = this.#schema;
    if (added.kind !== 'regular') throw new RangeError('only a regular column can be added');
    if (this.#columns.has(added.name)) throw new RangeError('the column exists');
    const keys = columns.slice(0, partitionKey.length + clusteringKey.length);
    const rest = [...columns.slice(keys.length), added].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#schema = { ...this.#schema, columns: [...keys, ...rest] };
    this.#adopt(this.#schema);
  }

  /** As INSERT: columns that are not named keep what they have, null unsets. Throws a `RangeError` for what the table does not take. */
  insert(row: RowValues): void {
    const given = new Map<Column, Cell>();
    for (const [name, value] of row) {
      const column = this.#columns.get(name);
      if (column === undefined) throw new RangeError('the table has no such column');
      given.set(column, this.#cellOf(column, value));
    }
    const key = this.#schema.partitionKey.map((column) => requireKey(given.get(column)));
    for (const column of this.#schema.clusteringKey) requireKey(given.get(column));
    const identity = this.#identity(key);
    const held = this.#partitions.get(identity);
    const rows = held === undefined ? [] : typeof held === 'string' ? [held] : held;
    const clustering = this.#schema.clusteringKey.map((column) => given.get(column) ?? null);
    const { position, exact } = this.#find(rows, this.#clusteringValues(clustering));
    const old = exact ? unpackRow(rows[position] ?? '') : [];
    const cells = this.#cells.map(
      (column, at) => given.get(column) ?? (given.has(column) ? null : (old[at] ?? null)),
    );
    rows.splice(position, exact ? 1 : 0, packRow(cells));
    const [only] = rows;
    this.#partitions.set(identity, rows.length === 1 && only !== undefined ? only : rows);
  }

  /** Undefined for a statement that this table cannot answer. */
  read(statement: ReadStatement, key: KeyBytes): readonly ReplicaRow[] | undefined {
    const sources = this.#sourcesOf(statement);
    if (sources === undefined) return undefined;
    const partitionKey = key.slice(0, this.#schema.partitionKey.length);
    const held = this.#partitions.get(this.#identity(partitionKey));
    if (held === undefined) return [];
    const rows = typeof held === 'string' ? [held] : held;
    return this.#wanted(statement, key, rows).map((packed) => {
      const cells = unpackRow(packed);
      const values = sources.map(({ column, from, position }) => {
        const bytes = from === 'partition' ? partitionKey[position] : cells[position];
        return bytes ? valueFromBytes(column.type, bytes, this.#text) : null;
      });
      return { key, values };
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

  #cellOf(column: Column, value: CqlValue): Cell {
    if (value === null || isStoredAsNothing(column, value)) return null;
    return bytesFromValue(column.type, value, this.#text);
  }

  #identity(partitionKey: KeyBytes): string {
    return this.#text.binary(partitionKeyBytes(partitionKey));
  }

  #wanted(statement: ReadStatement, key: KeyBytes, rows: readonly string[]): readonly string[] {
    const { partitionKey, clusteringKey } = this.#schema;
    if (key.length === partitionKey.length) return rows.slice(0, statement.rowsPerPartition ?? rows.length);
    if (clusteringKey.length === 0) return rows;
    const { position, exact } = this.#find(rows, this.#clusteringValues(key.slice(partitionKey.length)));
    return exact ? rows.slice(position, position + 1) : [];
  }

  #clusteringValues(cells: readonly Cell[]): readonly CqlValue[] {
    return this.#schema.clusteringKey.map(({ type }, at) => {
      const cell = cells[at];
      return cell ? valueFromBytes(type, cell, this.#text) : null;
    });
  }

  /** Where the row with this clustering key stands, or would. */
  #find(rows: readonly string[], values: readonly CqlValue[]): { position: number; exact: boolean } {
    if (values.length === 0) return { position: 0, exact: rows.length > 0 };
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(this.#clusteringValues(unpackRow(rows[middle] ?? '')), values);
      if (order === 0) return { position: middle, exact: true };
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return { position: low, exact: false };
  }

  #compare(one: readonly CqlValue[], other: readonly CqlValue[]): number {
    for (const [at, { name, type }] of this.#schema.clusteringKey.entries()) {
      const order = compareValues(type, one[at] ?? null, other[at] ?? null);
      if (order !== 0) return this.#descending.has(name) ? -order : order;
    }
    return 0;
  }

  #sourcesOf(statement: ReadStatement): readonly Source[] | undefined {
    const known = this.#sources.get(statement);
    if (known !== undefined) return known;
    const sources = statement.columns.map(({ name }) => this.#sourceOf(name));
    if (!sources.every((source) => source !== undefined)) return undefined;
    this.#sources.set(statement, sources);
    return sources;
  }

  #sourceOf(name: string): Source | undefined {
    const column = this.#columns.get(name);
    if (column === undefined || column.type.kind === 'unsupported') return undefined;
    if (column.kind !== 'partition') return { column, from: 'cells', position: this.#cells.indexOf(column) };
    return { column, from: 'partition', position: this.#schema.partitionKey.indexOf(column) };
  }
}

function requireKey(cell: Cell | undefined): Uint8Array {
  if (!cell) throw new RangeError('a row needs every column of its key');
  return cell;
}

/** A collection without elements and a user-defined type without fields, where they are not frozen: Cassandra stores them cell by cell. */
function isStoredAsNothing(column: Column, value: CqlValue): boolean {
  const isFrozen = column.kind !== 'regular' || column.cqlType.startsWith('frozen<');
  if (isFrozen || !Array.isArray(value)) return false;
  return column.type.kind === 'udt' ? value.every((field) => field === null) : value.length === 0;
}
