import type { ClusterNode } from '../topology/cluster-state.ts';
import type { Rank } from './node-health.ts';
import type { PlanRequest, SickOwner } from './plan.ts';

/** An `unusable` node is never asked. */
type Place = Rank | 'unusable';
/** Better asked than refused, in this order. */
const lastRanks: readonly Rank[] = ['failing', 'ejected'];

const nobody: readonly ClusterNode[] = Object.freeze([]);

/**
 * Who may be asked for each key of one plan. The first of these that is not empty: in each datacenter of the caller, in
 * their order, the well owners, then the suspect ones; after all of them those that are known to fail and are not
 * ejected for want of room, and then the ejected ones, each nearest first: better asked than refused. Looks at each
 * node once.
 */
export class OwnerChoice {
  readonly #request: PlanRequest;
  readonly #places = new Map<ClusterNode, Place>();
  readonly #nodesIn = new Map<string, readonly ClusterNode[]>();
  #sick: SickOwner[] | undefined;

  constructor(request: PlanRequest) {
    this.#request = request;
  }

  /** The nodes met so far that are usable and not well. */
  get sick(): readonly SickOwner[] {
    return this.#sick ?? [];
  }

  ownersOf(key: number): readonly ClusterNode[] {
    const { datacenters } = this.#request;
    for (const datacenter of datacenters) {
      const candidates = this.#candidates(key, datacenter);
      // The ring's own array is kept while everybody is well: no copy on the usual way.
      if (candidates.length > 0 && this.#areAllWell(candidates, key)) return candidates;
      this.#noteSick(candidates, key);
      const well = this.#ranked(candidates, key, 'well');
      if (well.length > 0) return well;
      const suspect = this.#ranked(candidates, key, 'suspect');
      if (suspect.length > 0) return suspect;
    }
    for (const rank of lastRanks) {
      for (const datacenter of datacenters) {
        const last = this.#ranked(this.#candidates(key, datacenter), key, rank);
        if (last.length > 0) return last;
      }
    }
    return nobody;
  }

  #candidates(key: number, datacenter: string): readonly ClusterNode[] {
    const { ring, grouping, tokens, nodes } = this.#request;
    const token = tokens[key];
    if (token === undefined) return nobody;
    if (ring !== undefined && grouping !== 'coordinator') {
      const owners = ring.owners(token, datacenter);
      // Others may pass on what is for owners; that helps nobody where the owners themselves are not there.
      if (grouping !== 'relay' || !owners.some((node) => this.#isThere(node))) return owners;
    }
    const known = this.#nodesIn.get(datacenter);
    if (known !== undefined) return known;
    const found = nodes.filter((node) => node.datacenter === datacenter);
    this.#nodesIn.set(datacenter, found);
    return found;
  }

  #isThere(node: ClusterNode): boolean {
    const place = this.#placeOf(node);
    return place === 'well' || place === 'suspect';
  }

  #areAllWell(candidates: readonly ClusterNode[], key: number): boolean {
    const { isExcluded } = this.#request;
    for (const node of candidates) {
      if (this.#placeOf(node) !== 'well' || isExcluded?.(node, key) === true) return false;
    }
    return true;
  }

  #ranked(candidates: readonly ClusterNode[], key: number, rank: Rank): readonly ClusterNode[] {
    const { isExcluded } = this.#request;
    return candidates.filter((node) => this.#placeOf(node) === rank && isExcluded?.(node, key) !== true);
  }

  #noteSick(candidates: readonly ClusterNode[], key: number): void {
    for (const node of candidates) {
      const place = this.#placeOf(node);
      if (place === 'well' || place === 'unusable') continue;
      this.#sick ??= [];
      if (!this.#sick.some((known) => known.node === node)) this.#sick.push({ node, key });
    }
  }

  #placeOf(node: ClusterNode): Place {
    const known = this.#places.get(node);
    if (known !== undefined) return known;
    const place = this.#request.isUsable(node) ? this.#request.rank(node) : 'unusable';
    this.#places.set(node, place);
    return place;
  }
}
