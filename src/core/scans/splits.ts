/** Splits as the edge sees them. `createTellSplits` in `splits-service.ts` makes one. */
import type { TokenRange } from '../ports.ts';
import type { TableCall } from '../reads/granted-table.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';

/**
 * One contiguous range of tokens. All splits of a plan together cover every token exactly once, in token order, the
 * first from -2^63 on, the last up to 2^63 - 1: none crosses the seam of the ring.
 */
export interface Split extends TokenRange {
  /** `s0`, `s1` … */
  readonly id: string;
  /** Those who have most of it, the best first; a hint. Empty where nobody is known. */
  readonly owners: readonly ClusterNode[];
  /** Partitions of the range as the nodes estimate them; undefined where they estimate nothing. */
  readonly estimatedRows: number | undefined;
}

export interface SplitsCall extends TableCall {
  /** Splits wanted; whole, from 1 to 10,000. */
  readonly target: number;
}

/** The answer as JSON text. Rejects with a `RequestError`. */
export type TellSplits = (call: SplitsCall) => Promise<string>;
