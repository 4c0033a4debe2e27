import { describe, expect, it } from 'vitest';
import { placeReplicas } from '../../../src/core/routing/placement.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';

/** `a1 b2` is node a in rack 1, then node b in rack 2. */
function place(ring: string, full: number, transient = 0): string[] {
  const nodes = new Map<string, ClusterNode>();
  const nodeAt = ring.split(' ').map((name) => {
    const node = nodes.get(name) ?? makeNode(name);
    nodes.set(name, node);
    return node;
  });
  const { sets, setAt } = placeReplicas(nodeAt, (node) => node.rack, full, transient);
  return Array.from(setAt, (set) => sets[set]?.map((node) => node.id).join('') ?? 'nothing');
}

function makeNode(name: string): ClusterNode {
  const [id = '', rack = ''] = name;
  return { id, address: `${id}:9042`, datacenter: 'dc', rack, tokens: [] };
}

const cases: readonly [string, string, number, number, string][] = [
  ['a rack each: the next nodes', 'a1 b2 c3 d4', 3, 0, 'abc bcd cda dab'],
  ['as many racks as replicas: a rack met is passed by', 'a1 b1 c2 d3', 3, 0, 'acd bcd cda dac'],
  ['more racks than replicas: a rack met is passed by all the same', 'a1 b1 c2 d3', 2, 0, 'ac bc cd da'],
  ['one rack: as if there were none', 'a1 b1 c1 d1', 3, 0, 'abc bcd cda dab'],
  ['two racks for three: one repeat, taken as it comes', 'a1 b1 c2 d2', 3, 0, 'abc bcd cda dab'],
  [
    'two racks for three: a second repeat has to wait for the other rack',
    'a1 b1 c1 d2',
    3,
    0,
    'abd bcd cda dab',
  ],
  ['two racks for four: two repeats', 'a1 b1 c1 d2 e2', 4, 0, 'abcd bcde cdea deab eabc'],
  ['a node is no repeat of itself', 'a1 a1 b1 a1 c2', 3, 0, 'abc abc bac acb cab'],
  ['fewer nodes than replicas: all of them', 'a1 b1 c2', 5, 0, 'abc bca cab'],
  ['nothing to place', 'a1 b2', 0, 0, '  '],
  ['a transient replica makes room for a repeat and owns nothing', 'a1 b1 c2', 2, 1, 'ab bc ca'],
  ['without it the repeat has no room', 'a1 b1 c2', 2, 0, 'ac bc ca'],
  ['fewer nodes than full and transient replicas: the full ones first', 'a1 b1', 2, 1, 'ab ba'],
];

describe('the placement of replicas', () => {
  it.each(cases)('%s (%s, %i full, %i transient)', (_, ring, full, transient, owners) => {
    expect(place(ring, full, transient)).toEqual(owners === '  ' ? ['', ''] : owners.split(' '));
  });

  it('keeps equal owners once', () => {
    const nodes = ['a1', 'b1', 'c1'].map(makeNode);
    const [a, b, c] = nodes as [ClusterNode, ClusterNode, ClusterNode];
    const { sets, setAt } = placeReplicas([a, a, b, c, a, b], (node) => node.rack, 2, 0);
    expect(sets).toEqual([
      [a, b],
      [b, c],
      [c, a],
      [b, a],
    ]);
    expect([...setAt]).toEqual([0, 0, 1, 2, 0, 3]);
  });
});
