import { describe, expect, it } from 'vitest';
import { checkConsistencies, checkReplication } from '../../../src/cli/check-replication.ts';
import type { Consistency } from '../../../src/core/ports.ts';
import { defaultTableSettings } from '../../../src/core/reads/settings.ts';
import type { ClusterNode, Replication } from '../../../src/core/topology/cluster-state.ts';

const nodes: readonly ClusterNode[] = ['a', 'a', 'a', 'b'].map((datacenter, index) => ({
  id: String(index),
  address: `192.0.2.${index}:9042`,
  datacenter,
  rack: 'r1',
  tokens: [String(index)],
}));

const reader = { name: 'shop.products', application: 'storefront', datacenters: ['a'] };
const spread = (factors: Readonly<Record<string, number>>): Replication => ({
  strategy: 'NetworkTopologyStrategy',
  factors: new Map(Object.entries(factors)),
});

describe('the check of replication', () => {
  it.each<[Replication, string[], string]>([
    [spread({ a: 3 }), [], 'replicas where it is read'],
    [spread({ b: 1 }), ['failed'], 'replicas elsewhere only'],
    [spread({ a: 0, b: 1 }), ['failed'], 'a factor of 0 is no replica'],
    [
      { strategy: 'SimpleStrategy', factor: 3 },
      ['warning'],
      'a strategy without datacenters in a cluster of two',
    ],
    [{ strategy: 'other', name: 'LocalStrategy' }, ['failed'], 'a strategy without owners'],
  ])('says of %j: %j (%s)', (replication, states) => {
    expect(checkReplication(reader, replication, nodes).map(({ state }) => state)).toEqual(states);
  });

  it('takes SimpleStrategy in a cluster of one datacenter', () => {
    const one = nodes.filter(({ datacenter }) => datacenter === 'a');
    expect(checkReplication(reader, { strategy: 'SimpleStrategy', factor: 3 }, one)).toEqual([]);
  });
});

describe('the check of consistencies', () => {
  it.each<[Consistency, Record<string, number>, boolean, string]>([
    ['LOCAL_ONE', { a: 1 }, true, 'one replica is enough'],
    ['LOCAL_QUORUM', { a: 3 }, true, 'two of three'],
    ['LOCAL_QUORUM', { a: 5 }, true, 'three of five, and there are three nodes'],
    ['LOCAL_QUORUM', { a: 7 }, false, 'four of seven, and there are three nodes'],
    ['TWO', { a: 1, b: 1 }, true, 'the other datacenter counts'],
    ['THREE', { a: 1, b: 1 }, false, 'two replicas in all'],
    ['QUORUM', { a: 3, b: 1 }, true, 'three of four'],
    ['ALL', { a: 3, b: 2 }, false, 'the other datacenter has one node'],
  ])('%s with %j is possible: %s (%s)', (consistency, factors, possible) => {
    const settings = { ...defaultTableSettings, allowedConsistencies: [consistency] };
    expect(checkConsistencies(reader, settings, spread(factors), nodes)).toHaveLength(possible ? 0 : 1);
  });
});
