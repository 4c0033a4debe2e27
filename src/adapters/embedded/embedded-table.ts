import type { CqlValue } from '../../core/encoding/cql-value.ts';
import type { Column, TableSchema } from '../../core/encoding/table-schema.ts';
import type { Clock, KeyBytes, ReadStatement, ReplicaRow, RowChange, Text } from '../../core/ports.ts';
import { murmur3Token } from '../../core/token/murmur3.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import { LateWrites, type ReplicationLags } from './late-writes.ts';
import { type Cell, packRow, unpackRow } from './packed-row.ts';
import { PartitionOrder } from './partition-order.ts';
import { changePartition, newestOf, type Partition, placeRow, rowsOf } from './partition-rows.ts';
import { liveCells, neverMicros, packedOf, type StoredRow } from './stored-row.ts';
import { type PreparedChange, prepareChange } from './table-changes.ts';
import { TableLayout } from './table-layout.ts';

/** Column by name to value; pairs, since a column may have any name. */
export type RowValues = readonly (readonly [column: string, value: CqlValue])[];

/** The rows of one table, whoever owns them. */
export class EmbeddedTable {
  readonly layout: TableLayout;
  readonly order: PartitionOrder;
  readonly #clock: Clock;
  readonly #partitions = new Map<string, Partition>();
  readonly #late: LateWrites;

  /** Throws a `RangeError` for a static column: they are not embedded. */
  constructor(schema: TableSchema, descending: ReadonlySet<string>, text: Text, clock: Clock) {
    this.layout = new TableLayout(schema, descending, text);
    this.order = new PartitionOrder((identity) => murmur3Token(Buffer.from(identity, 'latin1')));
    this.#late = new LateWrites(this.layout);
    this.#clock = clock;
  }

  get schema(): TableSchema {
    return this.layout.schema;
  }

  addColumn(added: Column): void {
    this.layout.addColumn(added);
  }

  /**
   * As INSERT, newer than whatever is there, and at every replica at once: columns that are not named keep what they
   * have, null unsets. Throws a `RangeError` for what the table does not take.
   */
  insert(row: RowValues): void {
    const { partitionKey, clusteringKey } = this.schema;
    const given = new Map<Column, Cell>();
    for (const [name, value] of row) {
      const column = this.layout.column(name);
      if (column === undefined) throw new RangeError('the table has no such column');
      given.set(column, this.layout.cellOf(column, value));
    }
    const identity = this.layout.identity(partitionKey.map((column) => requireKey(given.get(column))));
    for (const column of clusteringKey) requireKey(given.get(column));
    const held = this.#partitions.get(identity);
    const rows = rowsOf(held);
    const cells = this.layout.cells.map((column) => given.get(column));
    const clustering = this.layout.clusteringOf(cells);
    const place = this.layout.find(rows, clustering);
    this.#late.drop(identity);
    const newestMicros = newestOf(held, place);
    if (newestMicros === neverMicros) {
      const old = place.exact ? unpackRow(packedOf(rows[place.position] ?? '')) : [];
      const packed = packRow(cells.map((cell, at) => (cell === undefined ? (old[at] ?? null) : cell)));
      this.#put(identity, placeRow(held, place, packed));
      return;
    }
    const stamp = { micros: newestMicros + 1n, expiresMs: Number.POSITIVE_INFINITY };
    const change = { kind: 'upsert', clustering, upsert: { stamp, cells } } as const;
    this.#put(identity, changePartition(held, change, this.layout));
  }

  /** Undefined for a change that this table does not take. Time to live runs from now on. */
  prepare(change: RowChange): PreparedChange | undefined {
    return prepareChange(this.layout, change, this.#clock.nowMs());
  }

  /** `lags`: of the nodes that get it later than now. */
  change({ identity, change }: PreparedChange, lags: ReplicationLags): void {
    const held = this.#partitions.get(identity);
    this.#late.record(identity, held, { change, writtenMs: this.#clock.nowMs(), lags });
    this.#put(identity, changePartition(held, change, this.layout));
  }

  /** What these replicas together have of the partition, deletions included; without any named, all that there is. */
  rowsSeen(identity: string, replicas?: readonly ClusterNode[]): readonly StoredRow[] {
    const now = this.#partitions.get(identity);
    if (replicas === undefined) return rowsOf(now);
    return rowsOf(this.#late.seenBy(identity, now, replicas, this.#clock.nowMs()));
  }

  /** Undefined for a row that is not there. */
  liveCells(row: StoredRow): readonly Cell[] | undefined {
    return liveCells(row, this.layout.clustering, this.#clock.nowMs());
  }

  /** As these replicas together have it. Undefined for a statement that this table cannot answer. */
  read(
    statement: ReadStatement,
    key: KeyBytes,
    replicas: readonly ClusterNode[],
  ): readonly ReplicaRow[] | undefined {
    const reader = this.layout.reader(statement, statement.columns);
    if (reader === undefined) return undefined;
    const partitionKey = key.slice(0, this.schema.partitionKey.length);
    const limit = statement.rowsPerPartition ?? Number.POSITIVE_INFINITY;
    const rows: ReplicaRow[] = [];
    for (const row of this.#wanted(key, this.rowsSeen(this.layout.identity(partitionKey), replicas))) {
      if (rows.length >= limit) break;
      const cells = this.liveCells(row);
      if (cells !== undefined) rows.push({ key, values: reader(partitionKey, cells) });
    }
    return rows;
  }

  #put(identity: string, partition: Partition): void {
    if (!this.#partitions.has(identity)) this.order.add(identity);
    this.#partitions.set(identity, partition);
  }

  #wanted(key: KeyBytes, rows: readonly StoredRow[]): readonly StoredRow[] {
    const { partitionKey } = this.schema;
    if (key.length === partitionKey.length) return rows;
    const clustering = this.layout.clusteringOf(key.slice(partitionKey.length));
    const { position, exact } = this.layout.find(rows, clustering);
    return exact ? rows.slice(position, position + 1) : [];
  }
}

function requireKey(cell: Cell | undefined): Uint8Array {
  if (!cell) throw new RangeError('a row needs every column of its key');
  return cell;
}
