import type { ClusterWatcher, RowChange } from '../ports.ts';
import type { WriteGrouping } from '../reads/settings.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import { type PlanGrouping, planGroups, type SickOwner } from '../routing/plan.ts';
import type { RingBook } from '../routing/ring-book.ts';
import type { Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { Trickle } from './trickle.ts';

export interface WritePlanParts {
  readonly cluster: Pick<ClusterWatcher, 'state'>;
  readonly rings: Pick<RingBook, 'ring'>;
  readonly load: Pick<LoadTracker, 'load'>;
  readonly health: Pick<NodeHealth, 'rank'>;
  /** The rack that this process stands in. */
  readonly ownRack: string | undefined;
}

/** The rows of one request, as far as planning goes. */
export interface RowsToPlan {
  readonly keyspace: string;
  readonly grouping: WriteGrouping;
  /** The caller's, nearest first, then fallbacks. */
  readonly datacenters: readonly string[];
  readonly tokens: readonly Token[];
  readonly changes: readonly RowChange[];
  /** Absent: all at once. */
  readonly trickle?: Trickle | undefined;
}

/** One message; `rows` are places in the request. */
export interface OutgoingWrite {
  readonly node: ClusterNode;
  readonly rows: readonly number[];
}

/** Each row that was to be planned is in exactly one message or in `unowned`. */
export interface WritePlan {
  readonly messages: readonly OutgoingWrite[];
  /** Rows without a usable owner. */
  readonly unowned: readonly number[];
  /** Usable owners that are not well, each with a row (`key`) that it owns. */
  readonly sick: readonly SickOwner[];
}

/** Rows and bytes of one message. */
interface BatchBounds {
  readonly rows: number;
  readonly bytes: number;
}

/** Bytes are a part of what Cassandra refuses by default, 50 KiB (`batch_size_fail_threshold`), and counts with more around them. */
const batchBounds: Readonly<Record<WriteGrouping, BatchBounds>> = {
  row: { rows: 1, bytes: 0 },
  owner: { rows: 32, bytes: 16_384 },
  request: { rows: 64, bytes: 32_768 },
};
const planned: Readonly<Record<WriteGrouping, PlanGrouping>> = {
  row: 'key',
  owner: 'owner',
  request: 'relay',
};
/** For what a value has around it. */
const bytesPerValue = 8;

/** Decides which node is sent which of `rows`. Sends and counts nothing. */
export function planWrites(
  { cluster, rings, load, health, ownRack }: WritePlanParts,
  { keyspace, grouping, datacenters, tokens, changes, trickle }: RowsToPlan,
  rows: readonly number[],
  isUsable: (node: ClusterNode) => boolean,
  isExcluded?: (node: ClusterNode, row: number) => boolean,
): WritePlan {
  const original = (position: number): number => rows[position] as number;
  const plan = planGroups({
    ring: rings.ring(keyspace),
    nodes: cluster.state().nodes,
    tokens: rows.map((row) => tokens[row] as Token),
    datacenters,
    grouping: planned[grouping],
    maxKeysPerGroup: Math.min(batchBounds[grouping].rows, trickle?.rows ?? Number.POSITIVE_INFINITY),
    isUsable,
    rank: (node) => health.rank(node),
    isExcluded: isExcluded && ((node, position) => isExcluded(node, original(position))),
    load: (node) => load.load(node),
    ownRack,
  });
  const messages = plan.groups.flatMap(({ node, keys }) =>
    batchesOf(grouping, keys.map(original), changes).map((batch) => ({ node, rows: batch })),
  );
  return {
    messages,
    unowned: plan.unowned.map(original),
    sick: plan.sick.map(({ node, key }) => ({ node, key: original(key) })),
  };
}

function batchesOf(
  grouping: WriteGrouping,
  rows: readonly number[],
  changes: readonly RowChange[],
): readonly (readonly number[])[] {
  if (grouping === 'row') return rows.map((row) => [row]);
  const batches: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  // In the order of the request, so that a batch is made alike each time.
  for (const row of rows.toSorted((one, other) => one - other)) {
    const size = sizeOf(changes[row] as RowChange);
    if (bytes + size > batchBounds[grouping].bytes) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(row);
    bytes += size;
  }
  return batches;
}

function sizeOf({ key, cells }: RowChange): number {
  let bytes = 0;
  for (const value of [...key, ...cells]) bytes += bytesPerValue + (value?.length ?? 0);
  return bytes;
}
