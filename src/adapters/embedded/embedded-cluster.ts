import { ReplicaError } from '../../core/errors.ts';
import type { Clock, JobCluster, PageRead, Random, SizeEstimate, Text } from '../../core/ports.ts';
import { createSeededRandom } from '../../core/random.ts';
import { createRingBook } from '../../core/routing/ring-book.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import { type ClusterShape, createClusterShape, type NodePlace } from './cluster-shape.ts';
import { type CoordinatorParts, coordinate, type Task } from './coordinator.ts';
import { noDelay } from './delay.ts';
import { createEmbeddedTables, type EmbeddedTables } from './embedded-tables.ts';
import { planPage, planWrite } from './job-tasks.ts';
import { planRead } from './key-tasks.ts';
import { createMessageLog, type MessageLog } from './message-log.ts';
import { createNodeControls, type NodeControls } from './node-controls.ts';
import { NodeServer, type ServiceTime, type WorkKind } from './node-server.ts';
import { countRange, primaryRanges } from './size-estimates.ts';

export interface EmbeddedDatacenter {
  readonly name: string;
  readonly nodes: number;
  /** Dealt out to the nodes in turn, at most one a node; 3 when absent. */
  readonly racks?: number;
}

export interface EmbeddedClusterOptions {
  readonly clock: Clock;
  readonly text: Text;
  /** Asked once, for the seed that everything random follows from: tokens, delays, faults, the order of rows. */
  readonly random: Random;
  readonly datacenters: readonly EmbeddedDatacenter[];
  /** 16 when absent. */
  readonly tokensPerNode?: number;
  /** Of every node, those added later included; instantaneous when absent. */
  readonly serviceTime?: Partial<ServiceTime>;
  /** Messages that one node may hold; beyond, it is overloaded. 4,096 when absent. */
  readonly maxHeldPerNode?: number;
  /** How long a coordinator waits for other replicas; 5,000 when absent. */
  readonly readTimeoutMs?: number;
  /** The latest messages that are recorded; 0 when absent. */
  readonly recordedMessages?: number;
}

/**
 * A Cassandra cluster in memory: the same tokens, owners, replica choice and errors, no disk and no network.
 * With a fake clock, a history of calls and a seeded generator give the same answers at the same instants.
 */
export interface EmbeddedCluster
  extends JobCluster,
    Omit<ClusterShape, 'state' | 'onChange'>,
    Omit<EmbeddedTables, 'find'>,
    NodeControls,
    Pick<MessageLog, 'messages'> {
  /** Whether nodes estimate sizes: as after a table was filled, they do not until told to. They do at first. */
  setEstimating(estimates: boolean): void;
}

/** Throws a `RangeError` for a datacenter without nodes or any other impossible number. */
export function createEmbeddedCluster(options: EmbeddedClusterOptions): EmbeddedCluster {
  const { clock, text, tokensPerNode = 16, maxHeldPerNode = 4_096 } = options;
  const { readTimeoutMs = 5_000, recordedMessages = 0 } = options;
  requireWhole('tokensPerNode', tokensPerNode, 1);
  requireWhole('maxHeldPerNode', maxHeldPerNode, 1);
  requireWhole('recordedMessages', recordedMessages, 0);
  const seed = Math.floor(options.random.next() * 0x1_0000_0000);
  const random = createSeededRandom(seed);
  const shape = createClusterShape(placesOf(options.datacenters), tokensPerNode, random);
  const tables = createEmbeddedTables((name) => shape.state().keyspaces.has(name), text, clock);
  const log = createMessageLog(recordedMessages);
  const serviceTime = { delay: noDelay, perMessageMs: 0, perKeyMs: 0, perRowMs: 0, ...options.serviceTime };
  const servers = createServers(shape, (node) => {
    // A generator a node: what one node is asked does not change what another one does.
    const nodeRandom = createSeededRandom(seed + Number.parseInt(node.id.slice(-12), 16));
    return new NodeServer(clock, nodeRandom, serviceTime, maxHeldPerNode);
  });
  const isUp = (node: ClusterNode): boolean => servers.find(node)?.refuses === false;
  const isConnectedTo = (): boolean => true;
  const watcher = { state: shape.state, onChange: shape.onChange, isUp, isConnectedTo };
  const rings = createRingBook(watcher);
  const { state } = shape;
  const { controls, lags } = createNodeControls(servers.need);
  const parts = { clock, random, rings, tables, state, server: servers.find, isUp, readTimeoutMs, lags };
  return {
    ...shape,
    createTable: tables.createTable,
    addColumn: tables.addColumn,
    insert: tables.insert,
    ...controls,
    ...createMessages(parts, log),
    ...createEstimator(parts),
    isUp,
    isConnectedTo,
    removeNode(node) {
      // Down first: a listener of the change must not find it up.
      servers.need(node).refuse();
      shape.removeNode(node);
      servers.forget(node);
    },
    table: async (keyspace, table) => tables.find(keyspace, table)?.schema,
    messages: log.messages,
  };
}

