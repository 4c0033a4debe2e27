import { nodeText } from '../../../src/adapters/node/text.ts';
import { bytesFromValue } from '../../../src/core/encoding/value-bytes.ts';
import { ReplicaError, type ReplicaErrorName } from '../../../src/core/errors.ts';
import type {
  Consistency,
  KeyBytes,
  PageArea,
  ReplicaPage,
  ReplicaWrite,
  RowChange,
} from '../../../src/core/ports.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { wholeRing } from '../../contract/cluster-job-probe.ts';
import type { EmbeddedRing } from './embedded-ring.ts';

export interface PageAsking {
  readonly area?: PageArea;
  readonly rows?: number;
  readonly pageState?: Uint8Array | undefined;
  readonly consistency?: Consistency;
  readonly timeoutMs?: number;
}

export function readPage(
  ring: EmbeddedRing,
  node: ClusterNode,
  asking: PageAsking = {},
): Promise<ReplicaPage> {
  const { area = wholeRing, rows = 1_000, pageState, consistency = 'LOCAL_ONE', timeoutMs = 60_000 } = asking;
  const { table } = ring.statement;
  const statement = { table, columns: table.columns, area: area.kind };
  return ring.cluster.readPage({ node, statement, area, pageState, rows, consistency, timeoutMs });
}

/** `v` of the item; null deletes it. */
export function upsert(ring: EmbeddedRing, key: KeyBytes, v: number | null, micros: bigint): RowChange {
  const { table } = ring.statement;
  const column = table.columns.find(({ name }) => name === 'v');
  if (column === undefined) throw new Error('the table has no v');
  return {
    statement: { kind: 'upsert', table, keyColumns: table.partitionKey, columns: [column] },
    key,
    cells: [v === null ? null : bytesFromValue(column.type, v, nodeText)],
    ttlSeconds: undefined,
    timestampMicros: micros,
  };
}

export function write(
  ring: EmbeddedRing,
  node: ClusterNode,
  changes: readonly RowChange[],
  asking: Partial<Pick<ReplicaWrite, 'consistency' | 'timeoutMs'>> = {},
): Promise<void> {
  return ring.cluster.write({ consistency: 'LOCAL_ONE', timeoutMs: 60_000, ...asking, node, changes });
}

/** Runs the clock until it ends: what came of it, and when. */
export async function endOf<T>(
  ring: EmbeddedRing,
  asking: Promise<T>,
): Promise<{ readonly result: T | ReplicaErrorName; readonly atMs: number }> {
  const ending = asking.catch((error: unknown) => {
    if (error instanceof ReplicaError) return error.kind;
    throw error;
  });
  return { result: await ring.clock.runUntil(ending), atMs: ring.clock.nowMs() };
}

/** `v` as the node tells it. */
export async function valueAt(
  ring: EmbeddedRing,
  node: ClusterNode,
  key: KeyBytes,
  consistency: Consistency = 'LOCAL_ONE',
): Promise<unknown> {
  const rows = await ring.clock.runUntil(ring.read(node, [key], { consistency }));
  return rows[0]?.values[1];
}
