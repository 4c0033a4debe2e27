import type { Column, TableSchema } from '../../src/core/encoding/table-schema.ts';
import type {
  JobCluster,
  PageRead,
  ReplicaPage,
  ReplicaRead,
  ReplicaRow,
  ReplicaWrite,
  SizeEstimate,
} from '../../src/core/ports.ts';
import type { ClusterNode, ClusterState } from '../../src/core/topology/cluster-state.ts';

/** A cluster whose every answer the test writes itself; what was sent is kept. */
export interface ScriptedCluster extends JobCluster {
  readonly sent: ReplicaRead[];
  readonly sentPages: PageRead[];
  readonly sentWrites: ReplicaWrite[];
  readonly down: Set<string>;
  answer: (read: ReplicaRead) => Promise<readonly ReplicaRow[]>;
  /** Nothing in any area until the test says otherwise. */
  answerPage: (page: PageRead) => Promise<ReplicaPage>;
  answerWrite: (write: ReplicaWrite) => Promise<void>;
  estimates: readonly SizeEstimate[];
  publish(state: ClusterState): void;
}

export function createScriptedCluster(
  initial: ClusterState,
  tables: readonly TableSchema[],
): ScriptedCluster {
  const listeners = new Set<() => void>();
  let state = initial;
  const cluster: ScriptedCluster = {
    sent: [],
    sentPages: [],
    sentWrites: [],
    estimates: [],
    down: new Set(),
    answer: async (read) => read.keys.map((key) => echoRow(read, key)),
    read: (read) => {
      cluster.sent.push(read);
      return cluster.answer(read);
    },
    answerPage: async () => ({ rows: [], lastKey: undefined, pageState: undefined }),
    readPage: (page) => {
      cluster.sentPages.push(page);
      return cluster.answerPage(page);
    },
    answerWrite: async () => {},
    write: (write) => {
      cluster.sentWrites.push(write);
      return cluster.answerWrite(write);
    },
    sizeEstimates: async () => cluster.estimates,
    table: async (keyspace, name) =>
      tables.find((table) => table.keyspace === keyspace && table.name === name),
    state: () => state,
    isUp: (node: ClusterNode) => !cluster.down.has(node.id),
    isConnectedTo: () => true,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish: (next) => {
      state = next;
      for (const listener of listeners) listener();
    },
  };
  return cluster;
}

/** A row whose every value is the text of its key: whose row it is can be seen in the answer. */
export function echoRow(read: ReplicaRead, key: ReplicaRow['key']): ReplicaRow {
  const text = key.map((component) => Buffer.from(component).toString('utf8')).join('|');
  return { key, values: read.statement.columns.map(() => text) };
}

function textColumn(name: string, kind: Column['kind'] = 'regular'): Column {
  return { name, kind, type: { kind: 'text' }, cqlType: 'text' };
}

/** `shop.products (sku, title)`. */
export const products: TableSchema = makeTable('products', ['sku'], [], ['title']);

/** A table of texts. */
export function makeTable(
  name: string,
  partition: readonly string[],
  clustering: readonly string[],
  regular: readonly string[],
  statics: readonly string[] = [],
): TableSchema {
  const partitionKey = partition.map((column) => textColumn(column, 'partition'));
  const clusteringKey = clustering.map((column) => textColumn(column, 'clustering'));
  const rest = [
    ...regular.map((column) => textColumn(column)),
    ...statics.map((column) => textColumn(column, 'static')),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    keyspace: 'shop',
    name,
    partitionKey,
    clusteringKey,
    columns: [...partitionKey, ...clusteringKey, ...rest],
  };
}