type Messages = Pick<JobCluster, 'read' | 'readPage' | 'write'>;

function createMessages(parts: CoordinatorParts, log: MessageLog): Messages {
  const record = (kind: WorkKind, { node, consistency }: Asking, keys: number): void =>
    log.record({ kind, atMs: parts.clock.nowMs(), nodeId: node.id, keys, consistency });
  return {
    read(request) {
      record('read', request, request.keys.length);
      return within(parts, request, () => planRead(parts, request));
    },
    readPage(request) {
      record('page', request, request.rows);
      return within(parts, request, () => planPage(parts, request));
    },
    async write(request) {
      record('write', request, request.changes.length);
      await within(parts, request, () => planWrite(parts, request));
    },
  };
}

function createEstimator(parts: CoordinatorParts): Pick<EmbeddedCluster, 'sizeEstimates' | 'setEstimating'> {
  let isEstimating = true;
  const answers = (node: ClusterNode): boolean => parts.isUp(node) && parts.server(node)?.isFrozen === false;
  return {
    setEstimating(estimates) {
      isEstimating = estimates;
    },
    async sizeEstimates(schema, datacenter): Promise<readonly SizeEstimate[]> {
      const { nodes, keyspaces } = parts.state();
      const own = nodes.filter((node) => node.datacenter === datacenter);
      if (!own.some(answers)) throw new ReplicaError('node-gone');
      const table = isEstimating ? parts.tables.find(schema.keyspace, schema.name) : undefined;
      if (table === undefined) return [];
      const replication = keyspaces.get(schema.keyspace);
      return primaryRanges(own, answers).map((range) => countRange(table, range, replication, datacenter));
    },
  };
}

type Asking = Pick<PageRead, 'node' | 'consistency' | 'timeoutMs'>;

function within<Content extends object | undefined>(
  parts: CoordinatorParts,
  { node, timeoutMs }: Asking,
  plan: () => Task<Content> | 'rejected' | 'unavailable',
): Promise<Content> {
  return new Promise((resolve, reject) => {
    const cancel = parts.clock.after(timeoutMs, () => reject(new ReplicaError('client-timeout')));
    coordinate(parts, node, plan, (reply) => {
      cancel();
      if (typeof reply === 'string') reject(new ReplicaError(reply));
      else resolve(reply);
    });
  });
}

interface Servers {
  /** Undefined for a node that is no part of the cluster. */
  find(node: ClusterNode): NodeServer | undefined;
  need(node: ClusterNode): NodeServer;
  forget(node: ClusterNode): void;
}

/** Made when first asked for, so that a listener of a change already finds the node that has just joined. */
function createServers(shape: ClusterShape, make: (node: ClusterNode) => NodeServer): Servers {
  const servers = new Map<string, NodeServer>();
  const find = (node: ClusterNode): NodeServer | undefined => {
    const known = servers.get(node.id);
    if (known !== undefined) return known;
    if (!shape.state().nodes.some(({ id }) => id === node.id)) return undefined;
    const server = make(node);
    servers.set(node.id, server);
    return server;
  };
  return {
    find,
    need(node) {
      const server = find(node);
      if (server === undefined) throw new RangeError('there is no such node');
      return server;
    },
    forget: (node) => servers.delete(node.id),
  };
}

function placesOf(datacenters: readonly EmbeddedDatacenter[]): readonly NodePlace[] {
  return datacenters.flatMap(({ name, nodes, racks = 3 }) => {
    requireWhole(`the number of nodes of ${name}`, nodes, 1);
    requireWhole(`the number of racks of ${name}`, racks, 1);
    const names = rackNames(name, Math.min(racks, nodes));
    return Array.from({ length: nodes }, (_, index) => ({
      datacenter: name,
      rack: names[index % names.length] as string,
    }));
  });
}

/** As clouds name their zones: a region such as `us-east-1`, with which the datacenter's name begins, and a letter. */
function rackNames(datacenter: string, count: number): readonly string[] {
  const region = /^[a-z]+-[a-z-]+-[0-9]+/.exec(datacenter)?.[0] ?? datacenter;
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  return Array.from({ length: count }, (_, index) => region + (letters[index] ?? `-${index + 1}`));
}

function requireWhole(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${what} must be a whole number of at least ${least}, not ${value}`);
  }
}
