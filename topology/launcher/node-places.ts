import type { PlannedNode } from './cluster-spec.ts';
import { UsageError } from './launcher-error.ts';

/** The rack of the datacenter with the fewest nodes, the first of them by name. */
export function emptiestRack(nodes: readonly PlannedNode[], datacenter: string): string {
  const sizes = new Map<string, number>();
  for (const node of nodes) {
    if (node.datacenter === datacenter) sizes.set(node.rack, (sizes.get(node.rack) ?? 0) + 1);
  }
  const [emptiest] = [...sizes].sort(([rackA, a], [rackB, b]) => a - b || rackA.localeCompare(rackB));
  if (emptiest === undefined) {
    const names = [...new Set(nodes.map((node) => node.datacenter))].join(', ');
    throw new UsageError(
      `there is no datacenter ${datacenter}; there are ${names} (name a rack to found a new one)`,
    );
  }
  return emptiest[0];
}
