import type cassandra from 'cassandra-driver';
import type { TableSchema } from '../../core/encoding/table-schema.ts';
import { ReplicaError } from '../../core/errors.ts';
import type { SizeEstimate, TokenRange } from '../../core/ports.ts';
import {
  compareTokens,
  largestToken,
  smallestToken,
  type Token,
  tokenFromDecimal,
} from '../../core/token/token.ts';
import type { SystemQuery } from './system-queries.ts';

type Row = cassandra.types.Row;

/** Asks one node. Rejects with a `ReplicaError`. */
export type NodeQuery = (query: SystemQuery) => Promise<readonly Row[]>;

/** Nodes that are asked at once. */
const nodesAtOnce = 16;

/**
 * The ranges that a node is the first in its datacenter to own: those of all its nodes cover the ring once. A table's
 * replication may place it elsewhere (SimpleStrategy over several datacenters); the estimate is too low then.
 */
const estimatesQuery =
  'SELECT range_start, range_end, partitions_count, mean_partition_size FROM system.table_estimates' +
  " WHERE keyspace_name = ? AND table_name = ? AND range_type = 'local_primary'";
/** Before Cassandra 4.0: ranges that a node is the first of the whole cluster to own. */
const olderEstimatesQuery =
  'SELECT range_start, range_end, partitions_count, mean_partition_size FROM system.size_estimates' +
  ' WHERE keyspace_name = ? AND table_name = ?';

/** Rejects with a `ReplicaError` where no node answers. */
export async function readSizeEstimates(
  nodes: readonly NodeQuery[],
  { keyspace, name }: TableSchema,
): Promise<readonly SizeEstimate[]> {
  let failure = new ReplicaError('node-gone');
  const estimates: SizeEstimate[] = [];
  let answers = 0;
  const remaining = nodes.values();
  const askRemaining = async (): Promise<void> => {
    for (const ask of remaining) {
      try {
        estimates.push(...(await askNode(ask, [keyspace, name])).flatMap(estimatesFrom));
        answers += 1;
      } catch (error) {
        if (!(error instanceof ReplicaError)) throw error;
        failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: nodesAtOnce }, askRemaining));
  if (answers === 0) throw failure;
  return withoutOverlaps(estimates);
}

function askNode(ask: NodeQuery, parameters: readonly string[]): Promise<readonly Row[]> {
  return ask({ text: estimatesQuery, parameters }).catch((error: unknown) => {
    // So a node answers to the name of a table that it does not have.
    if (!(error instanceof ReplicaError) || error.kind !== 'rejected') throw error;
    return ask({ text: olderEstimatesQuery, parameters });
  });
}

/** Cassandra writes the end of the ring as its beginning, and may give a range that goes across the seam. */
function estimatesFrom(row: Row): readonly SizeEstimate[] {
  const after = tokenFromDecimal(String(row['range_start']));
  const upTo = tokenFromDecimal(String(row['range_end']));
  const estimate: SizeEstimate = {
    after,
    upTo,
    partitions: Number(row['partitions_count']),
    meanPartitionBytes: Number(row['mean_partition_size']),
  };
  if (compareTokens(after, upTo) < 0) return [estimate];
  const pieces = [
    { after, upTo: largestToken },
    { after: smallestToken, upTo },
  ].filter((piece) => compareTokens(piece.after, piece.upTo) < 0);
  const width = pieces.reduce((sum, piece) => sum + widthOf(piece), 0);
  return pieces.map((piece) => withShare(estimate, piece, width));
}

/** Nodes learn of a new member at different times; what an earlier range has is cut from a later one. */
function withoutOverlaps(estimates: readonly SizeEstimate[]): readonly SizeEstimate[] {
  const sorted = estimates.toSorted(
    (a, b) => compareTokens(a.after, b.after) || compareTokens(a.upTo, b.upTo),
  );
  const kept: SizeEstimate[] = [];
  let end: Token = smallestToken;
  for (const estimate of sorted) {
    if (compareTokens(estimate.upTo, end) <= 0) continue;
    const isCut = compareTokens(estimate.after, end) < 0;
    const rest = { after: end, upTo: estimate.upTo };
    kept.push(isCut ? withShare(estimate, rest, widthOf(estimate)) : estimate);
    end = estimate.upTo;
  }
  return kept;
}

/** Partitions are taken to be spread evenly over the `width` of the estimate. */
function withShare(estimate: SizeEstimate, range: TokenRange, width: number): SizeEstimate {
  return { ...estimate, ...range, partitions: Math.round((estimate.partitions * widthOf(range)) / width) };
}

function widthOf({ after, upTo }: TokenRange): number {
  return (upTo.hi - after.hi) * 2 ** 32 + (upTo.lo - after.lo);
}
