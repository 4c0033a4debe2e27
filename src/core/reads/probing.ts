import type { NodeHealth } from '../routing/node-health.ts';
import type { Plan } from '../routing/plan.ts';
import type { HedgeBudget } from '../speculation/hedge-budget.ts';
import type { Outgoing } from './batch-sends.ts';

export interface ProbedPlan {
  readonly groups: readonly Outgoing[];
  /** One key each, which is in no group. */
  readonly trials: readonly Outgoing[];
  /** Copies of keys that are in `groups` as well. */
  readonly probes: readonly Outgoing[];
}

/**
 * Adds to a plan the probes that are due to nodes that are not well and get nothing by it: each a copy of one key,
 * which the hedge budget pays. Where it has not for about a second, the key itself goes to the node: so even a spent
 * budget does not leave a node that is well again outside, and one key a second is at stake.
 */
export function addProbes(
  { groups: planned, sick }: Plan,
  health: Pick<NodeHealth, 'isProbeDue' | 'isProbeUrgent'>,
  budget: HedgeBudget,
): ProbedPlan {
  if (sick.length === 0) return { groups: planned, trials: [], probes: [] };
  const groups: Outgoing[] = [...planned];
  const trials: Outgoing[] = [];
  const probes: Outgoing[] = [];
  const moved = new Set<number>();
  for (const { node, key } of sick) {
    if (planned.some((group) => group.node.id === node.id) || !health.isProbeDue(node)) continue;
    const probe = { node, keys: [key] };
    if (budget.take(1) === 1) {
      probes.push(probe);
      continue;
    }
    if (moved.has(key) || !health.isProbeUrgent(node)) continue;
    const from = groups.findIndex(({ keys }) => keys.includes(key));
    const group = groups[from];
    if (group === undefined) continue;
    moved.add(key);
    const rest = group.keys.filter((other) => other !== key);
    if (rest.length > 0) groups[from] = { node: group.node, keys: rest };
    else groups.splice(from, 1);
    trials.push(probe);
  }
  return { groups, trials, probes };
}
