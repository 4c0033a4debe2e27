import type { ClusterNode, ClusterState, Replication } from '../topology/cluster-state.ts';

/** Whether the same nodes own the same tokens in both: order and object identity do not count. */
export function isSameOwnership(a: ClusterState, b: ClusterState): boolean {
  return a === b || (areSameNodes(a.nodes, b.nodes) && areSameKeyspaces(a.keyspaces, b.keyspaces));
}

function areSameNodes(a: readonly ClusterNode[], b: readonly ClusterNode[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const byId = new Map(b.map((node) => [node.id, node]));
  return a.every((node) => isSameNode(node, byId.get(node.id)));
}

function isSameNode(a: ClusterNode, b: ClusterNode | undefined): boolean {
  if (b === undefined) return false;
  if (a.address !== b.address || a.datacenter !== b.datacenter || a.rack !== b.rack) return false;
  if (a.tokens === b.tokens) return true;
  const tokens = new Set(a.tokens);
  return a.tokens.length === b.tokens.length && b.tokens.every((token) => tokens.has(token));
}

function areSameKeyspaces(a: ReadonlyMap<string, Replication>, b: ReadonlyMap<string, Replication>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [keyspace, replication] of a) {
    const other = b.get(keyspace);
    if (other === undefined || describe(replication) !== describe(other)) return false;
  }
  return true;
}

/** One text for equal settings. */
function describe(replication: Replication): string {
  if (replication.strategy === 'other') return JSON.stringify([replication.name]);
  if (replication.strategy === 'SimpleStrategy') return JSON.stringify([replication.factor]);
  const { factors, transient = new Map<string, number>() } = replication;
  return JSON.stringify([[...factors].sort(byName), [...transient].sort(byName)]);
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
