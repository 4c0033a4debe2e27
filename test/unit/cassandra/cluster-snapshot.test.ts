import { describe, expect, it } from 'vitest';
import { createClusterSnapshot } from '../../../src/adapters/cassandra/cluster-snapshot.ts';
import type { ClusterNode, Replication } from '../../../src/core/topology/cluster-state.ts';

function node(id: string, changes: Partial<ClusterNode> = {}): ClusterNode {
  return { id, address: `${id}:9042`, datacenter: 'one', rack: 'r1', tokens: ['1', '2'], ...changes };
}

function keyspaces(factors: Readonly<Record<string, number>>): Map<string, Replication> {
  return new Map([
    ['shop', { strategy: 'NetworkTopologyStrategy', factors: new Map(Object.entries(factors)) }],
  ]);
}

describe('the snapshot of a cluster', () => {
  it('has no nodes before the first contact', () => {
    expect(createClusterSnapshot().state()).toEqual({ nodes: [], keyspaces: new Map() });
  });

  const same: readonly (readonly [why: string, nodes: ClusterNode[], keyspaces: Map<string, Replication>])[] =
    [
      ['everything is equal', [node('a'), node('b')], keyspaces({ one: 3, two: 2 })],
      ['nodes come in another order', [node('b'), node('a')], keyspaces({ one: 3, two: 2 })],
      [
        'tokens come in another order',
        [node('a', { tokens: ['2', '1'] }), node('b')],
        keyspaces({ one: 3, two: 2 }),
      ],
      ['factors come in another order', [node('a'), node('b')], keyspaces({ two: 2, one: 3 })],
    ];
  it.each(same)('stays the same object when %s', (_why, nodes, next) => {
    const snapshot = createClusterSnapshot();
    snapshot.update([node('a'), node('b')], keyspaces({ one: 3, two: 2 }));
    const before = snapshot.state();
    expect(snapshot.update(nodes, next)).toBe(false);
    expect(snapshot.state()).toBe(before);
  });

  const different: readonly (readonly [
    why: string,
    nodes: ClusterNode[],
    keyspaces: Map<string, Replication>,
  ])[] = [
    ['a node joins', [node('a'), node('b')], keyspaces({ one: 3 })],
    ['a node leaves', [], keyspaces({ one: 3 })],
    ['a token moves', [node('a', { tokens: ['1', '3'] })], keyspaces({ one: 3 })],
    ['a rack is renamed', [node('a', { rack: 'r2' })], keyspaces({ one: 3 })],
    ['an address changes', [node('a', { address: 'elsewhere:9042' })], keyspaces({ one: 3 })],
    ['a factor changes', [node('a')], keyspaces({ one: 2 })],
    [
      'a keyspace comes',
      [node('a')],
      new Map([...keyspaces({ one: 3 }), ['new', { strategy: 'SimpleStrategy', factor: 1 }]]),
    ],
    ['a keyspace goes', [node('a')], new Map()],
  ];
  it.each(different)('is replaced, and listeners are told, when %s', (_why, nodes, next) => {
    const snapshot = createClusterSnapshot();
    snapshot.update([node('a')], keyspaces({ one: 3 }));
    const before = snapshot.state();
    const seen: unknown[] = [];
    snapshot.onChange(() => seen.push(snapshot.state()));
    expect(snapshot.update(nodes, next)).toBe(true);
    expect(snapshot.state()).not.toBe(before);
    expect(seen).toEqual([snapshot.state()]);
  });

  it('no longer tells who stopped listening', () => {
    const snapshot = createClusterSnapshot();
    const calls: string[] = [];
    const stop = snapshot.onChange(() => calls.push('first'));
    snapshot.onChange(() => calls.push('second'));
    stop();
    snapshot.update([node('a')], new Map());
    expect(calls).toEqual(['second']);
  });
});
