import { createNodeHealth, type NodeHealth } from '../../src/core/routing/node-health.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

/** Health that knows these nodes, under a clock of its own. */
export function watchNodes(nodes: readonly ClusterNode[]): { clock: FakeClock; health: NodeHealth } {
  const clock = createFakeClock();
  const health = createNodeHealth(clock);
  health.retain(nodes);
  return { clock, health };
}

/** So many messages to the node, one each 25 ms, all failing at once: five of them last long enough to eject it. */
export async function fail(
  clock: FakeClock,
  health: NodeHealth,
  node: ClusterNode,
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await clock.advance(25);
    health.sent(node).failed();
  }
}

/** Lets time pass until a probe of the node is due; gives how long that was, in ms. */
export async function outlast(clock: FakeClock, health: NodeHealth, node: ClusterNode): Promise<number> {
  const fromMs = clock.nowMs();
  while (!health.isProbeDue(node)) await clock.advance(50);
  return clock.nowMs() - fromMs;
}
