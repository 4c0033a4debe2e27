import { compareTokens, type Token, tokenFromDecimal } from '../token/token.ts';
import type { ClusterNode, ClusterState } from '../topology/cluster-state.ts';
import { type DatacenterOwners, findOwners, type RingReplication } from './ring-owners.ts';

/**
 * Who owns which tokens of one keyspace. Immutable.
 *
 * - The tokens of all nodes of all datacenters cut the ring into ranges, numbered in token order from 0.
 * - Range `i` is (end of range i - 1, end of range i]. Range 0 wraps: it starts at the end of the last range.
 * - All tokens of a range have the same owners; equal owners in equal order are the same array.
 */
export interface Ring {
  readonly keyspace: string;
  /** How many ranges there are; at least 1. */
  ranges(): number;
  /** The number of the range that holds the token. */
  rangeOf(token: Token): number;
  /** The token before the first of the range. A single range starts where it ends and is the whole ring. */
  rangeStart(range: number): Token;
  /** The last token of the range. */
  rangeEnd(range: number): Token;
  /** The replicas with all the data in one datacenter, in ring order; empty where the keyspace has none. */
  owners(token: Token, datacenter: string): readonly ClusterNode[];
  ownersOfRange(range: number, datacenter: string): readonly ClusterNode[];
  /**
   * How many owners a key is meant to have in the datacenter; fewer nodes make it fewer. SimpleStrategy
   * knows no datacenters: there it is the number over all of them.
   */
  replicationFactor(datacenter: string): number;
}

/**
 * Undefined for a keyspace that is unknown or whose strategy names no owners, and while no node has tokens.
 * Throws a `RangeError` when a node has a token that is not Murmur3's.
 */
export function buildRing(state: ClusterState, keyspace: string): Ring | undefined {
  const replication = state.keyspaces.get(keyspace);
  if (replication === undefined || replication.strategy === 'other') return undefined;
  const stands = sortStands(state.nodes);
  if (stands.length === 0) return undefined;
  const ranges = cutRanges(stands);
  const nodeAt = stands.map(({ node }) => node);
  return createRing(keyspace, replication, ranges, findOwners(nodeAt, ranges.firstStand, replication));
}

/** A node at one of its tokens. */
interface Stand {
  readonly token: Token;
  readonly node: ClusterNode;
}

interface Ranges {
  /** The ends of the ranges, ascending and distinct, in the halves of `Token`. */
  readonly hi: Int32Array;
  readonly lo: Uint32Array;
  /** By range: the first stand at its end. */
  readonly firstStand: Int32Array;
}

/**
 * In token order. Nodes of a sound cluster never share a token; where they seem to (one is taking the place
 * of another) both stay, in the order of their ids, so that the ring does not depend on the order of the nodes.
 */
function sortStands(nodes: readonly ClusterNode[]): Stand[] {
  const stands: Stand[] = [];
  for (const node of nodes) {
    for (const text of node.tokens) stands.push({ token: tokenFromDecimal(text), node });
  }
  return stands.sort((a, b) => compareTokens(a.token, b.token) || (a.node.id < b.node.id ? -1 : 1));
}

function cutRanges(stands: readonly Stand[]): Ranges {
  const hi = new Int32Array(stands.length);
  const lo = new Uint32Array(stands.length);
  const firstStand = new Int32Array(stands.length);
  let count = 0;
  for (const [index, { token }] of stands.entries()) {
    if (count > 0 && hi[count - 1] === token.hi && lo[count - 1] === token.lo) continue;
    hi[count] = token.hi;
    lo[count] = token.lo;
    firstStand[count] = index;
    count += 1;
  }
  return { hi: hi.slice(0, count), lo: lo.slice(0, count), firstStand: firstStand.slice(0, count) };
}

const nobody: readonly ClusterNode[] = Object.freeze([]);

function createRing(
  keyspace: string,
  replication: RingReplication,
  { hi, lo }: Ranges,
  ownersByDatacenter: ReadonlyMap<string, DatacenterOwners>,
): Ring {
  const count = hi.length;

  /** The first range that does not end before the token; beyond the last end the ring wraps to range 0. */
  const rangeOf = (token: Token): number => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = (hi[middle] as number) - token.hi || (lo[middle] as number) - token.lo;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return low === count ? 0 : low;
  };

  const rangeEnd = (range: number): Token => {
    const endHi = hi[range];
    const endLo = lo[range];
    if (endHi === undefined || endLo === undefined) throw new RangeError('no such range');
    return { hi: endHi, lo: endLo };
  };

  const ownersOfRange = (range: number, datacenter: string): readonly ClusterNode[] => {
    const owners = ownersByDatacenter.get(datacenter);
    return owners?.sets[owners.setOf[range] as number] ?? nobody;
  };

  return {
    keyspace,
    ranges: () => count,
    rangeOf,
    rangeStart: (range) => rangeEnd(range === 0 ? count - 1 : range - 1),
    rangeEnd,
    owners: (token, datacenter) => ownersOfRange(rangeOf(token), datacenter),
    ownersOfRange,
    replicationFactor: (datacenter) =>
      replication.strategy === 'SimpleStrategy'
        ? replication.factor
        : (replication.factors.get(datacenter) ?? 0),
  };
}
