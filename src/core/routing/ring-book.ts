import type { ClusterWatcher } from '../ports.ts';
import type { ClusterState } from '../topology/cluster-state.ts';
import { isSameOwnership } from './ownership.ts';
import { buildRing, type Ring } from './ring.ts';

/** The rings of the cluster as it is now. */
export interface RingBook {
  /** Undefined as `buildRing` has it. The same object until the cluster changes. */
  ring(keyspace: string): Ring | undefined;
  /** How often the cluster changed so that somebody may own something else; 0 before the first contact. */
  epoch(): number;
}

/**
 * Rings are built when first asked for and forgotten all together when the cluster changes, so that no two
 * of one moment come from different states. At most one ring a keyspace of the cluster is kept.
 *
 * Listens to the watcher for as long as the watcher lives.
 */
export function createRingBook(watcher: ClusterWatcher): RingBook {
  const rings = new Map<string, Ring>();
  let state: ClusterState = { nodes: [], keyspaces: new Map() };
  let epoch = 0;

  // Also called before each look-up: a ring of a state that is no more is never handed out, in whatever
  // order the watcher calls its listeners.
  const follow = (): void => {
    const latest = watcher.state();
    if (latest === state) return;
    // Even an equal state is taken over, so that the nodes handed out are those the watcher now has.
    if (!isSameOwnership(state, latest)) epoch += 1;
    state = latest;
    rings.clear();
  };

  const ring = (keyspace: string): Ring | undefined => {
    follow();
    const known = rings.get(keyspace);
    if (known !== undefined) return known;
    const built = buildRing(state, keyspace);
    if (built !== undefined) rings.set(keyspace, built);
    return built;
  };

  follow();
  watcher.onChange(follow);
  return {
    ring,
    epoch: () => {
      follow();
      return epoch;
    },
  };
}
