import type cassandra from 'cassandra-driver';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { Column, TableSchema } from '../../../src/core/encoding/table-schema.ts';

type Columns = Readonly<Record<string, string>>;

/** A table from column name to CQL type. */
export function tableOf(partition: Columns, clustering: Columns = {}, regular: Columns = {}): TableSchema {
  const columns = (kind: Column['kind'], types: Columns): Column[] =>
    Object.entries(types).map(([name, cqlType]) => ({ name, kind, type: parseCqlType(cqlType), cqlType }));
  const partitionKey = columns('partition', partition);
  const clusteringKey = columns('clustering', clustering);
  return {
    keyspace: 'shop',
    name: 'products',
    partitionKey,
    clusteringKey,
    columns: [...partitionKey, ...clusteringKey, ...columns('regular', regular)],
  };
}

/** A row as the driver hands it out. */
export function driverRow(cells: Readonly<Record<string, unknown>>): cassandra.types.Row {
  return { ...cells, get: (name: string | number) => cells[name] } as unknown as cassandra.types.Row;
}
