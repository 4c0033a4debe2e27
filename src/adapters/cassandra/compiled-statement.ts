import type cassandra from 'cassandra-driver';
import type { KeyBytes, ReadStatement, ReplicaRow, Text } from '../../core/ports.ts';
import { compileOnce } from './compile-once.ts';
import { createKeyReader } from './key-reader.ts';
import { handOverCompoundsAsBytes } from './raw-values.ts';
import { cellsOf, createRowReader } from './row-cells.ts';
import { cellName, type KeyForm, listedComponent, selectText } from './statement-text.ts';

/** All about a statement that does not depend on the keys asked. */
export interface CompiledStatement {
  readonly text: Readonly<Record<KeyForm, string>>;
  /** `keys` are those of the message that the rows answer. */
  readRows(rows: readonly cassandra.types.Row[], keys: readonly KeyBytes[]): readonly ReplicaRow[];
}

export function createStatementCompiler(text: Text): (statement: ReadStatement) => CompiledStatement {
  handOverCompoundsAsBytes();
  return compileOnce((statement: ReadStatement) => compileStatement(statement, text));
}

function compileStatement(statement: ReadStatement, text: Text): CompiledStatement {
  const listed = listedComponent(statement);
  const listedColumn = statement.keyColumns[listed];
  // The listed component tells whose row it is.
  const cells = cellsOf(listedColumn === undefined ? [] : [listedColumn], statement.columns);
  const readValues = createRowReader(statement.columns, cells, text);
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
