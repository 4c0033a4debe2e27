import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import type { Clock, Text } from '../../core/ports.ts';
import { EmbeddedTable, type RowValues } from './embedded-table.ts';

interface TableOptions {
  /** Clustering columns in descending order, by name. */
  readonly descending?: ReadonlySet<string>;
}

/** The tables of all keyspaces. Rows belong to whoever owns them when they are asked for: nothing is ever streamed. */
export interface EmbeddedTables {
  /** Throws a `RangeError` for static columns, too: they are not embedded. */
  createTable(schema: TableSchema, options?: TableOptions): void;
  addColumn(keyspace: string, table: string, column: Column): void;
  /**
   * At every replica at once, and newer than whatever was written. Throws a `RangeError` for a row that the table does
   * not take, a `ValueFault` for a value not of its type.
   */
  insert(keyspace: string, table: string, row: RowValues): void;
  find(keyspace: string, table: string): EmbeddedTable | undefined;
}

export function createEmbeddedTables(
  hasKeyspace: (name: string) => boolean,
  text: Text,
  clock: Clock,
): EmbeddedTables {
  const keyspaces = new Map<string, Map<string, EmbeddedTable>>();
  const find = (keyspace: string, table: string): EmbeddedTable | undefined =>
    keyspaces.get(keyspace)?.get(table);
  const need = (keyspace: string, table: string): EmbeddedTable => {
    const found = find(keyspace, table);
    if (found === undefined) throw new RangeError('there is no such table');
    return found;
  };
  return {
    createTable(schema, options = {}) {
      if (!hasKeyspace(schema.keyspace)) throw new RangeError('there is no such keyspace');
      if (find(schema.keyspace, schema.name) !== undefined) throw new RangeError('the table exists');
      const tables = keyspaces.get(schema.keyspace) ?? new Map<string, EmbeddedTable>();
      tables.set(schema.name, new EmbeddedTable(schema, options.descending ?? new Set(), text, clock));
      keyspaces.set(schema.keyspace, tables);
    },
    addColumn: (keyspace, table, column) => need(keyspace, table).addColumn(column),
    insert: (keyspace, table, row) => need(keyspace, table).insert(row),
    find,
  };
}
