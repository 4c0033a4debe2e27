import type { ReplicaErrorName } from '../../core/errors.ts';
import type { Clock, KeyBytes, Random, ReplicaRead, ReplicaRow } from '../../core/ports.ts';
import type { RingBook } from '../../core/routing/ring-book.ts';
import { tokenOfKey } from '../../core/token/partition-key.ts';
import type { ClusterNode, ClusterState } from '../../core/topology/cluster-state.ts';
import type { EmbeddedTable } from './embedded-table.ts';
import type { EmbeddedTables } from './embedded-tables.ts';
import type { HeldMessage, NodeServer } from './node-server.ts';
import { createReplicaChoice } from './replica-choice.ts';

export interface CoordinatorParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly rings: RingBook;
  readonly tables: EmbeddedTables;
  readonly state: () => ClusterState;
  /** Undefined once the node is no part of the cluster. */
  readonly server: (node: ClusterNode) => NodeServer | undefined;
  readonly isUp: (node: ClusterNode) => boolean;
  /** How long a coordinator waits for other nodes. */
  readonly readTimeoutMs: number;
}

export type Reply = readonly ReplicaRow[] | ReplicaErrorName;

/**
 * Answers a message as the node that got it: what it owns itself is read here, the rest is asked of other
 * replicas. Calls `reply` at most once; never for a message whose injected fault is `client-timeout`.
 */
export function coordinate(
  parts: CoordinatorParts,
  request: ReplicaRead,
  reply: (reply: Reply) => void,
): void {
  const server = parts.server(request.node);
  const message = server?.refuses === false ? server.take(() => reply('connection-lost')) : undefined;
  if (server === undefined || message === undefined) {
    reply(server?.refuses === false ? 'overloaded' : 'node-gone');
    return;
  }
  const task = server.faults.draw() ?? planTask(parts, request);
  const answer = (content: Reply): void => {
    server.release(message);
    reply(content);
  };
  if (typeof task === 'string') {
    server.work(message, 0, () => (task === 'client-timeout' ? server.release(message) : answer(task)));
    return;
  }
  const { table, keys, shares } = task;
  const ownKeys = shares.get(request.node.id)?.keys ?? 0;
  server.work(message, ownKeys, () => {
    server.coordinatorReads += keys.length;
    server.localReads += ownKeys;
    askOthers(parts, server, message, request.node, shares, (failure) =>
      answer(failure ?? readRows(parts.random, table, request, keys)),
    );
  });
}

/** What is to be read for a message, and by whom. */
interface Task {
  readonly table: EmbeddedTable;
  readonly keys: readonly KeyBytes[];
  readonly shares: Shares;
}

function planTask(parts: CoordinatorParts, request: ReplicaRead): Task | 'rejected' | 'unavailable' {
  const { keyspace, name } = request.statement.table;
  const table = parts.tables.find(keyspace, name);
  const keys = distinctKeys(request);
  if (table === undefined || keys === undefined) return 'rejected';
  const shares = shareOut(parts, request, table, keys);
  return shares === 'unavailable' ? shares : { table, keys, shares };
}

/** How many partitions each replica is asked for, by the id of the node. */
type Shares = ReadonlyMap<string, { readonly node: ClusterNode; readonly keys: number }>;

function shareOut(
  parts: CoordinatorParts,
  request: ReplicaRead,
  table: EmbeddedTable,
  keys: readonly KeyBytes[],
): Shares | 'unavailable' {
  const { keyspace, partitionKey } = table.schema;
  const choose = createReplicaChoice({
    state: parts.state(),
    keyspace,
    ring: parts.rings.ring(keyspace),
    coordinator: request.node,
    consistency: request.consistency,
    isLive: parts.isUp,
  });
  const shares = new Map<string, { node: ClusterNode; keys: number }>();
  for (const key of keys) {
    const replicas = choose(tokenOfKey(key.slice(0, partitionKey.length)));
    if (replicas === undefined) return 'unavailable';
    for (const node of replicas) {
      const share = shares.get(node.id);
      if (share === undefined) shares.set(node.id, { node, keys: 1 });
      else share.keys += 1;
    }
  }
  return shares;
}

/** A replica that is lost, full or frozen is waited for until the coordinator's own time is over. */
function askOthers(
  parts: CoordinatorParts,
  server: NodeServer,
  message: HeldMessage,
  self: ClusterNode,
  shares: Shares,
  done: (failure: 'read-timeout' | undefined) => void,
): void {
  const others = [...shares.values()].filter(({ node }) => node.id !== self.id);
  let open = others.length;
  if (open === 0) {
    done(undefined);
    return;
  }
  const giveUp = (): void => server.proceed(message, () => done('read-timeout'));
  const cancel = parts.clock.after(parts.readTimeoutMs, giveUp);
  for (const { node, keys } of others) {
    const replica = parts.server(node);
    const part = replica?.take(() => {});
    if (replica === undefined || part === undefined) continue;
    replica.work(part, keys, () => {
      replica.release(part);
      replica.localReads += keys;
      open -= 1;
      if (open > 0) return;
      cancel();
      server.proceed(message, () => done(undefined));
    });
  }
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
  keys: readonly KeyBytes[],
): Reply {
  const shuffled = [...keys];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random.next() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other] as KeyBytes, shuffled[index] as KeyBytes];
  }
  const rows: ReplicaRow[] = [];
  for (const key of shuffled) {
    const found = table.read(request.statement, key);
    if (found === undefined) return 'rejected';
    rows.push(...found);
  }
  return rows;
}
