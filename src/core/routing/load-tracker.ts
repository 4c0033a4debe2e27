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

/** Keys that halve every ten seconds. */
interface DecayingKeys {
  keys: number;
  asOfMs: number;
}

interface DatacenterLoad extends DecayingKeys {
  readonly name: string;
  nodes: number;
  sumOfLogs: number;
}

interface NodeLoad extends DecayingKeys {
  readonly datacenter: DatacenterLoad;
  /** Logarithm of how much slower than expected the node answers, smoothed: one long pause is not slowness. */
  logSlowness: number;
  /** What it counts as having been given while it was away, and of its share what is held back while it comes back. */
  readonly heldBack: DecayingKeys;
  isComingBack: boolean;
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
  /** `ratio`: duration ÷ what the table and the number of keys lead to expect; also where nobody waits any more. Of a node that nothing was sent to, or that was forgotten since, nothing is kept. */
  answered(node: ClusterNode, ratio: number): void;
  /** No answer by the deadline; `ratio` as above, of the time that had passed. Says that the node is slow, or nothing. */
  unanswered(node: ClusterNode, ratio: number): void;
  /** Forgets the nodes that are not listed. */
  retain(nodes: readonly ClusterNode[]): void;
}

/**
 * `rampFactor`: at least 1; a node that comes back is given one part in so many of its share. Its load has decayed
 * meanwhile, and by that alone it would be given everything: it counts as having had what the others had.
 */
export function createLoadTracker(
  clock: Clock,
  rampFactor: (node: ClusterNode) => number = () => 1,
): LoadTracker {
  const nodes = new Map<string, NodeLoad>();
  const datacenters = new Map<string, DatacenterLoad>();

  const entry = (node: ClusterNode): NodeLoad => {
    const known = nodes.get(node.id);
    if (known !== undefined) return known;
    const asOfMs = clock.nowMs();
    const datacenter = datacenters.get(node.datacenter) ?? {
      name: node.datacenter,
      nodes: 0,
      sumOfLogs: 0,
      keys: 0,
      asOfMs,
    };
    datacenter.nodes += 1;
    datacenters.set(node.datacenter, datacenter);
    const heldBack = { keys: 0, asOfMs };
    const made: NodeLoad = { datacenter, keys: 0, asOfMs, logSlowness: 0, heldBack, isComingBack: false };
    nodes.set(node.id, made);
    return made;
  };

  return {
    load(node) {
      const load = nodes.get(node.id);
      if (load === undefined) return 0;
      const nowMs = clock.nowMs();
      decay(load, nowMs);
      const slowness = penalty(load);
      const factor = rampFactor(node);
      if (factor <= 1) load.isComingBack = false;
      else if (load.isComingBack) holdBack(load, slowness, factor, nowMs);
      else {
        load.isComingBack = true;
        const others = [...nodes.values()].filter((other) => other !== load);
        lift(load, usualKeys(others, load.datacenter, nowMs) / slowness, nowMs);
      }
      if (load.heldBack.keys === 0) return load.keys * slowness;
      decay(load.heldBack, nowMs);
      return (load.keys + load.heldBack.keys) * slowness;
    },
    sent(node, keys) {
      const load = entry(node);
      add(load, keys + 1, clock.nowMs());
      add(load.datacenter, keys + 1, clock.nowMs());
    },
    // A message may end after its node has left the cluster, and must not bring it back.
    answered(node, ratio) {
      const load = nodes.get(node.id);
      if (load !== undefined) learn(load, boundedLog(ratio));
    },
    unanswered(node, ratio) {
      const load = nodes.get(node.id);
      const logRatio = boundedLog(ratio);
      if (load !== undefined && logRatio > load.logSlowness) learn(load, logRatio);
    },
    retain(current) {
      const ids = new Set(current.map((node) => node.id));
      for (const [id, load] of nodes) {
        if (ids.has(id)) continue;
        nodes.delete(id);
        const { datacenter } = load;
        add(datacenter, -decay(load, clock.nowMs()), clock.nowMs());
        datacenter.nodes -= 1;
        datacenter.sumOfLogs -= load.logSlowness;
        if (datacenter.nodes === 0) datacenters.delete(datacenter.name);
      }
    },
  };
}

/** Against the usual of the datacenter, so that a noisy machine slows nobody in particular. */
function penalty({ logSlowness, datacenter }: NodeLoad): number {
  return Math.max(1, Math.exp(logSlowness - datacenter.sumOfLogs / datacenter.nodes) / slownessDeadZone);
}

function learn(load: NodeLoad, logRatio: number): void {
  const change = (logRatio - load.logSlowness) * slownessStep;
  load.logSlowness += change;
  load.datacenter.sumOfLogs += change;
}

function boundedLog(ratio: number): number {
  return Math.log(Math.min(ratioCeiling, Math.max(1 / ratioCeiling, ratio)));
}

/** The keys as they count now. */
function decay(load: DecayingKeys, nowMs: number): number {
  if (nowMs !== load.asOfMs) {
    load.keys *= 2 ** ((load.asOfMs - nowMs) / halfLifeMs);
    load.asOfMs = nowMs;
  }
  return load.keys;
}

function add(load: DecayingKeys, keys: number, nowMs: number): void {
  load.keys = decay(load, nowMs) + keys;
}

/** The median: others may be away as well, and by a mean with them a node that comes back would count as too little used. */
function usualKeys(loads: readonly NodeLoad[], datacenter: DatacenterLoad, nowMs: number): number {
  const keys = loads.filter((load) => load.datacenter === datacenter).map((load) => decay(load, nowMs));
  keys.sort((left, right) => left - right);
  return keys[Math.floor(keys.length / 2)] ?? 0;
}

function lift({ keys, heldBack }: NodeLoad, levelKeys: number, nowMs: number): void {
  heldBack.keys = Math.max(0, levelKeys - keys);
  heldBack.asOfMs = nowMs;
}

/**
 * A node with the usual load keeps it while it is given its share, `mean x ln 2 / half-life` keys a ms. What the ramp
 * keeps from it is added here instead, so that whoever levels loads gives it the rest and no more.
 */
function holdBack(load: NodeLoad, slowness: number, factor: number, nowMs: number): void {
  const { datacenter, heldBack } = load;
  const shareKeys = decay(datacenter, nowMs) / datacenter.nodes / slowness;
  const passedMs = nowMs - heldBack.asOfMs;
  add(heldBack, shareKeys * (1 - 1 / factor) * ((Math.LN2 * passedMs) / halfLifeMs), nowMs);
}
