import type { ClusterSpec } from './cluster-spec.ts';
import type { NodeAccess } from './node-access.ts';

/** A node of a running cluster. `address` and `port` are where a driver on this machine reaches it. */
export interface RunningNode {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly datacenter: string;
  readonly rack: string;
  /** Absent where everybody is let in. */
  readonly access?: NodeAccess;
  /** Absent while the node is down, and where nodes are not processes of this machine. */
  readonly pid?: number;
}

/** Where a new node stands; without a rack, in the one with the fewest nodes. */
export interface NodePlace {
  readonly datacenter: string;
  readonly rack?: string;
}

/**
 * A cluster that was started and can be hurt. Every method rejects with a `LauncherError` when the node
 * is unknown or not in a state for it; each resolves when the effect is complete.
 */
export interface RunningCluster {
  readonly name: string;
  nodes(): readonly RunningNode[];
  /** Freezes a node: its connections stay open and say nothing. */
  pause(nodeName: string): Promise<void>;
  resume(nodeName: string): Promise<void>;
  /** Ends a node without warning; its data stays. */
  kill(nodeName: string): Promise<void>;
  /** Starts a killed node with its data; done when it and all its peers know it again. */
  start(nodeName: string): Promise<void>;
  /** Bootstraps a new node: done when it has streamed its share and all nodes list it. */
  add(place: NodePlace): Promise<RunningNode>;
  /** Decommissions a running node: its share is streamed away first. */
  remove(nodeName: string): Promise<void>;
  /** Processor time that the node's process has used since it started, user and system. */
  cpuSeconds(nodeName: string): Promise<number>;
  /** Ends all nodes and deletes their data. */
  stop(): Promise<void>;
}

/** A way to come by a cluster. */
export interface ClusterProvider {
  readonly name: string;
  /** Why this machine cannot have a cluster this way; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  /** Done when every node serves and lists all its peers. What was started is ended when this rejects. */
  start(spec: ClusterSpec): Promise<RunningCluster>;
}

/** Talk about progress; one line a call. */
export type Report = (line: string) => void;
