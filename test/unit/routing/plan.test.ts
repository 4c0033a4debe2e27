import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createLoadTracker } from '../../../src/core/routing/load-tracker.ts';
import { groupings, type PlanRequest, planGroups } from '../../../src/core/routing/plan.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { makeRing, type RingShape, randomTokens } from '../../support/rings.ts';

const frontend = { nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'front' } as const;
const fallback = { nodes: 3, racks: 3, replicationFactor: 2, datacenter: 'other' } as const;

function request(change: Partial<PlanRequest>, ...shapes: readonly RingShape[]): PlanRequest {
  const { ring, nodes } = makeRing(...shapes);
  return {
    ring,
    nodes,
    tokens: randomTokens(50, createSeededRandom(7).next),
    datacenters: ['front'],
    grouping: 'owner',
    maxKeysPerGroup: 32,
    isUsable: () => true,
    rank: () => 'well',
    load: () => 0,
    ownRack: undefined,
    ...change,
  };
}

describe('a plan', () => {
  it('puts every key in exactly one group, of a usable node that owns it, within the bound', () => {
    fc.assert(
      fc.property(
        fc.record({
          nodes: fc.integer({ min: 1, max: 12 }),
          racks: fc.integer({ min: 1, max: 4 }),
          replicationFactor: fc.integer({ min: 1, max: 4 }),
          tokensPerNode: fc.integer({ min: 1, max: 8 }),
          keys: fc.integer({ min: 1, max: 120 }),
          maxKeysPerGroup: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(Number.POSITIVE_INFINITY)),
          grouping: fc.constantFrom(...groupings),
          down: fc.integer({ min: 0, max: 4 }),
          seed: fc.integer(),
        }),
        (shape) => {
          const { ring, nodes } = makeRing({ ...shape, datacenter: 'front' });
          const random = createSeededRandom(shape.seed);
          const tokens = randomTokens(shape.keys, random.next);
          const down = new Set(nodes.slice(0, shape.down));
          const load = new Map(nodes.map((node) => [node, random.next() * 100]));
          const plan = planGroups({
            ...request({}, frontend),
            ring,
            nodes,
            tokens,
            grouping: shape.grouping,
            maxKeysPerGroup: shape.maxKeysPerGroup,
            isUsable: (node) => !down.has(node),
            load: (node) => load.get(node) ?? 0,
          });
          const placed = [...plan.groups.flatMap((group) => group.keys), ...plan.unowned];
          expect(placed.toSorted((a, b) => a - b)).toEqual(tokens.map((_, key) => key));
          expect(plan.groups.length).toBeLessThanOrEqual(tokens.length);
          for (const group of plan.groups) {
            expect(down.has(group.node)).toBe(false);
            expect(group.keys.length).toBeLessThanOrEqual(shape.maxKeysPerGroup);
            if (shape.grouping === 'coordinator') continue;
            for (const key of group.keys) {
              expect(ring.owners(tokens[key] as (typeof tokens)[number], 'front')).toContain(group.node);
            }
          }
          for (const key of plan.unowned) {
            const owners =
              shape.grouping === 'coordinator'
                ? nodes
                : ring.owners(tokens[key] as (typeof tokens)[number], 'front');
            expect(owners.every((node) => down.has(node))).toBe(true);
          }
        },
      ),
      { numRuns: propertyRuns(300) },
    );
  });

  it('sends no more than 2.2 messages on average for 50 keys over 6 nodes in 3 racks, without a bound', () => {
    const load = createLoadTracker(createFakeClock());
    const random = createSeededRandom(3);
    const base = request({ maxKeysPerGroup: Number.POSITIVE_INFINITY, load: load.load }, frontend);
    let messages = 0;
    for (let round = 0; round < 1_000; round += 1) {
      const plan = planGroups({ ...base, tokens: randomTokens(50, random.next) });
      messages += plan.groups.length;
      for (const group of plan.groups) load.sent(group.node, group.keys.length);
    }
    expect(messages / 1_000).toBeLessThanOrEqual(2.2);
  });

  it.each([1, 3])('keeps the busiest of 12 even nodes in %i racks within 1.25 of the mean', (racks) => {
    const shape = { nodes: 12, racks, replicationFactor: 3, datacenter: 'front' };
    for (let seed = 1; seed <= 5; seed += 1) {
      const load = createLoadTracker(createFakeClock());
      const random = createSeededRandom(seed);
      const base = request({ load: load.load }, { ...shape, seed });
      const keys = new Map<string, number>();
      for (let round = 0; round < 1_000; round += 1) {
        const plan = planGroups({ ...base, tokens: randomTokens(50, random.next) });
        for (const group of plan.groups) {
          load.sent(group.node, group.keys.length);
          keys.set(group.node.id, (keys.get(group.node.id) ?? 0) + group.keys.length);
        }
      }
      const mean = (1_000 * 50) / 12;
      expect(Math.max(...keys.values()) / mean).toBeLessThanOrEqual(1.25);
    }
  });

  it('spreads a large look-up over all owners, since its messages are sent anyway', () => {
    const tokens = randomTokens(1_000, createSeededRandom(2).next);
    const { groups } = planGroups({ ...request({}, frontend), tokens });
    expect(groups.length).toBeLessThanOrEqual(36);
    const perNode = new Map<string, number>();
    for (const { node } of groups) perNode.set(node.id, (perNode.get(node.id) ?? 0) + 1);
    expect(perNode.size).toBe(6);
    expect(Math.max(...perNode.values())).toBeLessThanOrEqual(8);
  });

  it('reads a key without a usable owner from the next datacenter, and only such keys', () => {
    const base = request({ datacenters: ['front', 'other'] }, frontend, fallback);
    const lost = base.tokens[0] as PlanRequest['tokens'][number];
    const owners = new Set(base.ring?.owners(lost, 'front'));
    const plan = planGroups({ ...base, isUsable: (node) => !owners.has(node) });
    const strays = plan.groups.filter((group) => group.node.datacenter === 'other').flatMap((g) => g.keys);
    expect(strays).toContain(0);
    for (const key of strays) {
      const token = base.tokens[key] as PlanRequest['tokens'][number];
      expect(base.ring?.owners(token, 'front').every((node) => owners.has(node))).toBe(true);
    }
    expect(plan.unowned).toEqual([]);
  });

  it('never leaves the datacenters of the class', () => {
    const base = request({ isUsable: () => false }, frontend, fallback);
    const healthy = planGroups({ ...base, isUsable: () => true });
    expect(new Set(healthy.groups.map((group) => group.node.datacenter))).toEqual(new Set(['front']));
    const down = planGroups({ ...base, isUsable: (node) => node.datacenter === 'other' });
    expect(down.groups).toEqual([]);
    expect(down.unowned).toHaveLength(50);
  });

  it('asks any node of the datacenter where the ring is unknown', () => {
    const plan = planGroups({ ...request({}, frontend), ring: undefined, maxKeysPerGroup: 100 });
    expect(plan.groups).toHaveLength(1);
    expect(plan.groups[0]?.keys).toHaveLength(50);
  });

  it('makes one message a key in the mode key, one a token range in the mode range', () => {
    const base = request({}, frontend);
    expect(planGroups({ ...base, grouping: 'key' }).groups).toHaveLength(50);
    const ranges = new Set(base.tokens.map((token) => base.ring?.rangeOf(token)));
    expect(planGroups({ ...base, grouping: 'range' }).groups).toHaveLength(ranges.size);
  });

  it('prefers an owner in the own rack among equals, not an overloaded one', () => {
    const base = request(
      { ownRack: 'rack-2', tokens: randomTokens(1, createSeededRandom(1).next) },
      frontend,
    );
    const equal = planGroups({ ...base, load: () => 10 });
    expect(equal.groups.map((group) => group.node.rack)).toEqual(['rack-2']);
    const loaded = planGroups({ ...base, load: (node) => (node.rack === 'rack-2' ? 20 : 10) });
    expect(loaded.groups.map((group) => group.node.rack)).not.toEqual(['rack-2']);
  });
});
