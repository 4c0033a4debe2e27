import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { JobCluster } from '../../src/core/ports.ts';
import type { ClusterNode, Replication } from '../../src/core/topology/cluster-state.ts';

/** A column of a table to be made; `type` is CQL, such as `map<text, int>` or `frozen<list<int>>`. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
}

export interface TypeDefinition {
  readonly keyspace: string;
  readonly name: string;
  readonly fields: readonly ColumnDefinition[];
}

export interface TableDefinition {
  readonly keyspace: string;
  readonly name: string;
  readonly partitionKey: readonly ColumnDefinition[];
  readonly clusteringKey?: readonly (ColumnDefinition & { readonly descending?: boolean })[];
  readonly columns?: readonly ColumnDefinition[];
}

/** Column by name to value, in the neutral form of `CqlValue`. Pairs, since a column may be named `__proto__`. */
type RowValues = readonly (readonly [column: string, value: CqlValue])[];

/**
 * A cluster that the suite may fill and change. `cluster` is the one under test; everything else goes around
 * it, straight to what stands behind it. Names are exact (the suite quotes nothing, the fixture quotes all).
 *
 * Needs two nodes or more; the suite keeps one replica in each datacenter, so that of several nodes of one
 * datacenter some own nothing of a key. Each call is done, on every node, when its promise resolves;
 * `cluster` itself may see schema changes later, the suite waits for it.
 */
export interface ClusterFixture {
  readonly cluster: JobCluster;
  createKeyspace(name: string, replication: Replication): Promise<void>;
  /** Data need not move: the suite reads nothing of a keyspace that it altered. */
  alterKeyspace(name: string, replication: Replication): Promise<void>;
  /** A user-defined type; its fields may use those made before. */
  createType(type: TypeDefinition): Promise<void>;
  createTable(table: TableDefinition): Promise<void>;
  /** At the strongest consistency, so that every owner has the row when it is acknowledged. */
  insert(table: TableDefinition, row: RowValues): Promise<void>;
  /** Adds a regular column. */
  addColumn(table: TableDefinition, column: ColumnDefinition): Promise<void>;
  /** Absent where nodes cannot be stopped; the suite then skips what needs it. */
  readonly stopNode?: (node: ClusterNode) => Promise<void>;
  /** Resolves when the node serves requests again. */
  readonly startNode?: (node: ClusterNode) => Promise<void>;
  /** Absent where nodes cannot be frozen: one that is takes messages, answers none and still counts as up. */
  readonly freezeNode?: (node: ClusterNode) => Promise<void>;
  readonly thawNode?: (node: ClusterNode) => Promise<void>;
  /** Absent where time passes by itself. */
  readonly passTime?: (ms: number) => Promise<void>;
  /** Removes what the fixture made and lets go of the cluster. */
  close(): Promise<void>;
}
