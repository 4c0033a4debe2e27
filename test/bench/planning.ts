/**
 * How long planning takes, and what the plans are worth, without a cluster.
 *
 * `node test/bench/planning.ts` prints one line of JSON.
 */
import type { Clock } from '../../src/core/ports.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { createLoadTracker } from '../../src/core/routing/load-tracker.ts';
import { type Grouping, type PlanRequest, planGroups } from '../../src/core/routing/plan.ts';
import { makeRing, randomTokens } from '../support/rings.ts';

export interface PlanningBench {
  readonly timings: readonly PlanningTiming[];
  readonly simulations: readonly PlanningSimulation[];
}

export interface PlanningTiming {
  readonly nodes: number;
  readonly keys: number;
  readonly grouping: Grouping;
  /** Over the plans, the ring and the tokens of the keys being there. */
  readonly medianMicros: number;
  readonly p95Micros: number;
}

export interface PlanningSimulation {
  readonly nodes: number;
  readonly grouping: Grouping;
  readonly maxKeysPerGroup: number | 'unbounded';
  readonly groupsPerLookUp: number;
  /** In keys sent, over all look-ups. */
  readonly busiestOverMean: number;
}

const keysPerLookUp = 50;
const racks = 3;
const replicationFactor = 3;
const tokensPerNode = 16;
const warmUpPlans = 2_000;
const plans = 5_000;
const simulatedLookUps = 1_000;

export function benchPlanning(): PlanningBench {
  return {
    timings: [
      timePlans(12, 'owner'),
      timePlans(100, 'owner'),
      timePlans(100, 'range'),
      timePlans(100, 'key'),
    ],
    simulations: [
      ...[4, 8, 16, 32, Number.POSITIVE_INFINITY].map((bound) => simulate(12, 'owner', bound)),
      ...(['range', 'key', 'coordinator'] as const).map((grouping) =>
        simulate(12, grouping, Number.POSITIVE_INFINITY),
      ),
      simulate(100, 'owner', Number.POSITIVE_INFINITY),
    ],
  };
}

function timePlans(nodes: number, grouping: Grouping): PlanningTiming {
  const look = lookUpsOver(nodes, grouping, 32);
  const micros: number[] = [];
  for (let index = 0; index < warmUpPlans + plans; index += 1) {
    const request = look.next();
    const startedMs = performance.now();
    const plan = planGroups(request);
    const tookMs = performance.now() - startedMs;
    look.send(plan.groups);
    if (index >= warmUpPlans) micros.push(tookMs * 1000);
  }
  micros.sort((a, b) => a - b);
  const at = (share: number): number => rounded(micros[Math.floor(micros.length * share)] ?? Number.NaN, 1);
  return { nodes, keys: keysPerLookUp, grouping, medianMicros: at(0.5), p95Micros: at(0.95) };
}

function simulate(nodes: number, grouping: Grouping, maxKeysPerGroup: number): PlanningSimulation {
  const look = lookUpsOver(nodes, grouping, maxKeysPerGroup);
  let groups = 0;
  for (let index = 0; index < simulatedLookUps; index += 1) {
    const plan = planGroups(look.next());
    look.send(plan.groups);
    groups += plan.groups.length;
  }
  const keys = look.keysByNode();
  const mean = keys.reduce((sum, count) => sum + count, 0) / keys.length;
  return {
    nodes,
    grouping,
    maxKeysPerGroup: Number.isFinite(maxKeysPerGroup) ? maxKeysPerGroup : 'unbounded',
    groupsPerLookUp: rounded(groups / simulatedLookUps, 2),
    busiestOverMean: rounded(Math.max(...keys) / mean, 2),
  };
}

/** Look-ups of uniform random keys, 100 a second, by one Weir that remembers where it sent the last ones. */
function lookUpsOver(nodeCount: number, grouping: Grouping, maxKeysPerGroup: number) {
  const { ring, nodes } = makeRing({ nodes: nodeCount, racks, replicationFactor, tokensPerNode });
  const random = createSeededRandom(nodeCount);
  let nowMs = 0;
  const clock: Clock = { nowMs: () => nowMs, after: () => () => undefined };
  const tracker = createLoadTracker(clock);
  const sent = new Map(nodes.map((node) => [node, 0]));
  return {
    next: (): PlanRequest => {
      nowMs += 10;
      return {
        ring,
        nodes,
        tokens: randomTokens(keysPerLookUp, random.next),
        datacenters: ['dc'],
        grouping,
        maxKeysPerGroup,
        isUsable: () => true,
        rank: () => 'well',
        load: (node) => tracker.load(node),
        ownRack: undefined,
      };
    },
    send: (groups: ReturnType<typeof planGroups>['groups']): void => {
      for (const { node, keys } of groups) {
        tracker.sent(node, keys.length);
        sent.set(node, (sent.get(node) ?? 0) + keys.length);
      }
    },
    keysByNode: (): readonly number[] => [...sent.values()],
  };
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(benchPlanning())}\n`);
