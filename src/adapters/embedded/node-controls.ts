import type { ReplicaErrorName } from '../../core/errors.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import type { ReplicationLags } from './late-writes.ts';
import type { NodeServer, ServiceTime, WorkCounts } from './node-server.ts';

/** Partitions read, counted as Cassandra's `local_read_latency` and `coordinator_read_latency` count them. */
interface ReadCounts {
  readonly localReads: number;
  readonly coordinatorReads: number;
}

/** Rows of pages, or rows written: in the node's own data, and as asked of it by clients, in so many messages. */
interface RowCounts {
  readonly localRows: number;
  readonly coordinatorRows: number;
  readonly messages: number;
}

/** What can be done to a node that it does not announce: the state stays as it is. Nodes are known by their id; an unknown one is a `RangeError`. */
export interface NodeControls {
  setServiceTime(node: ClusterNode, serviceTime: Partial<ServiceTime>): void;
  /** Messages are taken and pile up; nothing is answered until `thaw`. The node still counts as up. */
  freeze(node: ClusterNode): void;
  thaw(node: ClusterNode): void;
  /** The next `count` messages from clients fail; `client-timeout` means that they are never answered. Nothing is written by one that fails. */
  failNext(node: ClusterNode, kind: ReplicaErrorName, count: number): void;
  fail(node: ClusterNode, kind: ReplicaErrorName, probability: number): void;
  /** The node is down: its connections break and new ones are refused, until `accept`. What is written meanwhile it has at once when it is back. */
  refuse(node: ClusterNode): void;
  accept(node: ClusterNode): void;
  /**
   * What is written from now on reaches the node, as a replica, so much later than the others: until then it
   * acknowledges nothing, and whoever asks it alone is told what was there before. 0 ends it.
   */
  setReplicationLag(node: ClusterNode, lagMs: number): void;
  reads(node: ClusterNode): ReadCounts;
  /** Of pages. */
  scans(node: ClusterNode): RowCounts;
  writes(node: ClusterNode): RowCounts;
}

/** The controls, and what the coordinators have to know of them. */
export function createNodeControls(server: (node: ClusterNode) => NodeServer): {
  readonly controls: NodeControls;
  readonly lags: () => ReplicationLags;
} {
  let lags: ReplicationLags = new Map();
  const controls: NodeControls = {
    setServiceTime(node, serviceTime) {
      const changed = server(node);
      changed.serviceTime = { ...changed.serviceTime, ...serviceTime };
    },
    freeze: (node) => server(node).freeze(),
    thaw: (node) => server(node).thaw(),
    failNext: (node, kind, count) => server(node).faults.failNext(kind, count),
    fail: (node, kind, probability) => server(node).faults.fail(kind, probability),
    refuse: (node) => server(node).refuse(),
    accept: (node) => server(node).accept(),
    setReplicationLag(node, lagMs) {
      server(node);
      if (!(lagMs >= 0 && lagMs < Number.POSITIVE_INFINITY))
        throw new RangeError(`lagMs must be a number of at least 0, not ${lagMs}`);
      // A new map: what was written before keeps the lags that it was written with.
      const others = [...lags].filter(([id]) => id !== node.id);
      lags = new Map(lagMs > 0 ? [...others, [node.id, lagMs]] : others);
    },
    reads(node) {
      const { local, coordinated } = server(node).counts.read;
      return { localReads: local, coordinatorReads: coordinated };
    },
    scans: (node) => rowCounts(server(node).counts.page),
    writes: (node) => rowCounts(server(node).counts.write),
  };
  return { controls, lags: () => lags };
}

function rowCounts({ local, coordinated, messages }: WorkCounts): RowCounts {
  return { localRows: local, coordinatorRows: coordinated, messages };
}
