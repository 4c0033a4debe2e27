/**
 * What the core needs from outside. Adapters implement these; `compose.ts` hands them in.
 * Time and chance are here too, so that a whole history can be replayed from a seed.
 */
import type { CqlValue } from './encoding/cql-value.ts';
import type { Column, TableSchema } from './encoding/table-schema.ts';
import type { ReplicaErrorName } from './errors.ts';
import type { Token } from './token/token.ts';
import type { ClusterNode, ClusterState } from './topology/cluster-state.ts';

export interface Clock {
  /** Milliseconds on a clock that never goes back; fractions count. Its zero means nothing. */
  nowMs(): number;
  /** Runs `task` once after `delayMs` unless the returned function is called first. A delay below 0 counts as 0. */
  after(delayMs: number, task: () => void): () => void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Between bytes and strings; the core has no TextEncoder and no Buffer of its own. */
export interface Text {
  utf8(text: string): Uint8Array;
  /** Bytes that are not UTF-8 become U+FFFD. */
  fromUtf8(bytes: Uint8Array): string;
  utf8Length(text: string): number;
  /** One character a byte (latin-1): a map key that is equal exactly when the bytes are. */
  binary(bytes: Uint8Array): string;
}

/** The consistency levels that a read may ask for. */
export const consistencies = ['ONE', 'TWO', 'THREE', 'QUORUM', 'ALL', 'LOCAL_QUORUM', 'LOCAL_ONE'] as const;
export type Consistency = (typeof consistencies)[number];

/**
 * What one statement selects. The same object for the same selection, so that an adapter may key its
 * prepared text by identity.
 *
 * `keyColumns` are the columns that a key gives: the partition key, or the whole primary key. `columns`
 * are the columns wanted back. `rowsPerPartition` is set only where a partition can have many rows.
 */
export interface ReadStatement {
  readonly table: TableSchema;
  readonly keyColumns: readonly Column[];
  readonly columns: readonly Column[];
  readonly rowsPerPartition?: number;
}

/** A key as serialised components, aligned with `keyColumns`. */
export type KeyBytes = readonly Uint8Array[];

/**
 * One message to one node. All keys agree in every component but the last one of the partition key:
 * one key is asked with `=`, several with `IN ?` on that component, paging off.
 */
export interface ReplicaRead {
  readonly node: ClusterNode;
  readonly statement: ReadStatement;
  readonly keys: readonly KeyBytes[];
  readonly consistency: Consistency;
  /** After this the answer is of no use and the caller is gone; the adapter gives up then or, to spare a connection, later. */
  readonly timeoutMs: number;
  /** The caller's W3C trace context, to be passed on with the message; checked for its form. */
  readonly traceparent?: string | undefined;
}

/** `key` is aligned with the statement's `keyColumns` and equal to the asked key byte for byte; `values` with `columns`. */
export interface ReplicaRow {
  readonly key: KeyBytes;
  readonly values: readonly CqlValue[];
}

/** Sends one message to one node. Rejects with a `ReplicaError` and with nothing else. */
export interface ReplicaReader {
  read(request: ReplicaRead): Promise<readonly ReplicaRow[]>;
}

/** Tables by exact name. Rejects with a `ReplicaError` when the schema cannot be read just now. */
export interface SchemaReader {
  table(keyspace: string, table: string): Promise<TableSchema | undefined>;
}

/** The cluster's shape as last seen. */
export interface ClusterWatcher {
  /** The same object until something changed; no nodes before the first contact. */
  state(): ClusterState;
  /** Whether requests may be sent to the node. Changes often, and so is not part of the state. */
  isUp(node: ClusterNode): boolean;
  /** Whether this process connects to the nodes of the datacenter at all; where it does not, `isUp` tells nothing. */
  isConnectedTo(datacenter: string): boolean;
  /** Called after each change of `state()`; returns how to stop listening. */
  onChange(listener: () => void): () => void;
}

/** A Cassandra cluster as the core sees it: the real one, or the embedded ring. */
export interface Cluster extends ReplicaReader, SchemaReader, ClusterWatcher {}

/**
 * What a scan selects: all rows of a range of tokens, or of one partition, in the order of the table. The same object
 * for the same selection, as with reads.
 */
export interface ScanStatement {
  readonly table: TableSchema;
  /** The columns wanted back; may be none. */
  readonly columns: readonly Column[];
  readonly area: PageArea['kind'];
}

/** Rows whose token is above `after` and at most `upTo`; never across the seam of the ring. */
export interface TokenRange {
  readonly after: Token;
  readonly upTo: Token;
}

export type PageArea =
  | ({ readonly kind: 'range' } & TokenRange)
  /** `key`: of the partition, one component a column. */
  | { readonly kind: 'partition'; readonly key: KeyBytes };

/** One page of a scan, asked of one node. */
export interface PageRead {
  readonly node: ClusterNode;
  readonly statement: ScanStatement;
  /** Of the kind that the statement has. */
  readonly area: PageArea;
  /** Where to go on, as a page of the same statement and area gave it, of whichever node; undefined: at the beginning. */
  readonly pageState: Uint8Array | undefined;
  /** Most rows of the page; at least 1. */
  readonly rows: number;
  readonly consistency: Consistency;
  readonly timeoutMs: number;
  readonly traceparent?: string | undefined;
}

export interface ReplicaPage {
  /** Aligned with the statement's columns; fewer rows than asked for, or none, do not mean the end. */
  readonly rows: readonly (readonly CqlValue[])[];
  /** The partition key of the last row; undefined where there is no row. */
  readonly lastKey: KeyBytes | undefined;
  /** Opaque, and of use with every node of the cluster; undefined: there is nothing more in the area. */
  readonly pageState: Uint8Array | undefined;
}

/** Reads one page. Rejects with a `ReplicaError` and with nothing else. */
export interface PageReader {
  readPage(request: PageRead): Promise<ReplicaPage>;
}

/**
 * What one change of a row does. The same object for the same columns, as with reads.
 * - `upsert`: as INSERT; `keyColumns` is the whole primary key, or the partition key where all `columns` are static
 * - `delete-row`: `keyColumns` is the whole primary key, `columns` is empty
 * - `delete-partition`: `keyColumns` is the partition key, `columns` is empty
 */
export interface WriteStatement {
  readonly kind: 'upsert' | 'delete-row' | 'delete-partition';
  readonly table: TableSchema;
  readonly keyColumns: readonly Column[];
  readonly columns: readonly Column[];
}

export interface RowChange {
  readonly statement: WriteStatement;
  /** Aligned with `keyColumns`. */
  readonly key: KeyBytes;
  /** Serialised, aligned with `columns`; null deletes the cell, undefined leaves it alone. */
  readonly cells: readonly (Uint8Array | null | undefined)[];
  /** Seconds; undefined: as the table has it. */
  readonly ttlSeconds: number | undefined;
  readonly timestampMicros: bigint;
}

/** One message to one node: a single change as a statement of its own, several as one unlogged batch. */
export interface ReplicaWrite {
  readonly node: ClusterNode;
  /** At least one. */
  readonly changes: readonly RowChange[];
  readonly consistency: Consistency;
  readonly timeoutMs: number;
  readonly traceparent?: string | undefined;
}

/** Sends one message. Rejects with a `ReplicaError`; whether a part was written is not known then. */
export interface ReplicaWriter {
  write(request: ReplicaWrite): Promise<void>;
}

/** What a node estimates of a range that is its own. */
export interface SizeEstimate extends TokenRange {
  readonly partitions: number;
  readonly meanPartitionBytes: number;
}

/**
 * The estimates of all nodes of a datacenter that answer; their ranges do not overlap and may leave gaps. Empty where no
 * node has any, as for a table that was filled just now. Rejects with a `ReplicaError` where none can be asked.
 */
export interface SizeEstimator {
  sizeEstimates(table: TableSchema, datacenter: string): Promise<readonly SizeEstimate[]>;
}

/** A cluster as jobs use it, too. */
export interface JobCluster extends Cluster, PageReader, ReplicaWriter, SizeEstimator {}

/** What happened to one message, for metrics. `outcome` is `ok` or the name of the error. */
export interface ReplicaReadEvent {
  readonly node: ClusterNode;
  readonly keys: number;
  readonly durationMs: number;
  readonly outcome: 'ok' | ReplicaErrorName;
}

/** What happened to one look-up after parsing, for metrics and the request log. Counts of keys are of keys as asked. */
export interface LookUpEvent {
  readonly application: string;
  readonly className: string;
  /** From the first message to the last outcome; undefined where nothing was sent. */
  readonly cassandraMs: number | undefined;
  /** Keys that were sent ended in errors of the cluster, or at the deadline: it would have taken longer than `cassandraMs`. */
  readonly clusterFailed: boolean;
  readonly keyspace: string;
  readonly table: string;
  readonly keys: number;
  readonly found: number;
  readonly missing: number;
  readonly error: number;
  readonly unprocessed: number;
  /** Keys in each group of the first plan; a group is one message, or several where no single `IN` can carry its keys. */
  readonly groups: readonly number[];
}

export const hedgeResults = ['won', 'lost', 'failed', 'denied', 'alone'] as const;
export type HedgeResult = (typeof hedgeResults)[number];

/** Counts of distinct keys. `hits` are fresh ones, `stale` those served because the cluster failed. */
export interface CacheEvent {
  readonly keyspace: string;
  readonly table: string;
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly joined: number;
}

/** Where the read path reports; must not throw and must not wait. */
export interface ReadTelemetry {
  replicaRead(event: ReplicaReadEvent): void;
  /** `sent`: a second owner was asked; `denied`: the budget, or the lack of a further owner, forbade it. */
  retry(result: 'sent' | 'denied', keys: number): void;
  lookUp(event: LookUpEvent): void;
  /**
   * What came of messages sent as hedges. `won`: brought a key first; `lost`: all its keys had been answered; `failed`;
   * `denied`: the time had come and the budget was spent; `alone`: there was no other owner.
   */
  hedge(result: HedgeResult, messages: number): void;
  /** A message whose every key is settled, and which the node still works on. */
  orphan(messages: number): void;
  /** What the cache did for the keys of one batch of a table that has one. */
  cache(event: CacheEvent): void;
  /** A fault of Weir's own, caught so that it costs one request and not the process. */
  unexpected(error: unknown): void;
}
