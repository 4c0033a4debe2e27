import type cassandra from 'cassandra-driver';
import { parseCqlType, type UserTypeField, type UserTypes } from '../../core/encoding/cql-type-parser.ts';
import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import type { SystemQuery } from './system-queries.ts';

type Row = cassandra.types.Row;

/** What `tableFrom` wants the answers of, in its order. */
export function tableQueries(keyspace: string, table: string): readonly SystemQuery[] {
  return [
    {
      text: 'SELECT column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
      parameters: [keyspace, table],
    },
    {
      text: 'SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = ?',
      parameters: [keyspace],
    },
  ];
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
export function tableFrom(
  keyspace: string,
  name: string,
  [columnRows = [], typeRows = []]: readonly (readonly Row[])[],
): TableSchema | undefined {
  const userTypes = userTypesFrom(keyspace, typeRows);
  const placed = columnRows.flatMap((row) => placedColumn(row, userTypes));
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

function placedColumn(row: Row, userTypes: UserTypes): readonly PlacedColumn[] {
  const { column_name: name, kind: kindName, position, type: cqlType } = row;
  const kind = kinds.get(kindName);
  if (kind === undefined || typeof name !== 'string' || typeof cqlType !== 'string') return [];
  return [
    {
      column: { name, kind, type: parseCqlType(cqlType, userTypes), cqlType },
      position: Number(position),
    },
  ];
}

function userTypesFrom(keyspace: string, rows: readonly Row[]): UserTypes {
  const types = new Map(rows.map((row) => [row['type_name'], fieldsFrom(row)]));
  return { keyspace, fieldsOf: (name) => types.get(name) };
}

function fieldsFrom(row: Row): readonly UserTypeField[] {
  const names: readonly string[] = row['field_names'] ?? [];
  const types: readonly string[] = row['field_types'] ?? [];
  return names.map((name, at) => ({ name, type: types[at] ?? '' }));
}
