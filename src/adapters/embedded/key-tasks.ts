import type { ReplicaErrorName } from '../../core/errors.ts';
import type { KeyBytes, Random, ReplicaRead, ReplicaRow } from '../../core/ports.ts';
import { tokenOfKey } from '../../core/token/partition-key.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import type { CoordinatorParts, Share, Task } from './coordinator.ts';
import type { EmbeddedTable } from './embedded-table.ts';
import { createReplicaChoice } from './replica-choice.ts';

interface AskedKey {
  readonly key: KeyBytes;
  readonly replicas: readonly ClusterNode[];
}

/** What a read of keys asks of whom. */
export function planRead(
  parts: CoordinatorParts,
  request: ReplicaRead,
): Task<readonly ReplicaRow[]> | 'rejected' | 'unavailable' {
  const { keyspace, name, partitionKey } = request.statement.table;
  const table = parts.tables.find(keyspace, name);
  const keys = distinctKeys(request);
  if (table === undefined || keys === undefined) return 'rejected';
  const choose = createReplicaChoice({
    state: parts.state(),
    keyspace,
    ring: parts.rings.ring(keyspace),
    coordinator: request.node,
    consistency: request.consistency,
    isLive: parts.isUp,
  });
  const shares = new Map<string, { node: ClusterNode; amount: number }>();
  const asked: AskedKey[] = [];
  for (const key of keys) {
    const replicas = choose(tokenOfKey(key.slice(0, partitionKey.length)));
    if (replicas === undefined) return 'unavailable';
    asked.push({ key, replicas });
    for (const node of replicas) {
      const share = shares.get(node.id);
      if (share === undefined) shares.set(node.id, { node, amount: 1 });
      else share.amount += 1;
    }
  }
  return {
    kind: 'read',
    amount: keys.length,
    shares: [...shares.values()],
    suffices: whenAllHaveCome([...shares.values()]),
    content: () => readRows(parts.random, table, request, asked),
    onTimeout: 'read-timeout',
  };
}

/** For reads: nobody was asked who is not needed. */
export function whenAllHaveCome(shares: readonly Share[]): () => boolean {
  let open = shares.length;
  return () => {
    open -= 1;
    return open === 0;
  };
}

/** Undefined for keys that one statement cannot ask: those of another shape, or that differ beside the component of the `IN`. */
function distinctKeys(request: ReplicaRead): readonly KeyBytes[] | undefined {
  const { keyColumns, table } = request.statement;
  const inPosition = table.partitionKey.length - 1;
  const [first] = request.keys;
  if (first === undefined) return undefined;
  const distinct = new Map<string, KeyBytes>();
  for (const key of request.keys) {
    if (key.length !== keyColumns.length) return undefined;
    for (const [position, component] of key.entries()) {
      if (position !== inPosition && Buffer.compare(component, first[position] ?? component) !== 0)
        return undefined;
    }
    distinct.set(Buffer.from(key[inPosition] ?? []).toString('latin1'), key);
  }
  return [...distinct.values()];
}

/** Partitions come in no order that anybody may rely on, so in a different one each time. */
function readRows(
  random: Random,
  table: EmbeddedTable,
  request: ReplicaRead,
  asked: readonly AskedKey[],
): readonly ReplicaRow[] | ReplicaErrorName {
  const shuffled = [...asked];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random.next() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other] as AskedKey, shuffled[index] as AskedKey];
  }
  const rows: ReplicaRow[] = [];
  for (const { key, replicas } of shuffled) {
    const found = table.read(request.statement, key, replicas);
    if (found === undefined) return 'rejected';
    rows.push(...found);
  }
  return rows;
}
