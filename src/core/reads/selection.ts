import type { CqlValue } from '../encoding/cql-value.ts';
import { createRowCodec } from '../encoding/row-codec.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import type { ReadStatement } from '../ports.ts';
import type { GrantedTable } from './granted-table.ts';

/** Different column sets prepared for one table; a node keeps every prepared statement, so callers must not invent them without end. */
const maxColumnSets = 32;
/** Selections kept for one table; beyond, the oldest is made anew when it comes again. */
const maxSelections = 256;
/** Rows that a key may bring for the weight of one. */
const rowsPerWeight = 100;

/** What a batch wants of each key: the statement to send and how its rows become JSON. */
export interface Selection {
  readonly table: TableSchema;
  readonly statement: ReadStatement;
  /** The columns of the answer, in its order. */
  readonly columns: readonly Column[];
  /** What a key counts among those in flight: one for each 100 rows, or part of them, that it may bring. */
  readonly weightPerKey: number;
  /** The most rows that an answer shows of one key; the statement asks for one more where there may be more. */
  readonly rowsPerKey: number;
  /** What the caller should know of the selection; names columns, never values. */
  readonly warnings: readonly string[];
  /** One row as a JSON object. Throws a `ValueFault` for a stored value that has no JSON form. */
  readonly encode: (values: readonly CqlValue[]) => string;
}

export interface SelectionBook {
  /**
   * `columns` undefined: all that the application may see and that can be encoded. `wholePrimaryKey`: each key
   * gives at most one row. The same object for the same selection, while it is remembered.
   */
  select(
    table: Pick<GrantedTable, 'schema' | 'visible'>,
    columns: readonly Column[] | undefined,
    wholePrimaryKey: boolean,
    limitPerKey: number,
  ): Selection;
}

interface TableEntry {
  readonly columnSets: Set<string>;
  readonly selections: Map<string, Selection>;
}

export function createSelectionBook(): SelectionBook {
  // By schema object: a changed table starts with fresh statements, and the old ones go with the old schema.
  const tables = new WeakMap<TableSchema, TableEntry>();
  return {
    select({ schema, visible }, columns, wholePrimaryKey, limitPerKey) {
      let entry = tables.get(schema);
      if (entry === undefined) {
        entry = { columnSets: new Set(), selections: new Map() };
        tables.set(schema, entry);
      }
      const limit = wholePrimaryKey ? 1 : limitPerKey;
      const id = selectionId(schema, visible, columns, [wholePrimaryKey, limit]);
      const known = entry.selections.get(id);
      if (known !== undefined) return known;
      const wanted = columns ?? selectableColumns(visible);
      const warnings = columns === undefined ? warnOfLeftOut(visible) : [];
      const made = { ...makeSelection(schema, entry.columnSets, wanted, wholePrimaryKey, limit), warnings };
      if (entry.selections.size >= maxSelections) {
        const oldest = entry.selections.keys().next().value;
        if (oldest !== undefined) entry.selections.delete(oldest);
      }
      entry.selections.set(id, made);
      return made;
    },
  };
}

/** A selection of all columns is told apart from one that names them all: only the first warns. */
function selectionId(
  schema: TableSchema,
  visible: readonly Column[],
  columns: readonly Column[] | undefined,
  form: readonly [wholePrimaryKey: boolean, limit: number],
): string {
  // What is asked for most has the name that is made with the least work.
  if (columns === undefined && visible === schema.columns) return form.join();
  if (columns !== undefined) return JSON.stringify([...form, 'named', namesOf(columns)]);
  return JSON.stringify([...form, 'all', namesOf(visible)]);
}

function namesOf(columns: readonly Column[]): readonly string[] {
  return columns.map((column) => column.name);
}

/** The columns of an answer that names none. */
function selectableColumns(visible: readonly Column[]): readonly Column[] {
  return visible.filter((column) => column.type.kind !== 'unsupported');
}

function warnOfLeftOut(visible: readonly Column[]): readonly string[] {
  if (visible.length === 0) return ['no column of the table is granted: rows are empty objects'];
  return visible
    .filter((column) => column.type.kind === 'unsupported')
    .map((column) => `column ${column.name} is left out: its type ${column.cqlType} is not supported`);
}

function makeSelection(
  table: TableSchema,
  columnSets: Set<string>,
  wanted: readonly Column[],
  wholePrimaryKey: boolean,
  limitPerKey: number,
): Omit<Selection, 'warnings'> {
  const read = columnsToRead(table, columnSets, wanted);
  const severalRows = !wholePrimaryKey && table.clusteringKey.length > 0;
  const statement: ReadStatement = {
    table,
    keyColumns: wholePrimaryKey ? [...table.partitionKey, ...table.clusteringKey] : table.partitionKey,
    columns: read,
    ...(severalRows ? { rowsPerPartition: limitPerKey + 1 } : {}),
  };
  const codec = createRowCodec(wanted);
  const positions = wanted.map((column) => read.indexOf(column));
  const inOrder =
    positions.length === read.length && positions.every((position, index) => position === index);
  const rowsPerKey = severalRows ? limitPerKey : 1;
  return {
    table,
    statement,
    columns: wanted,
    weightPerKey: Math.ceil(rowsPerKey / rowsPerWeight),
    rowsPerKey,
    encode: inOrder
      ? (values) => codec.encode(values)
      : (values) => codec.encode(positions.map((position) => values[position] ?? null)),
  };
}

/** In schema order, so that the order of asking makes no further statement. */
function columnsToRead(
  table: TableSchema,
  columnSets: Set<string>,
  wanted: readonly Column[],
): readonly Column[] {
  const set = new Set(wanted);
  const ordered = table.columns.filter((column) => set.has(column));
  const id = JSON.stringify(namesOf(ordered));
  if (!columnSets.has(id)) {
    if (columnSets.size >= maxColumnSets) return selectableColumns(table.columns);
    columnSets.add(id);
  }
  return ordered;
}
