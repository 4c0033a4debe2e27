import type cassandra from 'cassandra-driver';
import type { CqlValue } from '../../core/encoding/cql-value.ts';
import type { Column } from '../../core/encoding/table-schema.ts';
import type { KeyBytes, ReadStatement, ReplicaRow, Text } from '../../core/ports.ts';
import { createKeyReader, isSelectedAsBytes } from './key-reader.ts';
import { handOverCompoundsAsBytes } from './raw-values.ts';
import { type Cell, cellName, type KeyForm, listedComponent, selectText } from './statement-text.ts';
import { createValueReader, readStored } from './value-reader.ts';

/** All about a statement that does not depend on the keys asked. */
export interface CompiledStatement {
  readonly text: Readonly<Record<KeyForm, string>>;
  /** `keys` are those of the message that the rows answer. */
  readRows(rows: readonly cassandra.types.Row[], keys: readonly KeyBytes[]): readonly ReplicaRow[];
}

/** Compiles each statement once; what is compiled goes with the statement. */
export function createStatementCompiler(text: Text): (statement: ReadStatement) => CompiledStatement {
  handOverCompoundsAsBytes();
  const compiled = new WeakMap<ReadStatement, CompiledStatement>();
  return (statement) => {
    let known = compiled.get(statement);
    if (known === undefined) {
      known = compileStatement(statement, text);
      compiled.set(statement, known);
    }
    return known;
  };
}

type CellReader = (row: cassandra.types.Row) => CqlValue;

function compileStatement(statement: ReadStatement, text: Text): CompiledStatement {
  const listed = listedComponent(statement);
  const cells = cellsOf(statement, listed);
  const valueReaders = statement.columns.map((column) => createCellReader(column, cells, text));
  const readValues = (row: cassandra.types.Row): CqlValue[] => valueReaders.map((read) => read(row));
  const listedColumn = statement.keyColumns[listed];
  const readListed = listedColumn && createKeyReader(listedColumn.type, text);
  const listedName = cellName(0);

  return {
    text: { one: selectText(statement, cells, 'one'), several: selectText(statement, cells, 'several') },
    readRows(rows, keys) {
      const [first = []] = keys;
      // What `=` asked for needs no look: a clustering key may even be stored in other bytes of equal value.
      if (keys.length === 1 || readListed === undefined) {
        return rows.map((row) => ({ key: first, values: readValues(row) }));
      }
      return rows.map((row) => ({
        key: first.with(listed, readListed(row[listedName])),
        values: readValues(row),
      }));
    },
  };
}

/** The listed component tells whose row it is; it comes first, and is selected once when it is wanted as a value too. */
function cellsOf(statement: ReadStatement, listed: number): readonly Cell[] {
  const keyCells = statement.keyColumns
    .slice(listed, listed + 1)
    .map((column) => ({ column, asBytes: isSelectedAsBytes(column.type) }));
  const keyName = keyCells[0]?.column.name;
  const valueColumns = statement.columns.filter((column) => column.name !== keyName);
  return [...keyCells, ...valueColumns.map((column) => ({ column, asBytes: false }))];
}

function createCellReader(column: Column, cells: readonly Cell[], text: Text): CellReader {
  const position = cells.findIndex((cell) => cell.column.name === column.name);
  const name = cellName(position);
  if (cells[position]?.asBytes)
    return (row) => (row[name] === null ? null : readStored(column.type, row[name], text));
  const read = createValueReader(column.type, text);
  return read ? (row) => read(row[name]) : (row) => row[name] ?? null;
}
