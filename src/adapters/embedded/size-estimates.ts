import type { SizeEstimate, TokenRange } from '../../core/ports.ts';
import {
  compareTokens,
  largestToken,
  smallestToken,
  type Token,
  tokenFromDecimal,
} from '../../core/token/token.ts';
import type { ClusterNode, Replication } from '../../core/topology/cluster-state.ts';
import type { EmbeddedTable } from './embedded-table.ts';
import { packedOf } from './stored-row.ts';

/** The ranges that end at a token of one of the nodes, all of one datacenter; those of a node that does not answer are left out. */
export function primaryRanges(
  nodes: readonly ClusterNode[],
  answers: (node: ClusterNode) => boolean,
): readonly TokenRange[] {
  const ends = nodes.flatMap((node) => node.tokens.map((text) => ({ token: tokenFromDecimal(text), node })));
  ends.sort((one, other) => compareTokens(one.token, other.token));
  return ends.flatMap(({ token, node }, index) => {
    if (!answers(node)) return [];
    const before = ends.at(index - 1)?.token ?? token;
    return cutSeam(before, token);
  });
}

/** What the nodes would count, were they to count now. A datacenter without replicas has nothing. */
export function countRange(
  table: EmbeddedTable,
  range: TokenRange,
  replication: Replication | undefined,
  datacenter: string,
): SizeEstimate {
  const hasReplicas =
    replication?.strategy !== 'NetworkTopologyStrategy' || (replication.factors.get(datacenter) ?? 0) > 0;
  let partitions = 0;
  let bytes = 0;
  const end = hasReplicas ? table.order.countUpTo(range.upTo) : 0;
  const all = table.order.all();
  for (let index = table.order.countUpTo(range.after); index < end; index += 1) {
    const identity = all[index]?.identity ?? '';
    const rows = table.rowsSeen(identity).filter((row) => table.liveCells(row) !== undefined);
    if (rows.length > 0) partitions += 1;
    bytes += rows.reduce((sum, row) => sum + packedOf(row).length, 0);
  }
  return { ...range, partitions, meanPartitionBytes: partitions === 0 ? 0 : Math.round(bytes / partitions) };
}

function cutSeam(after: Token, upTo: Token): readonly TokenRange[] {
  if (compareTokens(after, upTo) < 0) return [{ after, upTo }];
  const cut = [
    { after: smallestToken, upTo },
    { after, upTo: largestToken },
  ];
  return cut.filter((range) => compareTokens(range.after, range.upTo) < 0);
}
