import { nodeText } from '../../src/adapters/node/text.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { Column, TableSchema } from '../../src/core/encoding/table-schema.ts';
import { bytesFromValue } from '../../src/core/encoding/value-bytes.ts';
import { ReplicaError, type ReplicaErrorName } from '../../src/core/errors.ts';
import type { Consistency, KeyBytes, ReadStatement, ReplicaRow } from '../../src/core/ports.ts';
import { keyIdentity } from '../../src/core/reads/key-identity.ts';
import { buildRing } from '../../src/core/routing/ring.ts';
import { tokenOfKey } from '../../src/core/token/partition-key.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import { eventually } from '../support/eventually.ts';
import type { ClusterFixture, TableDefinition, TypeDefinition } from './cluster-fixture.ts';

/** What the parts of the suite share: the open fixture, a keyspace with one replica in each datacenter, and ways to ask. */
export interface ClusterProbe {
  readonly fixture: ClusterFixture;
  readonly keyspace: string;
  createType(definition: Omit<TypeDefinition, 'keyspace'>): Promise<void>;
  /** Creates the table in `keyspace` and waits until the cluster under test describes it. */
  createTable(definition: Omit<TableDefinition, 'keyspace'>): Promise<ProbedTable>;
}

export interface Asking {
  /** Columns wanted back, by name; all that are not of the key when absent. */
  readonly columns?: readonly string[];
  /** The keys are whole primary keys. */
  readonly full?: boolean;
  readonly rowsPerPartition?: number;
  readonly consistency?: Consistency;
  /** An owner of the first key when absent. */
  readonly node?: ClusterNode;
}

export interface ProbedTable {
  readonly definition: TableDefinition;
  readonly schema: TableSchema;
  insert(row: Readonly<Record<string, CqlValue>>): Promise<void>;
  key(...values: readonly CqlValue[]): KeyBytes;
  /** Of the partition key, of all datacenters. */
  owners(key: KeyBytes): readonly ClusterNode[];
  /** The other nodes of the owners' datacenters. */
  strangers(key: KeyBytes): readonly ClusterNode[];
  read(keys: readonly KeyBytes[], asking?: Asking): Promise<readonly ReplicaRow[]>;
}

const timeoutMs = 20_000;

export async function openProbe(fixture: ClusterFixture): Promise<ClusterProbe> {
  const keyspace = `contract_${Date.now().toString(36)}`;
  const { cluster } = fixture;
  const nodes = await eventually('nodes', () =>
    cluster.state().nodes.length > 0 ? cluster.state().nodes : undefined,
  );
  const factors = new Map(nodes.map((node) => [node.datacenter, 1]));
  await fixture.createKeyspace(keyspace, { strategy: 'NetworkTopologyStrategy', factors });
  await eventually('the keyspace of the suite', () => cluster.state().keyspaces.get(keyspace));
  return {
    fixture,
    keyspace,
    createType: (definition) => fixture.createType({ ...definition, keyspace }),
    async createTable(definition) {
      const table = { ...definition, keyspace };
      await fixture.createTable(table);
      const schema = await eventually('a new table', () => cluster.table(keyspace, table.name));
      return probeTable(fixture, table, schema);
    },
  };
}

function probeTable(fixture: ClusterFixture, definition: TableDefinition, schema: TableSchema): ProbedTable {
  const { cluster } = fixture;
  const keyColumns = [...schema.partitionKey, ...schema.clusteringKey];
  const owners = (key: KeyBytes): readonly ClusterNode[] => {
    const state = cluster.state();
    const ring = buildRing(state, schema.keyspace);
    if (ring === undefined) throw new Error('the keyspace has no ring');
    const token = tokenOfKey(key.slice(0, schema.partitionKey.length));
    return [...new Set(state.nodes.map((node) => node.datacenter))].flatMap((name) =>
      ring.owners(token, name),
    );
  };
  return {
    definition,
    schema,
    insert: (row) => fixture.insert(definition, Object.entries(row)),
    key: (...values) =>
      values.map((value, position) => bytesFromValue((keyColumns[position] as Column).type, value, nodeText)),
    owners,
    strangers(key) {
      const owning = owners(key);
      const datacenters = new Set(owning.map((node) => node.datacenter));
      return cluster
        .state()
        .nodes.filter((node) => datacenters.has(node.datacenter) && !owning.includes(node));
    },
    read(keys, asking = {}) {
      const { consistency = 'LOCAL_ONE', node = owners(keys[0] ?? [])[0] } = asking;
      if (node === undefined) throw new Error('nobody owns the key');
      return cluster.read({ node, statement: statementOf(schema, asking), keys, consistency, timeoutMs });
    },
  };
}

export function statementOf(schema: TableSchema, { columns, full, rowsPerPartition }: Asking): ReadStatement {
  const { partitionKey, clusteringKey } = schema;
  const wanted = columns?.map((name) => schema.columns.find((column) => column.name === name) as Column);
  return {
    table: schema,
    keyColumns: full ? [...partitionKey, ...clusteringKey] : partitionKey,
    columns: wanted ?? schema.columns.filter((column) => column.kind === 'regular'),
    ...(rowsPerPartition === undefined ? {} : { rowsPerPartition }),
  };
}

/** Rows by the bytes of their key, so that the order of partitions, which nobody promises, does not count. */
export function valuesByKey(rows: readonly ReplicaRow[]): Map<string, (readonly CqlValue[])[]> {
  const found = new Map<string, (readonly CqlValue[])[]>();
  for (const { key, values } of rows) {
    const identity = keyIdentity(key, nodeText);
    found.set(identity, [...(found.get(identity) ?? []), values]);
  }
  return found;
}

export function identityOf(key: KeyBytes): string {
  return keyIdentity(key, nodeText);
}

/** Undefined where it did not fail. */
export async function failureOf(asking: Promise<unknown>): Promise<ReplicaErrorName | undefined> {
  try {
    await asking;
    return undefined;
  } catch (error) {
    if (error instanceof ReplicaError) return error.kind;
    throw error;
  }
}
