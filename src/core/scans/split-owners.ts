import type { TokenRange } from '../ports.ts';
import type { Ring } from '../routing/ring.ts';
import { compareTokens, largestToken, smallestToken, type Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import { tokensBetween } from './split-tokens.ts';

/** More would be no hint. */
const mostOwners = 3;

/** The first of the datacenters in which anybody owns anything. */
export function owningDatacenter(ring: Ring, datacenters: readonly string[]): string | undefined {
  return datacenters.find((datacenter) => {
    for (let range = 0; range < ring.ranges(); range += 1) {
      if (ring.ownersOfRange(range, datacenter).length > 0) return true;
    }
    return false;
  });
}

/** The tokens behind which others own the data, in order; the ends of the ring are none. */
export function ownerBoundaries(ring: Ring, datacenter: string): readonly Token[] {
  const boundaries: Token[] = [];
  const count = ring.ranges();
  for (let range = 0; range < count; range += 1) {
    const end = ring.rangeEnd(range);
    const isInner = compareTokens(end, smallestToken) > 0 && compareTokens(end, largestToken) < 0;
    const next = range + 1 === count ? 0 : range + 1;
    // Equal owners are the same array.
    const changes = ring.ownersOfRange(range, datacenter) !== ring.ownersOfRange(next, datacenter);
    if (isInner && changes) boundaries.push(end);
  }
  return boundaries;
}

/**
 * Of each of the splits, which cover the ring in token order: the nodes of the nearest datacenter that own some of it,
 * those of the largest part first, three at most.
 */
export function ownersOfSplits(
  ring: Ring,
  datacenters: readonly string[],
  splits: readonly TokenRange[],
): readonly (readonly ClusterNode[])[] {
  let range = 0;
  return splits.map(({ after, upTo }) => {
    const parts: RangePart[] = [];
    let from = after;
    for (;;) {
      // Behind the last end the first range begins again.
      const isTail = range === ring.ranges();
      const end = isTail ? largestToken : ring.rangeEnd(range);
      const isLast = compareTokens(end, upTo) >= 0;
      const to = isLast ? upTo : end;
      const tokens = tokensBetween(from, to);
      if (tokens > 0) parts.push({ range: isTail ? 0 : range, tokens });
      from = to;
      if (!isTail && compareTokens(end, upTo) <= 0) range += 1;
      if (isLast) return bestOwners(ring, datacenters, parts);
    }
  });
}

interface RangePart {
  readonly range: number;
  readonly tokens: number;
}

function bestOwners(
  ring: Ring,
  datacenters: readonly string[],
  parts: readonly RangePart[],
): readonly ClusterNode[] {
  for (const datacenter of datacenters) {
    const tokensOf = new Map<ClusterNode, number>();
    for (const { range, tokens } of parts) {
      for (const owner of ring.ownersOfRange(range, datacenter)) {
        tokensOf.set(owner, (tokensOf.get(owner) ?? 0) + tokens);
      }
    }
    if (tokensOf.size === 0) continue;
    const byShare = [...tokensOf].sort(([, a], [, b]) => b - a);
    return byShare.slice(0, mostOwners).map(([owner]) => owner);
  }
  return [];
}
