import cassandra from 'cassandra-driver';
import type { TableSchema } from '../../core/encoding/table-schema.ts';
import { ReplicaError } from '../../core/errors.ts';
import type {
  Clock,
  JobCluster,
  KeyBytes,
  PageRead,
  ReadStatement,
  ReplicaPage,
  ReplicaRead,
  ReplicaRow,
  ReplicaWrite,
  SizeEstimate,
  Text,
} from '../../core/ports.ts';
import type { ClusterNode, ClusterState } from '../../core/topology/cluster-state.ts';
import { createChangeWriter } from './change-writer.ts';
import { type ClientKeeper, keepClient } from './client-keeper.ts';
import {
  type ContactSettings,
  checkContactSettings,
  checkDatacenters,
  clientOptions,
} from './client-settings.ts';
import { type ClusterEvent, ClusterMonitor, type NodeTarget } from './cluster-monitor.ts';
import { type CompiledStatement, createStatementCompiler } from './compiled-statement.ts';
import type { ConnectFailure } from './connector.ts';
import { canBeStored, readParameters } from './key-parameters.ts';
import { listGroups } from './list-groups.ts';
import { messageOptions } from './message-options.ts';
import { createPageReader } from './page-reader.ts';
import { replicaErrorFrom } from './replica-error-mapping.ts';
import { createSchemaBook, type SchemaBook } from './schema-book.ts';
import { tableFrom, tableQueries } from './schema-rows.ts';
import { type NodeQuery, readSizeEstimates } from './size-estimates.ts';
import { askNode } from './system-queries.ts';

export interface CassandraClusterOptions extends ContactSettings {
  /** Where this process stands; the system tables are read there while it has a node that is up. */
  readonly localDatacenter: string;
  readonly clock: Clock;
  readonly text: Text;
  /** For the log: states only, never a key, a value or CQL. Must not throw. */
  readonly onEvent?: (event: CassandraEvent) => void;
  /**
   * How long connections that were replaced go on, for what was sent through them. As long as a request may take, none
   * is cut by a change of datacenters or addresses.
   */
  readonly lingerMs?: number;
  /** How often the ring and the version of the schema are looked up; changes that the cluster announces come sooner. */
  readonly refreshIntervalMs?: number;
}

export type CassandraEvent =
  | { readonly kind: 'connected' }
  | ({ readonly kind: 'connect-failed' } & ConnectFailure)
  | ClusterEvent;

export interface Readiness {
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reason: string;
}

export interface CassandraCluster extends JobCluster {
  ready(): Readiness;
  /**
   * Nodes of these are connected to from now on, and no others. Connects anew in the background and tries until it
   * succeeds: until then the nodes of before are read from, and what is under way on them is answered. Throws a
   * `RangeError` for none.
   */
  useDatacenters(datacenters: readonly string[]): void;
  /** Nodes are reached by this translation from now on; where it leads elsewhere than before, as above. */
  useTranslation(translate: (address: string) => string): void;
  /** Requests under way fail; nothing is left open when the promise settles. */
  close(): Promise<void>;
}

const defaultRefreshIntervalMs = 2_000;
const defaultLingerMs = 10_000;

/**
 * A Cassandra cluster through its driver. Connects in the background for as long as it takes: until then
 * there are no nodes, and reads fail with `node-gone`. Throws a `RangeError` for settings that could never work.
 */
export function createCassandraCluster(options: CassandraClusterOptions): CassandraCluster {
  checkContactSettings(options);
  return new DriverCluster(options);
}

/** Which nodes are connected to, and where. */
interface Reach {
  readonly datacenters: readonly string[];
  translate: (address: string) => string;
}

const unchanged = (address: string): string => address;

function haveSameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.every((each) => others.includes(each)) && others.every((each) => some.includes(each));
}

class DriverCluster implements CassandraCluster {
  readonly #monitor: ClusterMonitor;
  readonly #schema: SchemaBook;
  readonly #compile: (statement: ReadStatement) => CompiledStatement;
  readonly readPage: (request: PageRead) => Promise<ReplicaPage>;
  readonly write: (request: ReplicaWrite) => Promise<void>;
  readonly #keeper: ClientKeeper;
  #reach: Reach;
  #isConnected = false;
  #connectFailure = 'no contact point was reached yet';

