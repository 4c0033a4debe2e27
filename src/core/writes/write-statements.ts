import type { Column, TableSchema } from '../encoding/table-schema.ts';
import type { RowChange, WriteStatement } from '../ports.ts';
import type { RequestedRow } from './requested-row.ts';

/** Different column sets prepared for one table; a node keeps every prepared statement, so callers must not invent them without end. */
const mostColumnSets = 32;

/** Turns rows into statements and what is bound to them. */
export interface WriteStatements {
  changeOf(schema: TableSchema, row: RequestedRow, timestampMicros: bigint): RowChange;
}

export function createWriteStatements(): WriteStatements {
  // By schema object: a changed table starts with fresh statements, and the old ones go with the old schema.
  const tables = new WeakMap<TableSchema, TableStatements>();
  return {
    changeOf(schema, row, timestampMicros) {
      let table = tables.get(schema);
      if (table === undefined) {
        table = new TableStatements(schema);
        tables.set(schema, table);
      }
      const { key, cells, ttlSeconds } = row;
      const statement = table.statementOf(row);
      const bound = statement.columns.map((column) => cells.get(column));
      return { statement, key, cells: bound, ttlSeconds, timestampMicros };
    },
  };
}

/** Beside the column sets: a statement for each kind of deletion, and two for all columns. */
class TableStatements {
  readonly #schema: TableSchema;
  readonly #upserts = new Map<string, WriteStatement>();
  readonly #others = new Map<string, WriteStatement>();

  constructor(schema: TableSchema) {
    this.#schema = schema;
  }

  statementOf({ kind, key, cells }: RequestedRow): WriteStatement {
    const { partitionKey, clusteringKey, columns } = this.#schema;
    const isWhole = key.length > partitionKey.length || clusteringKey.length === 0;
    const keyColumns = isWhole ? [...partitionKey, ...clusteringKey] : partitionKey;
    const make = (wanted: readonly Column[]): WriteStatement => ({
      kind,
      table: this.#schema,
      keyColumns,
      columns: wanted,
    });
    if (kind !== 'upsert') return remember(this.#others, kind, () => make([]));
    // In schema order, so that the order of naming makes no further statement.
    const named = columns.filter((column) => cells.has(column));
    const id = JSON.stringify([isWhole, ...named.map(({ name }) => name)]);
    if (this.#upserts.size < mostColumnSets || this.#upserts.has(id)) {
      return remember(this.#upserts, id, () => make(named));
    }
    return remember(this.#others, isWhole ? 'all' : 'all-static', () =>
      make(columns.filter((column) => isWritten(column, isWhole))),
    );
  }
}

function isWritten({ kind, type }: Column, isWhole: boolean): boolean {
  if (type.kind === 'unsupported') return false;
  return kind === 'static' || (isWhole && kind === 'regular');
}

function remember<Value>(known: Map<string, Value>, id: string, make: () => Value): Value {
  let value = known.get(id);
  if (value === undefined) {
    value = make();
    known.set(id, value);
  }
  return value;
}
