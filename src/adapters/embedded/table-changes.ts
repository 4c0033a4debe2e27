import { ValueFault } from '../../core/encoding/value-fault.ts';
import type { RowChange } from '../../core/ports.ts';
import { tokenOfKey } from '../../core/token/partition-key.ts';
import type { Token } from '../../core/token/token.ts';
import { type Cell, packRow } from './packed-row.ts';
import type { PartitionChange } from './partition-rows.ts';
import type { TableLayout } from './table-layout.ts';

/** A change that a table can carry out, and the partition that it is of. */
export interface PreparedChange {
  readonly identity: string;
  readonly token: Token;
  readonly change: PartitionChange;
}

/** Undefined for a change that Cassandra would refuse, and for one of static columns. */
export function prepareChange(
  layout: TableLayout,
  change: RowChange,
  nowMs: number,
): PreparedChange | undefined {
  const { partitionKey } = layout.schema;
  const key = change.key.slice(0, partitionKey.length);
  const [first] = key;
  // Of a single column the key may not be empty.
  if (key.length < partitionKey.length || (partitionKey.length === 1 && first?.length === 0))
    return undefined;
  try {
    const prepared = partitionChange(layout, change, nowMs);
    if (prepared === undefined) return undefined;
    return { identity: layout.identity(key), token: tokenOfKey(key), change: prepared };
  } catch (error) {
    // Bytes that are not of their type, or a component of a key that is too long.
    if (error instanceof ValueFault || error instanceof RangeError) return undefined;
    throw error;
  }
}

function partitionChange(
  layout: TableLayout,
  { statement, key, cells, ttlSeconds, timestampMicros: micros }: RowChange,
  nowMs: number,
): PartitionChange | undefined {
  const { partitionKey, clusteringKey } = layout.schema;
  if (statement.kind === 'delete-partition')
    return key.length === partitionKey.length ? { kind: 'delete-partition', micros } : undefined;
  if (key.length !== partitionKey.length + clusteringKey.length) return undefined;
  const bare = key.slice(partitionKey.length);
  const clustering = layout.clusteringOf(bare);
  if (clustering.includes(null)) return undefined;
  if (statement.kind === 'delete-row') return { kind: 'delete-row', clustering, bare: packRow(bare), micros };
  const written = layout.cells.map((_, at): Cell | undefined => bare[at]);
  for (const [at, { name }] of statement.columns.entries()) {
    const column = layout.column(name);
    if (column?.kind !== 'regular') return undefined;
    const cell = cells[at];
    written[layout.cells.indexOf(column)] = cell ? layout.cellOfBytes(column, cell) : cell;
  }
  const expiresMs = ttlSeconds ? nowMs + ttlSeconds * 1_000 : Number.POSITIVE_INFINITY;
  return { kind: 'upsert', clustering, upsert: { stamp: { micros, expiresMs }, cells: written } };
}
