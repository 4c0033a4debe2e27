import type { ClusterNode } from '../topology/cluster-state.ts';

/** Keys for one node, as indexes into what was planned. */
export interface Group {
  readonly node: ClusterNode;
  readonly keys: number[];
}

/**
 * How hard load counts against coverage: the third power leaves the busiest of 12 nodes at 1.11 of the mean, the
 * sixth at 1.06 for 2 % more groups (docs/decisions/0003-balanced-cover.md). `npm run bench -- micro` simulates it.
 */
const loadFloor = 0.2;
const loadExponent = 6;
/** An owner in the own rack is taken when its score is at least this much of the best. */
const ownRackAdvantage = 0.9;

interface Candidate {
  readonly node: ClusterNode;
  /** Relative to the mean load of all candidates. */
  readonly relativeLoad: number;
  readonly loadKeys: number;
  readonly keys: number[];
  uncovered: number;
  chosen: boolean;
  assigned: number;
}

/**
 * Covers keys by few owners, evenly loaded: a greedy set cover whose gain is
 * `keys newly covered ÷ (0.2 + load ÷ mean load)^6`, after which each key moves to the least loaded of the
 * chosen owners. Every key ends in exactly one group, of a node that owns it.
 *
 * `owners[i]` are the usable owners of key i, at least one. At least `leastOwners` are asked, where there are so many. Source: Chvátal's greedy heuristic, weighted.
 */
export function coverByOwners(
  owners: readonly (readonly ClusterNode[])[],
  load: (node: ClusterNode) => number,
  ownRack: string | undefined,
  leastOwners = 1,
): Group[] {
  const { candidates, candidatesOf } = gatherCandidates(owners, load);
  const covered = new Uint8Array(owners.length);
  let left = owners.length;
  while (left > 0) {
    const best = pickBest(candidates, ownRack);
    best.chosen = true;
    for (const key of best.keys) {
      if (covered[key] === 1) continue;
      covered[key] = 1;
      left -= 1;
      for (const candidate of candidatesOf[key] ?? []) candidate.uncovered -= 1;
    }
  }
  spareOwners(candidates, leastOwners);
  return spread(candidatesOf);
}

/** So many messages are sent anyway: the least loaded owners share them, rather than a few taking several each. */
function spareOwners(candidates: readonly Candidate[], leastOwners: number): void {
  const missing = leastOwners - candidates.filter((candidate) => candidate.chosen).length;
  if (missing <= 0) return;
  const rested = candidates.filter((candidate) => !candidate.chosen);
  rested.sort((left, right) => left.loadKeys - right.loadKeys);
  for (const candidate of rested.slice(0, missing)) candidate.chosen = true;
}

function gatherCandidates(
  owners: readonly (readonly ClusterNode[])[],
  load: (node: ClusterNode) => number,
): { candidates: Candidate[]; candidatesOf: Candidate[][] } {
  const loads = new Map<ClusterNode, number>();
  let total = 0;
  for (const set of owners) {
    for (const node of set) {
      if (loads.has(node)) continue;
      const keys = load(node);
      loads.set(node, keys);
      total += keys;
    }
  }
  const mean = total / loads.size;
  const byNode = new Map<ClusterNode, Candidate>();
  for (const [node, loadKeys] of loads) {
    const relativeLoad = mean > 0 ? loadKeys / mean : 1;
    byNode.set(node, { node, relativeLoad, loadKeys, keys: [], uncovered: 0, chosen: false, assigned: 0 });
  }
  const candidatesOf = owners.map((set, key) => {
    const candidates: Candidate[] = [];
    for (const node of set) {
      const candidate = byNode.get(node);
      if (candidate === undefined) continue;
      candidate.keys.push(key);
      candidate.uncovered += 1;
      candidates.push(candidate);
    }
    return candidates;
  });
  return { candidates: [...byNode.values()], candidatesOf };
}

function pickBest(candidates: readonly Candidate[], ownRack: string | undefined): Candidate {
  let best: Candidate | undefined;
  let bestScore = 0;
  let near: Candidate | undefined;
  let nearScore = 0;
  for (const candidate of candidates) {
    if (candidate.uncovered === 0) continue;
    const score = candidate.uncovered / (loadFloor + candidate.relativeLoad) ** loadExponent;
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
    if (candidate.node.rack === ownRack && score > nearScore) {
      near = candidate;
      nearScore = score;
    }
  }
  if (best === undefined) throw new Error('a key without an owner cannot be covered');
  return near !== undefined && nearScore >= bestScore * ownRackAdvantage ? near : best;
}

/** Keys with the fewest chosen owners first: they have no choice, the others fill up around them. */
function spread(candidatesOf: readonly (readonly Candidate[])[]): Group[] {
  const choices = candidatesOf.map((candidates, key) => ({
    key,
    chosen: candidates.filter((candidate) => candidate.chosen),
  }));
  choices.sort((left, right) => left.chosen.length - right.chosen.length);
  const groups = new Map<Candidate, Group>();
  for (const { key, chosen } of choices) {
    let target = chosen[0];
    if (target === undefined) throw new Error('a covered key has a chosen owner');
    for (const candidate of chosen) {
      if (candidate.loadKeys + candidate.assigned < target.loadKeys + target.assigned) target = candidate;
    }
    target.assigned += 1;
    const group = groups.get(target);
    if (group === undefined) groups.set(target, { node: target.node, keys: [key] });
    else group.keys.push(key);
  }
  return [...groups.values()];
}
