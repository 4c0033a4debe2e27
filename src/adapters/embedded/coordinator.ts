import type { ReplicaErrorName } from '../../core/errors.ts';
import type { Clock, Random } from '../../core/ports.ts';
import type { RingBook } from '../../core/routing/ring-book.ts';
import type { ClusterNode, ClusterState } from '../../core/topology/cluster-state.ts';
import type { EmbeddedTables } from './embedded-tables.ts';
import type { ReplicationLags } from './late-writes.ts';
import type { HeldMessage, NodeServer, WorkKind } from './node-server.ts';

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
  readonly lags: () => ReplicationLags;
}

/** What one replica does for a message. */
export interface Share {
  readonly node: ClusterNode;
  /** Keys, rows of a page, or rows to be written. */
  readonly amount: number;
}

/** What is to be done for a message, and by whom. */
export interface Task<Content> {
  readonly kind: WorkKind;
  /** As the client asked it, whoever does it. */
  readonly amount: number;
  readonly shares: readonly Share[];
  /** How long after its work the replica has what it did, in ms. */
  readonly lateMs?: (node: ClusterNode) => number;
  /** The replica has done its work. */
  readonly onDone?: (node: ClusterNode) => void;
  /** Called once for each share. Whether the client can be answered now. */
  readonly suffices: (node: ClusterNode) => boolean;
  readonly content: () => Content | ReplicaErrorName;
  readonly onTimeout: 'read-timeout' | 'write-timeout';
}

/**
 * Carries out a message as the node that got it: its own share first, the rest is asked of other replicas. Calls `reply`
 * at most once; never for a message whose injected fault is `client-timeout`.
 */
export function coordinate<Content extends object | undefined>(
  parts: CoordinatorParts,
  node: ClusterNode,
  plan: () => Task<Content> | 'rejected' | 'unavailable',
  reply: (reply: Content | ReplicaErrorName) => void,
): void {
  const server = parts.server(node);
  const message = server?.refuses === false ? server.take(() => reply('connection-lost')) : undefined;
  if (server === undefined || message === undefined) {
    reply(server?.refuses === false ? 'overloaded' : 'node-gone');
    return;
  }
  const task = server.faults.draw() ?? plan();
  const answer = (content: Content | ReplicaErrorName): void => {
    server.release(message);
    reply(content);
  };
  if (typeof task === 'string') {
    server.work(message, 'read', 0, () =>
      task === 'client-timeout' ? server.release(message) : answer(task),
    );
    return;
  }
  const own = task.shares.find((share) => share.node.id === node.id);
  server.work(message, task.kind, own?.amount ?? 0, () => {
    const counts = server.counts[task.kind];
    counts.messages += 1;
    counts.coordinated += task.amount;
    counts.local += own?.amount ?? 0;
    askReplicas(parts, server, message, node, task, (failure) => answer(failure ?? task.content()));
  });
}

/** A replica that is lost, full or frozen is waited for until the coordinator's own time is over. */
function askReplicas<Content>(
  parts: CoordinatorParts,
  server: NodeServer,
  message: HeldMessage,
  self: ClusterNode,
  task: Task<Content>,
  done: (failure: 'read-timeout' | 'write-timeout' | undefined) => void,
): void {
  const { clock } = parts;
  let isAnswered = false;
  let cancel = (): void => {};
  const end = (failure?: 'read-timeout' | 'write-timeout'): void => {
    isAnswered = true;
    cancel();
    server.proceed(message, () => done(failure));
  };
  const finish = (node: ClusterNode): void => {
    task.onDone?.(node);
    const lateMs = task.lateMs?.(node) ?? 0;
    const acknowledge = (): void => {
      if (task.suffices(node) && !isAnswered) end();
    };
    if (lateMs > 0) clock.after(lateMs, acknowledge);
    else acknowledge();
  };
  const others = task.shares.filter(({ node }) => node.id !== self.id);
  if (others.length < task.shares.length) finish(self);
  if (!isAnswered) cancel = clock.after(parts.readTimeoutMs, () => end(task.onTimeout));
  for (const { node, amount } of others) {
    const replica = parts.server(node);
    const part = replica?.take(() => {});
    if (replica === undefined || part === undefined) continue;
    replica.work(part, task.kind, amount, () => {
      replica.release(part);
      replica.counts[task.kind].local += amount;
      finish(node);
    });
  }
}
