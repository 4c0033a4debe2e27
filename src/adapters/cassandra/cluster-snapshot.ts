import type { ClusterNode, ClusterState, Replication } from '../../core/topology/cluster-state.ts';

/** Keeps the state of the cluster as one immutable object, replaced only by one that differs. */
export interface ClusterSnapshot {
  state(): ClusterState;
  /** Tells the listeners, and returns true, when something changed. */
  update(nodes: readonly ClusterNode[], keyspaces: ReadonlyMap<string, Replication>): boolean;
  onChange(listener: () => void): () => void;
}

export function createClusterSnapshot(): ClusterSnapshot {
  const listeners = new Set<() => void>();
  let state: ClusterState = { nodes: [], keyspaces: new Map() };
  let content = contentOf(state);
  return {
    state: () => state,
    update(nodes, keyspaces) {
      const next: ClusterState = { nodes, keyspaces };
      const nextContent = contentOf(next);
      if (nextContent === content) return false;
      state = next;
      content = nextContent;
      for (const listener of [...listeners]) listener();
      return true;
    },
    onChange(listener) {
      // Wrapped, so that the same function may listen twice.
      const entry = (): void => listener();
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}

/** Equal exactly when the states are; what has no order of its own is sorted. */
function contentOf(state: ClusterState): string {
  const nodes = state.nodes.map((node) => [
    node.id,
    node.address,
    node.datacenter,
    node.rack,
    node.tokens.toSorted(),
  ]);
  const keyspaces = [...state.keyspaces].map(([name, replication]) => [
    name,
    replicationContent(replication),
  ]);
  return JSON.stringify([nodes.sort(byFirst), keyspaces.sort(byFirst)]);
}

function byFirst(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

function replicationContent(replication: Replication): unknown {
  if (replication.strategy !== 'NetworkTopologyStrategy') return replication;
  return [
    replication.strategy,
    entriesOf(replication.factors),
    entriesOf(replication.transient ?? new Map()),
  ];
}

function entriesOf(factors: ReadonlyMap<string, number>): readonly unknown[] {
  return [...factors].sort(byFirst);
}
