import type { ClusterNode } from '../topology/cluster-state.ts';

/**
 * What is under way to Cassandra. Bounded on two sides: messages a node, keys in all. A key counts by its weight,
 * since one that may bring a thousand rows takes the room of ten. A message keeps its place until the node has
 * answered or the adapter gave it up, also when nobody waits for it any more.
 */
export interface InFlight {
  hasRoom(node: ClusterNode): boolean;
  /** How many more keys of this weight may be sent now. At least one when nothing is under way: no key is too heavy for ever. */
  roomForKeys(weight: number): number;
  /** `weight`: of all keys of the message. */
  begin(node: ClusterNode, weight: number): void;
  end(node: ClusterNode, weight: number): void;
  /** Messages under way, by node id; nodes without any are absent. */
  messages(): ReadonlyMap<string, number>;
}

export function createInFlight(bounds: {
  readonly inFlightPerHost: number;
  readonly keysInFlight: number;
}): InFlight {
  const perNode = new Map<string, number>();
  let underWay = 0;
  return {
    hasRoom: (node) => (perNode.get(node.id) ?? 0) < bounds.inFlightPerHost,
    roomForKeys(weight) {
      const room = Math.max(0, Math.floor((bounds.keysInFlight - underWay) / weight));
      return underWay === 0 ? Math.max(1, room) : room;
    },
    begin(node, weight) {
      perNode.set(node.id, (perNode.get(node.id) ?? 0) + 1);
      underWay += weight;
    },
    end(node, weight) {
      const left = (perNode.get(node.id) ?? 1) - 1;
      if (left > 0) perNode.set(node.id, left);
      else perNode.delete(node.id);
      underWay -= weight;
    },
    messages: () => perNode,
  };
}
