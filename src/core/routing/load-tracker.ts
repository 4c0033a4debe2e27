import type { Clock } from '../ports.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';

/** A key sent counts for half of itself after so long: long enough to be even, short enough to forget a burst. */
const halfLifeMs = 10_000;
/** Weight of one more answer in a node's slowness. */
const slownessStep = 0.02;
/** A node that is slower than its datacenter's usual by less than this is noise, and moves no load. */
const slownessDeadZone = 1.5;
/** An answer counts as at most so much slower, or faster, than expected. */
const ratioCeiling = 100;

interface NodeLoad {
  readonly datacenter: string;
  keys: number;
  asOfMs: number;
  /** Logarithm of how much slower than expected the node answers, smoothed: one long pause is not slowness. */
  logSlowness: number;
}

/**
 * How much each node was given lately, in keys, times how slowly it answers. What a plan balances.
 *
 * A message counts as one further key (estimated; `bench -- group-size` suggests that it costs more than that).
 */
export interface LoadTracker {
  /** In keys; 0 for a node never used. */
  load(node: ClusterNode): number;
  sent(node: ClusterNode, keys: number): void;
  /** `ratio`: duration ÷ what the table and the number of keys lead to expect. */
  answered(node: ClusterNode, ratio: number): void;
  /** Forgets the nodes that are not listed. */
  retain(nodes: readonly ClusterNode[]): void;
}

export function createLoadTracker(clock: Clock): LoadTracker {
  const nodes = new Map<string, NodeLoad>();
  const datacenters = new Map<string, { nodes: number; sumOfLogs: number }>();

  const entry = (node: ClusterNode): NodeLoad => {
    const known = nodes.get(node.id);
    if (known !== undefined) return known;
    const { datacenter } = node;
    const made: NodeLoad = { datacenter, keys: 0, asOfMs: clock.nowMs(), logSlowness: 0 };
    nodes.set(node.id, made);
    const sums = datacenters.get(datacenter) ?? { nodes: 0, sumOfLogs: 0 };
    sums.nodes += 1;
    datacenters.set(datacenter, sums);
    return made;
  };

  const decay = (load: NodeLoad): void => {
    const nowMs = clock.nowMs();
    if (nowMs === load.asOfMs) return;
    load.keys *= 2 ** ((load.asOfMs - nowMs) / halfLifeMs);
    load.asOfMs = nowMs;
  };

  /** Against the usual of the datacenter, so that a noisy machine slows nobody in particular. */
  const penalty = (load: NodeLoad): number => {
    const sums = datacenters.get(load.datacenter);
    const usual = sums === undefined ? 0 : sums.sumOfLogs / sums.nodes;
    return Math.max(1, Math.exp(load.logSlowness - usual) / slownessDeadZone);
  };

  return {
    load(node) {
      const load = nodes.get(node.id);
      if (load === undefined) return 0;
      decay(load);
      return load.keys * penalty(load);
    },
    sent(node, keys) {
      const load = entry(node);
      decay(load);
      load.keys += keys + 1;
    },
    answered(node, ratio) {
      const load = entry(node);
      const bounded = Math.min(ratioCeiling, Math.max(1 / ratioCeiling, ratio));
      const change = (Math.log(bounded) - load.logSlowness) * slownessStep;
      load.logSlowness += change;
      const sums = datacenters.get(load.datacenter);
      if (sums !== undefined) sums.sumOfLogs += change;
    },
    retain(current) {
      const ids = new Set(current.map((node) => node.id));
      for (const [id, load] of nodes) {
        if (ids.has(id)) continue;
        nodes.delete(id);
        const sums = datacenters.get(load.datacenter);
        if (sums === undefined) continue;
        sums.nodes -= 1;
        sums.sumOfLogs -= load.logSlowness;
        if (sums.nodes === 0) datacenters.delete(load.datacenter);
      }
    },
  };
}
