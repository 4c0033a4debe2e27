import type { ClusterNode } from '../topology/cluster-state.ts';

/**
 * What is under way to Cassandra. Bounded on two sides: messages a node, keys in all. A message keeps its
 * place until the node has answered or the adapter gave it up, also when nobody waits for it any more.
 */
export interface InFlight {
  hasRoom(node: ClusterNode): boolean;
  /** How many more keys may be sent now; never negative. */
  roomForKeys(): number;
  begin(node: ClusterNode, keys: number): void;
  end(node: ClusterNode, keys: number): void;
  /** Messages under way, by node id; nodes without any are absent. */
  messages(): ReadonlyMap<string, number>;
}

export function createInFlight(bounds: {
  readonly inFlightPerHost: number;
  readonly keysInFlight: number;
}): InFlight {
  const perNode = new Map<string, number>();
  let keysUnderWay = 0;
  return {
    hasRoom: (node) => (perNode.get(node.id) ?? 0) < bounds.inFlightPerHost,
    roomForKeys: () => Math.max(0, bounds.keysInFlight - keysUnderWay),
    begin(node, keys) {
      perNode.set(node.id, (perNode.get(node.id) ?? 0) + 1);
      keysUnderWay += keys;
    },
    end(node, keys) {
      const left = (perNode.get(node.id) ?? 1) - 1;
      if (left > 0) perNode.set(node.id, left);
      else perNode.delete(node.id);
      keysUnderWay -= keys;
    },
    messages: () => perNode,
  };
}
