import {
  createEmbeddedCluster,
  type EmbeddedClusterOptions,
} from '../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import { parseCqlType, type UserTypes } from '../../src/core/encoding/cql-type-parser.ts';
import type { Column, TableSchema } from '../../src/core/encoding/table-schema.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import type {
  ClusterFixture,
  ColumnDefinition,
  TableDefinition,
  TypeDefinition,
} from '../contract/cluster-fixture.ts';
import { createFakeClock } from './fake-clock.ts';

/** The embedded ring as a fixture: 6 nodes in three racks and 2 in two, instantaneous unless told otherwise. */
export function openEmbeddedFixture(options: Partial<EmbeddedClusterOptions> = {}): ClusterFixture {
  const clock = createFakeClock();
  const cluster = createEmbeddedCluster({
    clock,
    random: createSeededRandom(1),
    text: nodeText,
    datacenters: [
      { name: 'us-east-1-frontend', nodes: 6, racks: 3 },
      { name: 'us-east-1-backend', nodes: 2, racks: 2 },
    ],
    ...options,
  });
  const types: TypeDefinition[] = [];
  return {
    cluster,
    createKeyspace: async (name, replication) => cluster.createKeyspace(name, replication),
    alterKeyspace: async (name, replication) => cluster.alterKeyspace(name, replication),
    createType: async (type) => {
      types.push(type);
    },
    createTable: async (table) => {
      const descending = (table.clusteringKey ?? []).filter((column) => column.descending);
      cluster.createTable(schemaOf(table, userTypesOf(table.keyspace, types)), {
        descending: new Set(descending.map((column) => column.name)),
      });
    },
    insert: async (table, row) => cluster.insert(table.keyspace, table.name, row),
    addColumn: async (table, column) =>
      cluster.addColumn(
        table.keyspace,
        table.name,
        makeColumn(column, 'regular', userTypesOf(table.keyspace, types)),
      ),
    stopNode: async (node) => cluster.refuse(node),
    startNode: async (node) => cluster.accept(node),
    freezeNode: async (node) => cluster.freeze(node),
    thawNode: async (node) => cluster.thaw(node),
    // Of a clock that came with the options whoever gave it lets the time pass.
    ...(options.clock === undefined ? { passTime: (ms: number) => clock.advance(ms) } : {}),
    close: async () => {},
  };
}

/** The schema that Cassandra would describe: key columns in key order, then the rest by name. */
export function schemaOf(table: TableDefinition, userTypes?: UserTypes): TableSchema {
  const partitionKey = table.partitionKey.map((column) => makeColumn(column, 'partition', userTypes));
  const clusteringKey = (table.clusteringKey ?? []).map((column) =>
    makeColumn(column, 'clustering', userTypes),
  );
  const rest = (table.columns ?? []).map((column) => makeColumn(column, 'regular', userTypes));
  rest.sort((a, b) => (a.name < b.name ? -1 : 1));
  const { keyspace, name } = table;
  return {
    keyspace,
    name,
    partitionKey,
    clusteringKey,
    columns: [...partitionKey, ...clusteringKey, ...rest],
  };
}

function makeColumn(
  { name, type }: ColumnDefinition,
  kind: Column['kind'],
  userTypes: UserTypes | undefined,
): Column {
  return { name, kind, type: parseCqlType(type, userTypes), cqlType: type };
}

/** Those of a keyspace, as the parser of types asks for them. */
export function userTypesOf(keyspace: string, types: readonly TypeDefinition[]): UserTypes {
  const own = types.filter((type) => type.keyspace === keyspace);
  return { keyspace, fieldsOf: (name) => own.find((type) => type.name === name)?.fields };
}
