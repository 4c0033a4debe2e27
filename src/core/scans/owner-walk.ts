import type { Rank } from '../routing/node-health.ts';
import type { Ring } from '../routing/ring.ts';
import { compareTokens, type Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import { nextToken } from './token-neighbours.ts';

/** The cluster as one walk sees it. */
export interface OwnerView {
  /** Undefined: nobody knows who owns what, and every node is as good as any other. */
  readonly ring: Ring | undefined;
  /** Of the caller, the nearest first. */
  readonly datacenters: readonly string[];
  readonly nodes: readonly ClusterNode[];
  readonly isUsable: (node: ClusterNode) => boolean;
  readonly rank: (node: ClusterNode) => Rank;
  /** Messages under way, by node id. */
  readonly messages: ReadonlyMap<string, number>;
  /** What each was given lately, in keys. */
  readonly load: (node: ClusterNode) => number;
  readonly ownRack: string | undefined;
}

/** Who is asked, and how far it owns all that comes. */
export interface OwnerReach {
  readonly node: ClusterNode;
  readonly upTo: Token;
}

/** Better asked than refused, in this order. */
const lastRanks: readonly Rank[] = ['failing', 'ejected'];
const nobody: readonly ClusterNode[] = Object.freeze([]);

/** Of owners that reach at least this part of the farthest the least busy is asked: far reach alone would ask few nodes for all. */
const worthyPart = 1 / 2;
/** What a message that is under way counts, in keys. */
const keysOfMessage = 100;

/**
 * The node to ask for the tokens from `first` on, both ends included, and how far: of those that own much of what comes,
 * without a gap and without crossing the seam of the ring, the one that has the least to do. Who may be asked is decided
 * as for the key of a look-up, for each range of the ring anew: a node of a further datacenter, or one that is sick,
 * reaches no further than where a better one can be had. Of equals the one that reaches farthest, then one in the own
 * rack. Undefined: nobody can be asked.
 */
export function ownerFrom(view: OwnerView, first: Token, upTo: Token): OwnerReach | undefined {
  const { ring } = view;
  if (ring === undefined) {
    const nodes = eligible(view, (datacenter) => inDatacenter(view.nodes, datacenter));
    return leastBusy(
      view,
      nodes.map((node) => ({ node, upTo })),
    );
  }
  const reaches = reachesFrom(view, ring, first, upTo);
  const widths = reaches.map((reach) => widthOf(first, reach.upTo));
  const least = Math.max(...widths) * worthyPart;
  return leastBusy(
    view,
    reaches.filter((_, index) => (widths[index] as number) >= least),
  );
}

/** Of everybody who may be asked for the first token; those who reach farthest come first. */
function reachesFrom(view: OwnerView, ring: Ring, first: Token, upTo: Token): readonly OwnerReach[] {
  let range = ring.rangeOf(first);
  let end = endOf(ring, range, first, upTo);
  let owners = eligibleIn(view, ring, range);
  const reaches: OwnerReach[] = [];
  while (owners.length > 0 && compareTokens(end, upTo) < 0) {
    range = range + 1 === ring.ranges() ? 0 : range + 1;
    const next = eligibleIn(view, ring, range);
    if (next !== owners) {
      for (const node of owners) if (!next.includes(node)) reaches.push({ node, upTo: end });
      owners = owners.filter((owner) => next.includes(owner));
    }
    if (owners.length > 0) end = endOf(ring, range, nextToken(end), upTo);
  }
  for (const node of owners) reaches.push({ node, upTo: end });
  // Equals stay in the order of the ring.
  return reaches.sort((a, b) => compareTokens(b.upTo, a.upTo));
}

/** Tokens from one to the other, as nearly as a number tells. */
function widthOf(from: Token, to: Token): number {
  return (to.hi - from.hi) * 0x1_0000_0000 + (to.lo - from.lo) + 1;
}

/** Whether the node is usable and well, where the caller reads, and owns the token, as far as anybody knows. */
export function isGoodOwner(view: OwnerView, node: ClusterNode, token: Token): boolean {
  if (!view.datacenters.includes(node.datacenter)) return false;
  if (!view.isUsable(node) || view.rank(node) !== 'well') return false;
  return view.ring === undefined || view.ring.owners(token, node.datacenter).includes(node);
}

/** Usable owners of the token in the caller's datacenters that are not well; at most as many as it has replicas. */
export function sickOwners({ ring, datacenters, isUsable, rank }: OwnerView, token: Token): ClusterNode[] {
  if (ring === undefined) return [];
  return datacenters
    .flatMap((datacenter) => ring.owners(token, datacenter))
    .filter((node) => rank(node) !== 'well' && isUsable(node));
}

/** Of the range that holds `first`, at most `upTo`. Behind the last end of the ring the first range goes on up to the seam. */
function endOf(ring: Ring, range: number, first: Token, upTo: Token): Token {
  const end = ring.rangeEnd(range);
  return compareTokens(end, first) < 0 || compareTokens(end, upTo) > 0 ? upTo : end;
}

function eligibleIn(view: OwnerView, ring: Ring, range: number): readonly ClusterNode[] {
  return eligible(view, (datacenter) => ring.ownersOfRange(range, datacenter));
}

/** The order of `OwnerChoice`: in each datacenter the well ones, then the suspect; after all of them the others. */
function eligible(
  { datacenters, isUsable, rank }: OwnerView,
  candidatesIn: (datacenter: string) => readonly ClusterNode[],
): readonly ClusterNode[] {
  for (const datacenter of datacenters) {
    const candidates = candidatesIn(datacenter);
    const isWell = (node: ClusterNode): boolean => isUsable(node) && rank(node) === 'well';
    // The ring's own array is kept while everybody is well: the walk knows it again.
    if (candidates.length > 0 && candidates.every(isWell)) return candidates;
    const well = candidates.filter(isWell);
    if (well.length > 0) return well;
    const suspect = candidates.filter((node) => isUsable(node) && rank(node) === 'suspect');
    if (suspect.length > 0) return suspect;
  }
  for (const last of lastRanks) {
    for (const datacenter of datacenters) {
      const found = candidatesIn(datacenter).filter((node) => isUsable(node) && rank(node) === last);
      if (found.length > 0) return found;
    }
  }
  return nobody;
}

/** The first of equals, but for the rack. */
function leastBusy(
  { messages, load, ownRack }: OwnerView,
  reaches: readonly OwnerReach[],
): OwnerReach | undefined {
  const busyness = ({ node }: OwnerReach): number =>
    load(node) + keysOfMessage * (messages.get(node.id) ?? 0);
  const inOwnRack = ({ node }: OwnerReach): boolean => node.rack === ownRack;
  let best: OwnerReach | undefined;
  for (const reach of reaches) {
    const lead = best === undefined ? -1 : busyness(reach) - busyness(best);
    const isNearer = best !== undefined && lead === 0 && compareTokens(reach.upTo, best.upTo) === 0;
    if (lead < 0 || (isNearer && inOwnRack(reach) && best !== undefined && !inOwnRack(best))) best = reach;
  }
  return best;
}

function inDatacenter(nodes: readonly ClusterNode[], datacenter: string): readonly ClusterNode[] {
  return nodes.filter((node) => node.datacenter === datacenter);
}
