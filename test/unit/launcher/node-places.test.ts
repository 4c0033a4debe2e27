import { describe, expect, it, test } from 'vitest';
import { defaultSpec, planNode } from '../../../topology/launcher/cluster-spec.ts';
import { emptiestRack } from '../../../topology/launcher/node-places.ts';

const nodesIn = (racks: readonly string[], datacenter = 'east') =>
  racks.map((rack, index) => planNode(defaultSpec, index + 1, datacenter, rack));

describe('emptiestRack', () => {
  test.each([
    [['a', 'b', 'a'], 'b', 'the one with fewer nodes'],
    [['b', 'a'], 'a', 'the first by name among equals'],
  ])('of %j is %s: %s', (racks, expected) => {
    expect(emptiestRack(nodesIn(racks), 'east')).toBe(expected);
  });

  it('counts only the nodes of the datacenter', () => {
    expect(emptiestRack([...nodesIn(['a', 'b', 'b']), ...nodesIn(['a', 'a', 'a'], 'west')], 'east')).toBe(
      'a',
    );
  });

  it('names the datacenters there are when asked for another', () => {
    expect(() => emptiestRack(nodesIn(['a']), 'west')).toThrow(/no datacenter west; there are east/);
  });
});
