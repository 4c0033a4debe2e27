import type cassandra from 'cassandra-driver';
import { ReplicaError, type ReplicaErrorName } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { ClusterNode, ClusterState, Replication } from '../../core/topology/cluster-state.ts';
import { createClusterSnapshot } from './cluster-snapshot.ts';
import {
  createSystemReader,
  type SystemAnswer,
  type SystemQuery,
  type SystemReader,
} from './system-queries.ts';
import {
  announcedAddresses,
  keyspaceQuery,
  keyspacesFrom,
  nodesFrom,
  partitionerFaultOf,
  schemaVersionOf,
  topologyQueries,
} from './topology-rows.ts';

type NodeChange = 'node-added' | 'node-removed' | 'node-up' | 'node-down';

/** What changes about the cluster, for the log. */
export type ClusterEvent =
  | {
      readonly kind: NodeChange;
      readonly address: string;
    }
  | { readonly kind: 'state-changed'; readonly nodes: number; readonly keyspaces: number }
  /** The state stays as it was; told once for a row of failures. */
  | { readonly kind: 'refresh-failed'; readonly reason: ReplicaErrorName };

export interface ClusterMonitorParts {
  readonly localDatacenter: string;
  readonly clock: Clock;
  readonly refreshIntervalMs: number;
  readonly onEvent: (event: ClusterEvent) => void;
  readonly onSchemaChange: () => void;
}

/** What is known through one client, and goes when it is replaced. */
interface Watched {
  readonly client: cassandra.Client;
  readonly datacenters: readonly string[];
  readonly readSystem: SystemReader;
  /** Where clients reach a node, by the address that it announces. */
  readonly translate: (address: string) => string;
}

/** A node that may be asked, and the client that is connected to it. */
export interface NodeTarget {
  readonly client: cassandra.Client;
  readonly host: cassandra.Host;
}

/** Announcements come in swarms; one refresh serves those of so long. */
const settleMs = 200;

/**
 * Who is in the cluster, read from its system tables on announcements and now and then: the driver builds
 * its own picture of the tokens once and never again. One refresh at a time.
 */
export class ClusterMonitor {
  readonly #parts: ClusterMonitorParts;
  readonly #snapshot = createClusterSnapshot();
  #watched: Watched | undefined;
  /** Nodes that may be read from, by host id. */
  #hosts: ReadonlyMap<string, cassandra.Host> = new Map();
  #announcedAddresses: readonly string[] = [];
  #schemaVersion = '';
  #partitionerFault = '';
  #keyspaces: ReadonlyMap<string, Replication> = new Map();
  #cancelTimer: () => void = () => {};
  #refreshing = false;
  #failing = false;
  #announced = false;
  #stopped = false;

  constructor(parts: ClusterMonitorParts) {
    this.#parts = parts;
  }

