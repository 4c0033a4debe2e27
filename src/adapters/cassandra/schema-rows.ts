import type cassandra from 'cassandra-driver';
import { parseCqlType } from '../../core/encoding/cql-type-parser.ts';
import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import type { SystemQuery } from './system-queries.ts';

type Row = cassandra.types.Row;

export function columnQuery(keyspace: string, table: string): SystemQuery {
  return {
    text: 'SELECT column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
    parameters: [keyspace, table],
  };
}

const kinds: ReadonlyMap<unknown, Column['kind']> = new Map<unknown, Column['kind']>([
  ['partition_key', 'partition'],
  ['clustering', 'clustering'],
  ['static', 'static'],
  ['regular', 'regular'],
]);

interface PlacedColumn {
  readonly column: Column;
  readonly position: number;
}

/** Undefined where there is no such table: a table has at least one partition-key column. */
export function tableFrom(keyspace: string, name: string, rows: readonly Row[]): TableSchema | undefined {
  const placed = rows.flatMap(placedColumn);
  const ofKind = (kind: Column['kind']): Column[] =>
    placed
      .filter(({ column }) => column.kind === kind)
      .sort((a, b) => a.position - b.position)
      .map(({ column }) => column);
  const partitionKey = ofKind('partition');
  if (partitionKey.length === 0) return undefined;
  const clusteringKey = ofKind('clustering');
  const others = [...ofKind('static'), ...ofKind('regular')].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    keyspace,
    name,
    partitionKey,
    clusteringKey,
    columns: [...partitionKey, ...clusteringKey, ...others],
  };
}

function placedColumn(row: Row): readonly PlacedColumn[] {
  const { column_name: name, kind: kindName, position, type: cqlType } = row;
  const kind = kinds.get(kindName);
  if (kind === undefined || typeof name !== 'string' || typeof cqlType !== 'string') return [];
  return [{ column: { name, kind, type: parseCqlType(cqlType), cqlType }, position: Number(position) }];
}
