import { describe, expect, it, test } from 'vitest';
import type { ClusterNode, ClusterState, Replication } from '../../../src/core/topology/cluster-state.ts';
import { lintTopology } from '../../../src/core/topology/lint.ts';
import { topologyOf } from './topologies.ts';

const topology = topologyOf(`
54.0.0.1=front:us-east-1a:10.0.0.1
54.0.0.2=front:us-east-1b:10.0.0.2`);

const nodeAt = (address: string, change: Partial<ClusterNode> = {}): ClusterNode => ({
  id: address,
  address,
  datacenter: 'front',
  rack: 'us-east-1a',
  tokens: ['1'],
  ...change,
});
const first = nodeAt('10.0.0.1:9042');
const second = nodeAt('54.0.0.2:9042', { rack: 'us-east-1b' });
const stateOf = (
  nodes: readonly ClusterNode[],
  keyspaces: Readonly<Record<string, Replication>> = {},
): ClusterState => ({ nodes, keyspaces: new Map(Object.entries(keyspaces)) });
const replicated = (datacenter: string, factor: number): Replication => ({
  strategy: 'NetworkTopologyStrategy',
  factors: new Map([[datacenter, factor]]),
});

describe('lint', () => {
  it('has nothing to say of a file and a cluster that agree, by whichever address', () => {
    expect(lintTopology(topology, stateOf([first, second], { shop: replicated('front', 2) }))).toEqual([]);
  });

  test.each<[string, readonly ClusterNode[], string]>([
    [
      'a node that the cluster lacks',
      [first],
      'line 3: 54.0.0.2 (front) is in the file and not in the cluster',
    ],
    [
      'a node that the file lacks',
      [first, second, nodeAt('[fd00::9]:9042')],
      '[fd00::9]:9042 (front, us-east-1a) is in the cluster and not in the file',
    ],
    [
      'another datacenter',
      [first, { ...second, datacenter: 'back' }],
      'line 3: 54.0.0.2 is in datacenter front by the file, back by the cluster',
    ],
    [
      'another rack',
      [{ ...first, rack: 'us-east-1c' }, second],
      'line 2: 54.0.0.1 is in rack us-east-1a by the file, us-east-1c by the cluster',
    ],
  ])('tells %s', (_, nodes, finding) => {
    expect(lintTopology(topology, stateOf(nodes))).toEqual([finding]);
  });

  it('tells a datacenter that spans regions, before the cluster was reached too', () => {
    const wide = topologyOf('54.0.0.1=wide:us-east-1a:10.0.0.1\n54.0.0.2=wide:us-west-2a:10.0.0.2');
    expect(lintTopology(wide, stateOf([]))).toEqual([
      'datacenter wide spans the regions us-east-1, us-west-2; its nodes are not equally near',
    ]);
  });

  it('says nothing of nodes before the cluster was reached', () => {
    expect(lintTopology(topology, stateOf([]))).toEqual([]);
  });

  test.each<[string, Replication, readonly string[]]>([
    [
      'fewer racks than replicas',
      replicated('front', 3),
      ['keyspace shop has 3 replicas in datacenter front, which has 2 racks'],
    ],
    [
      'replicas in a datacenter without nodes',
      replicated('back', 2),
      ['keyspace shop has 2 replicas in datacenter back, which has no node'],
    ],
    ['no replicas where there is no node', replicated('back', 0), []],
    ['a strategy that knows no racks', { strategy: 'SimpleStrategy', factor: 3 }, []],
  ])('weighs racks against replicas: %s', (_, replication, findings) => {
    expect(lintTopology(topology, stateOf([first, second], { shop: replication }))).toEqual(findings);
  });

  it('is bounded', () => {
    const strangers = Array.from({ length: 300 }, (_, at) => nodeAt(`10.1.${at}.1:9042`));
    const findings = lintTopology(topology, stateOf(strangers));
    expect(findings).toHaveLength(201);
    expect(findings.at(-1)).toBe('and 102 more');
  });
});
