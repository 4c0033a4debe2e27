import type { CqlType } from './cql-type.ts';

/** A column as the schema tables of Cassandra describe it; `name` is exact, quoting is the adapter's. */
export interface Column {
  readonly name: string;
  readonly kind: 'partition' | 'clustering' | 'static' | 'regular';
  readonly type: CqlType;
  /** The type as CQL writes it, for descriptions and messages. */
  readonly cqlType: string;
}

/**
 * A table. Immutable: a schema change makes a new object, so that identity can key caches of statements.
 * `columns` holds every column once: partition key, clustering key (both in key order), then the rest by name.
 */
export interface TableSchema {
  readonly keyspace: string;
  readonly name: string;
  readonly partitionKey: readonly Column[];
  readonly clusteringKey: readonly Column[];
  readonly columns: readonly Column[];
}