  constructor(options: CassandraClusterOptions) {
    const { clock, onEvent = () => {}, refreshIntervalMs = defaultRefreshIntervalMs } = options;
    this.#compile = createStatementCompiler(options.text);
    this.#schema = createSchemaBook({ load: (keyspace, table) => this.#loadTable(keyspace, table), clock });
    this.#monitor = new ClusterMonitor({
      localDatacenter: options.localDatacenter,
      clock,
      refreshIntervalMs,
      onEvent,
      onSchemaChange: () => this.#schema.expire(),
    });
    const targetOf = (node: ClusterNode): NodeTarget | undefined => this.#monitor.targetOf(node);
    this.readPage = createPageReader(targetOf, options.text);
    this.write = createChangeWriter(targetOf);
    this.#reach = { datacenters: options.datacenters, translate: options.translate ?? unchanged };
    const reaches = new WeakMap<cassandra.Client, Reach>();
    this.#keeper = keepClient({
      createClient: () => {
        const reach = this.#reach;
        const { datacenters } = reach;
        const translate = (address: string): string => reach.translate(address);
        const client = new cassandra.Client(clientOptions({ ...options, datacenters, translate }));
        reaches.set(client, reach);
        return client;
      },
      clock,
      means: { hasCredentials: options.credentials !== undefined, hasTls: options.tls !== undefined },
      lingerMs: options.lingerMs ?? defaultLingerMs,
      onConnected: (client) => {
        const reach = reaches.get(client) ?? this.#reach;
        this.#isConnected = true;
        this.#monitor.watch(client, reach.datacenters, (address) => reach.translate(address));
        onEvent({ kind: 'connected' });
      },
      onFailed: (failure) => {
        this.#connectFailure = failure.reason;
        onEvent({ kind: 'connect-failed', ...failure });
      },
    });
  }

  useDatacenters(datacenters: readonly string[]): void {
    checkDatacenters(datacenters);
    if (haveSameMembers(datacenters, this.#reach.datacenters)) return;
    this.#reach = { datacenters, translate: this.#reach.translate };
    this.#keeper.renew();
  }

  useTranslation(translate: (address: string) => string): void {
    const reach = this.#reach;
    const leadsElsewhere = this.#monitor
      .announcedAddresses()
      .some((address) => translate(address) !== reach.translate(address));
    if (!leadsElsewhere) {
      // Nodes that come later are reached by it, through the client that is there.
      reach.translate = translate;
      return;
    }
    this.#reach = { datacenters: reach.datacenters, translate };
    this.#keeper.renew();
  }

  state(): ClusterState {
    return this.#monitor.state();
  }

  isUp(node: ClusterNode): boolean {
    return this.#monitor.isUp(node);
  }

  isConnectedTo(datacenter: string): boolean {
    return this.#monitor.watchedDatacenters().includes(datacenter);
  }

  onChange(listener: () => void): () => void {
    return this.#monitor.onChange(listener);
  }

  ready(): Readiness {
    const reason = this.#isConnected ? this.#monitor.missing() : this.#connectFailure;
    return { ready: reason === '', reason };
  }

  table(keyspace: string, table: string): Promise<TableSchema | undefined> {
    return this.#schema.table(keyspace, table);
  }

  async read(request: ReplicaRead): Promise<readonly ReplicaRow[]> {
    const target = this.#monitor.targetOf(request.node);
    if (target === undefined) throw new ReplicaError('node-gone');
    const keys = request.keys.filter((key) => canBeStored(request.statement.table, key));
    if (keys.length === 0) return [];
    const groups = listGroups(request.statement, keys);
    const [only] = groups;
    if (groups.length === 1 && only !== undefined) return this.#send(target, request, only);
    const answers = await Promise.all(groups.map((group) => this.#send(target, request, group)));
    return answers.flat();
  }

  async #send(
    { client, host }: NodeTarget,
    request: ReplicaRead,
    keys: readonly KeyBytes[],
  ): Promise<readonly ReplicaRow[]> {
    const compiled = this.#compile(request.statement);
    const text = keys.length === 1 ? compiled.text.one : compiled.text.several;
    const result = await client
      .execute(text, readParameters(request.statement, keys), messageOptions(host, request))
      .catch((error: unknown) => {
        throw replicaErrorFrom(error, host.address);
      });
    // Outside of the mapping: a fault in decoding is Weir's own and must not pass for one of the node.
    return compiled.readRows(result.rows, keys);
  }

  async sizeEstimates(table: TableSchema, datacenter: string): Promise<readonly SizeEstimate[]> {
    const nodes = this.state().nodes.filter((node) => node.datacenter === datacenter && this.isUp(node));
    const queries = nodes.flatMap((node): NodeQuery[] => {
      const target = this.#monitor.targetOf(node);
      return target === undefined ? [] : [(query) => askNode(target.client, target.host, query)];
    });
    return readSizeEstimates(queries, table);
  }

  async close(): Promise<void> {
    this.#monitor.stop();
    this.#isConnected = false;
    await this.#keeper.close();
  }

  async #loadTable(keyspace: string, table: string): Promise<TableSchema | undefined> {
    const { answers } = await this.#monitor.readSystem(tableQueries(keyspace, table));
    return tableFrom(keyspace, table, answers);
  }
}