  /** Only nodes of `datacenters` may be read from. Takes the place of the client watched before. */
  watch(
    client: cassandra.Client,
    datacenters: readonly string[],
    translate: (address: string) => string,
  ): void {
    const readSystem = createSystemReader(client, datacenters, this.#parts.localDatacenter);
    this.#watched = { client, datacenters, readSystem, translate };
    const announce = (kind: NodeChange, host: cassandra.Host): void => {
      if (this.#watched?.client === client) this.#announce(kind, host);
    };
    client.on('hostAdd', (host: cassandra.Host) => announce('node-added', host));
    client.on('hostRemove', (host: cassandra.Host) => {
      releaseReplacedHost(client, host);
      announce('node-removed', host);
    });
    client.on('hostUp', (host: cassandra.Host) => announce('node-up', host));
    client.on('hostDown', (host: cassandra.Host) => announce('node-down', host));
    this.#indexHosts(this.#watched);
    if (this.#refreshing) this.#announced = true;
    else void this.#refresh();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#watched?.client.removeAllListeners();
    this.#watched = undefined;
    this.#hosts = new Map();
  }

  state(): ClusterState {
    return this.#snapshot.state();
  }

  onChange(listener: () => void): () => void {
    return this.#snapshot.onChange(listener);
  }

  isUp(node: ClusterNode): boolean {
    return this.#hosts.get(node.id)?.isUp() ?? false;
  }

  /** Of the client in use; none before the first contact. */
  watchedDatacenters(): readonly string[] {
    return this.#watched?.datacenters ?? [];
  }

  targetOf(node: ClusterNode): NodeTarget | undefined {
    const host = this.#hosts.get(node.id);
    return host && this.#watched && { client: this.#watched.client, host };
  }

  /** The addresses that nodes announce to each other, as last seen. */
  announcedAddresses(): readonly string[] {
    return this.#announcedAddresses;
  }

  /** Rejects with a `ReplicaError`. */
  readSystem(queries: readonly SystemQuery[]): Promise<SystemAnswer> {
    return this.#watched?.readSystem(queries) ?? Promise.reject(new ReplicaError('node-gone'));
  }

  /** What is missing before reads can be served, in words; empty when nothing is. */
  missing(): string {
    const wanted = this.#watched?.datacenters.join(', ');
    if (this.#hosts.size === 0) {
      const found = new Set(this.#watched?.client.hosts.values().map((host) => host.datacenter));
      return `the cluster has no node in ${wanted}; it has some in ${[...found].sort().join(', ')}`;
    }
    if (![...this.#hosts.values()].some((host) => host.isUp())) return `no node in ${wanted} is up`;
    if (this.#partitionerFault !== '') return this.#partitionerFault;
    return this.#snapshot.state().nodes.length === 0 ? 'the ring was not read yet' : '';
  }

  #announce(kind: NodeChange, host: cassandra.Host): void {
    if (this.#watched === undefined) return;
    this.#indexHosts(this.#watched);
    this.#parts.onEvent({ kind, address: host.address });
    if (this.#announced) return;
    this.#announced = true;
    if (!this.#refreshing) this.#refreshAfter(settleMs);
  }

  #indexHosts({ client, datacenters }: Watched): void {
    const hosts = client.hosts.values().filter((host) => datacenters.includes(host.datacenter));
    this.#hosts = new Map(hosts.map((host) => [String(host.hostId), host]));
  }

  #refreshAfter(delayMs: number): void {
    this.#cancelTimer();
    if (!this.#stopped) this.#cancelTimer = this.#parts.clock.after(delayMs, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    this.#refreshing = true;
    this.#announced = false;
    try {
      await this.#readState();
      this.#failing = false;
    } catch (error) {
      this.#reportFailure(error instanceof ReplicaError ? error.kind : 'unknown');
    } finally {
      this.#refreshing = false;
      this.#refreshAfter(this.#announced ? settleMs : this.#parts.refreshIntervalMs);
    }
  }

  #reportFailure(reason: ReplicaErrorName): void {
    if (!this.#failing && !this.#stopped) this.#parts.onEvent({ kind: 'refresh-failed', reason });
    this.#failing = true;
  }

  async #readState(): Promise<void> {
    const watched = this.#watched;
    const { host, answers } = await this.readSystem(topologyQueries);
    const [local = [], peers = []] = answers;
    this.#partitionerFault = partitionerFaultOf(local);
    // Tokens of another partitioner would send keys to nodes that do not own them: nothing is served then.
    if (this.#partitionerFault !== '') return;
    const version = schemaVersionOf(local);
    if (version !== this.#schemaVersion) await this.#readKeyspaces(version);
    // What was read through a client that is no longer in use speaks of its addresses.
    if (watched === undefined || watched !== this.#watched) return;
    this.#indexHosts(watched);
    this.#announcedAddresses = announcedAddresses(local, peers);
    const addresses = new Map(
      watched.client.hosts.values().map((known) => [String(known.hostId), known.address]),
    );
    const port = host.address.slice(host.address.lastIndexOf(':') + 1);
    const nodes = nodesFrom(
      local,
      peers,
      host.address,
      (hostId, announced) => addresses.get(hostId) ?? `${watched.translate(announced)}:${port}`,
    );
    if (!this.#snapshot.update(nodes, this.#keyspaces)) return;
    this.#parts.onEvent({ kind: 'state-changed', nodes: nodes.length, keyspaces: this.#keyspaces.size });
  }

  async #readKeyspaces(version: string): Promise<void> {
    const { answers } = await this.readSystem([keyspaceQuery]);
    this.#keyspaces = keyspacesFrom(answers[0] ?? []);
    this.#schemaVersion = version;
    this.#parts.onSchemaChange();
  }
}

/**
 * When every node was out of reach the driver starts over with a new host in place of an old one, whose pool
 * would go on connecting for ever. Its type does not show `shutdown`, so it is looked for.
 */
function releaseReplacedHost(client: cassandra.Client, host: cassandra.Host): void {
  if (client.hosts.get(host.address) === undefined) return;
  const { shutdown } = host as { shutdown?: unknown };
  if (typeof shutdown === 'function') shutdown.call(host, false);
}
