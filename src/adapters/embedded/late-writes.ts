import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import {
  changePartition,
  copyPartition,
  type Partition,
  type PartitionChange,
  type RowShape,
} from './partition-rows.ts';

/** By the id of the node: how much later than the others a write reaches it, in ms. */
export type ReplicationLags = ReadonlyMap<string, number>;

interface LateWrite {
  readonly change: PartitionChange;
  readonly writtenMs: number;
  readonly lags: ReplicationLags;
}

interface LatePartition {
  /** As it was before the first of the writes. */
  readonly before: Partition | undefined;
  readonly writes: LateWrite[];
  untilMs: number;
}

/**
 * What some nodes do not have yet. A partition is told anew from what it was and the writes that have reached one of the
 * replicas asked. Holds the writes of the longest lag, and no more.
 */
export class LateWrites {
  readonly #shape: RowShape;
  readonly #partitions = new Map<string, LatePartition>();

  constructor(shape: RowShape) {
    this.#shape = shape;
  }

  /** Partitions that are kept as they were. */
  get size(): number {
    return this.#partitions.size;
  }

  /** `before`: the partition without the change. */
  record(identity: string, before: Partition | undefined, write: LateWrite): void {
    this.#forget(write.writtenMs);
    const longestMs = Math.max(0, ...write.lags.values());
    if (longestMs === 0 && !this.#partitions.has(identity)) return;
    const late = this.#partitions.get(identity) ?? { before: copyPartition(before), writes: [], untilMs: 0 };
    late.writes.push(write);
    late.untilMs = Math.max(late.untilMs, write.writtenMs + longestMs);
    this.#partitions.delete(identity);
    this.#partitions.set(identity, late);
  }

  /** The partition as the nodes together have it; `now` where nothing is late with all of them. */
  seenBy(
    identity: string,
    now: Partition | undefined,
    nodes: readonly ClusterNode[],
    nowMs: number,
  ): Partition | undefined {
    const late = this.#partitions.get(identity);
    if (late === undefined) return now;
    const isThere = ({ writtenMs, lags }: LateWrite): boolean =>
      nodes.some((node) => writtenMs + (lags.get(node.id) ?? 0) <= nowMs);
    if (late.writes.every(isThere)) return now;
    let seen = copyPartition(late.before);
    for (const write of late.writes) {
      if (isThere(write)) seen = changePartition(seen, write.change, this.#shape);
    }
    return seen;
  }

  /** Everybody has what was inserted without a message; so its partition is late with nobody. */
  drop(identity: string): void {
    this.#partitions.delete(identity);
  }

  /** Those written last come last. One that is late for longer than its followers keeps them, too. */
  #forget(nowMs: number): void {
    for (const [identity, late] of this.#partitions) {
      if (late.untilMs > nowMs) return;
      this.#partitions.delete(identity);
    }
  }
}
