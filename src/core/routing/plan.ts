import type { Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import { coverByOwners, type Group } from './cover.ts';
import type { Rank } from './node-health.ts';
import { OwnerChoice } from './owner-choice.ts';
import type { Ring } from './ring.ts';

/** How the keys of a look-up become messages; anything but `owner` is there to be measured against it. */
export const groupings = ['owner', 'range', 'key', 'coordinator'] as const;
export type Grouping = (typeof groupings)[number];
/** `relay`: as `coordinator`, in the datacenter where the owners of the key are. */
export type PlanGrouping = Grouping | 'relay';

export interface PlanRequest {
  /** Undefined where nobody can know the owners: any node of the datacenters coordinates then. */
  readonly ring: Ring | undefined;
  /** All nodes of the cluster, for `coordinator` and `relay`. */
  readonly nodes: readonly ClusterNode[];
  readonly tokens: readonly Token[];
  /** The caller's: each further one serves only the keys that have no owner before it who is usable and neither failing nor ejected. */
  readonly datacenters: readonly string[];
  readonly grouping: PlanGrouping;
  readonly maxKeysPerGroup: number;
  /** Asked once a node and plan, as `rank` is. */
  readonly isUsable: (node: ClusterNode) => boolean;
  /** Usable owners that are not well get only what nobody better placed owns. */
  readonly rank: (node: ClusterNode) => Rank;
  /** Whether the node is out of the question for just this key; undefined: no node is, for any. */
  readonly isExcluded?: ((node: ClusterNode, key: number) => boolean) | undefined;
  /** Recent load of a node, in keys. */
  readonly load: (node: ClusterNode) => number;
  readonly ownRack: string | undefined;
}

/** Each key is in exactly one group or in `unowned`; no group is longer than the bound. */
export interface Plan {
  readonly groups: readonly Group[];
  /** Keys without a usable owner. */
  readonly unowned: readonly number[];
  /** Usable owners that were met and are not well, each with a key that it owns. */
  readonly sick: readonly SickOwner[];
}

export interface SickOwner {
  readonly node: ClusterNode;
  readonly key: number;
}

/** Decides which node is asked for which keys. Sends nothing. */
export function planGroups(request: PlanRequest): Plan {
  const keys: number[] = [];
  const owners: (readonly ClusterNode[])[] = [];
  const unowned: number[] = [];
  const choice = new OwnerChoice(request);
  for (let key = 0; key < request.tokens.length; key += 1) {
    const usable = choice.ownersOf(key);
    if (usable.length === 0) {
      unowned.push(key);
      continue;
    }
    keys.push(key);
    owners.push(usable);
  }
  const { sick } = choice;
  if (keys.length === 0) return { groups: [], unowned, sick };
  const groups = group(request, keys, owners).flatMap((long) => cut(long, request.maxKeysPerGroup));
  if (unowned.length === 0) return { groups, unowned, sick };
  const original = ({ node, keys: positions }: Group): Group => ({
    node,
    keys: positions.map((position) => keys[position] ?? 0),
  });
  return { groups: groups.map(original), unowned, sick };
}

/** Positions in `keys` and `owners`, not keys. */
function group(
  request: PlanRequest,
  keys: readonly number[],
  owners: readonly (readonly ClusterNode[])[],
): Group[] {
  if (request.ring === undefined) {
    return groupByCoordinator(owners, request.load, Number.POSITIVE_INFINITY);
  }
  switch (request.grouping) {
    case 'owner':
      return coverByOwners(
        owners,
        request.load,
        request.ownRack,
        Math.ceil(owners.length / request.maxKeysPerGroup),
      );
    case 'range':
      return groupByRange(request, request.ring, keys, owners);
    case 'key':
      return groupByKey(owners, request.load);
    case 'coordinator':
      return groupByCoordinator(owners, request.load, Number.POSITIVE_INFINITY);
    case 'relay':
      return groupByCoordinator(owners, request.load, request.maxKeysPerGroup);
  }
}

/** One message a token range, to the least loaded of its owners. */
function groupByRange(
  request: PlanRequest,
  ring: Ring,
  keys: readonly number[],
  owners: readonly (readonly ClusterNode[])[],
): Group[] {
  const given = new Map<ClusterNode, number>();
  const groups = new Map<number, Group>();
  keys.forEach((key, position) => {
    const token = request.tokens[key];
    if (token === undefined) return;
    const range = ring.rangeOf(token);
    const found = groups.get(range);
    if (found === undefined) {
      const node = leastLoaded(owners[position] ?? [], request.load, given);
      groups.set(range, { node, keys: [position] });
    } else {
      found.keys.push(position);
    }
  });
  return [...groups.values()];
}

/** One message a key, to the least loaded of its owners. */
function groupByKey(
  owners: readonly (readonly ClusterNode[])[],
  load: (node: ClusterNode) => number,
): Group[] {
  const given = new Map<ClusterNode, number>();
  return owners.map((set, position) => ({ node: leastLoaded(set, load, given), keys: [position] }));
}

/** Every key to one node, whoever owns it: what a client without Weir does. Further nodes help with more than `most`. */
function groupByCoordinator(
  candidates: readonly (readonly ClusterNode[])[],
  load: (node: ClusterNode) => number,
  most: number,
): Group[] {
  const given = new Map<ClusterNode, number>();
  const groups: Group[] = [];
  const open = new Set<Group>();
  candidates.forEach((nodes, position) => {
    let found: Group | undefined;
    for (const group of open) {
      if (!nodes.includes(group.node)) continue;
      found = group;
      break;
    }
    if (found === undefined) {
      found = { node: leastLoaded(nodes, load, given), keys: [] };
      groups.push(found);
      open.add(found);
    }
    found.keys.push(position);
    if (found.keys.length >= most) open.delete(found);
  });
  return groups;
}

function leastLoaded(
  nodes: readonly ClusterNode[],
  load: (node: ClusterNode) => number,
  given: Map<ClusterNode, number>,
): ClusterNode {
  const total = (node: ClusterNode): number => load(node) + (given.get(node) ?? 0);
  let best = nodes[0];
  if (best === undefined) throw new Error('a key without an owner cannot be grouped');
  for (const node of nodes) if (total(node) < total(best)) best = node;
  given.set(best, (given.get(best) ?? 0) + 1);
  return best;
}

/** Into as few even pieces as the bound allows. */
function cut(long: Group, maxKeysPerGroup: number): Group[] {
  if (long.keys.length <= maxKeysPerGroup) return [long];
  const pieces = Math.ceil(long.keys.length / maxKeysPerGroup);
  const size = Math.ceil(long.keys.length / pieces);
  return Array.from({ length: pieces }, (_, piece) => ({
    node: long.node,
    keys: long.keys.slice(piece * size, (piece + 1) * size),
  })).filter((part) => part.keys.length > 0);
}
