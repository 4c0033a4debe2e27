import type { CqlValue } from '../encoding/cql-value.ts';
import { createJsonWriter } from '../encoding/json-from-value.ts';
import { createRowCodec } from '../encoding/row-codec.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import type { PageArea, ScanStatement } from '../ports.ts';

/**
 * Statements that scans prepare for one table, beside those of all its columns; a node keeps every one, so callers must
 * not invent them without end.
 */
const maxStatements = 32;
/** Selections kept for one table; beyond, the oldest is made anew when it comes again. */
const maxSelections = 256;

/** What a scan wants of each row: the statement to send and how its rows become JSON. */
export interface ScanSelection {
  readonly statement: ScanStatement;
  /** The columns of the rows, in their order. */
  readonly columns: readonly Column[];
  /** One row as a JSON object. Throws a `ValueFault` for a stored value that has no JSON form. */
  readonly encode: (values: readonly CqlValue[]) => string;
  /** For a row that `encode` throws for: what of it can be told. Slow. */
  readonly encodeReadable: (values: readonly CqlValue[]) => ReadableRow;
}

export interface ReadableRow {
  /** Names of the columns whose values have no JSON form, in the order asked. */
  readonly columns: readonly string[];
  /** The others, as a JSON object. */
  readonly row: string;
}

export interface ScanSelections {
  /** The same object for the same selection, while it is remembered. */
  select(table: TableSchema, columns: readonly Column[], area: PageArea['kind']): ScanSelection;
}

interface TableEntry {
  readonly statements: Map<string, ScanStatement>;
  readonly selections: Map<string, ScanSelection>;
}

export function createScanSelections(): ScanSelections {
  // By schema object: a changed table starts with fresh statements, and the old ones go with the old schema.
  const tables = new WeakMap<TableSchema, TableEntry>();
  return {
    select(table, columns, area) {
      let entry = tables.get(table);
      if (entry === undefined) {
        entry = { statements: new Map(), selections: new Map() };
        tables.set(table, entry);
      }
      const id = JSON.stringify([area, namesOf(columns)]);
      const known = entry.selections.get(id);
      if (known !== undefined) return known;
      const made = makeSelection(statementFor(entry, table, columns, area), columns);
      const [oldest] = entry.selections.keys();
      if (oldest !== undefined && entry.selections.size >= maxSelections) entry.selections.delete(oldest);
      entry.selections.set(id, made);
      return made;
    },
  };
}

/** Its columns in schema order, so that the order of asking makes no further statement. */
function statementFor(
  { statements }: TableEntry,
  table: TableSchema,
  wanted: readonly Column[],
  area: PageArea['kind'],
): ScanStatement {
  const set = new Set(wanted);
  const ordered = table.columns.filter((column) => set.has(column));
  const remember = (columns: readonly Column[]): ScanStatement => {
    const id = JSON.stringify([area, namesOf(columns)]);
    const statement = statements.get(id) ?? { table, columns, area };
    statements.set(id, statement);
    return statement;
  };
  const isKnown = statements.has(JSON.stringify([area, namesOf(ordered)]));
  return remember(isKnown || statements.size < maxStatements ? ordered : readableColumns(table.columns));
}

/** Those that a scan can give. */
export function readableColumns(columns: readonly Column[]): readonly Column[] {
  return columns.filter(({ type }) => type.kind !== 'unsupported');
}

function makeSelection(statement: ScanStatement, columns: readonly Column[]): ScanSelection {
  const codec = createRowCodec(columns);
  const positions = columns.map((column) => statement.columns.indexOf(column));
  const inOrder =
    positions.length === statement.columns.length && positions.every((position, index) => position === index);
  return {
    statement,
    columns,
    encode: inOrder
      ? (values) => codec.encode(values)
      : (values) => codec.encode(positions.map((position) => values[position] ?? null)),
    encodeReadable: (values) =>
      encodeReadable(
        columns,
        positions.map((position) => values[position] ?? null),
      ),
  };
}

/** Column by column: whatever one of them throws, the others are told. */
function encodeReadable(columns: readonly Column[], values: readonly CqlValue[]): ReadableRow {
  const unreadable: string[] = [];
  const fields: string[] = [];
  for (const [place, { name, type }] of columns.entries()) {
    try {
      const json = createJsonWriter(type)(values[place] ?? null);
      fields.push(`${JSON.stringify(name)}:${json}`);
    } catch {
      unreadable.push(name);
    }
  }
  return { columns: unreadable, row: `{${fields.join()}}` };
}

function namesOf(columns: readonly Column[]): readonly string[] {
  return columns.map(({ name }) => name);
}
