import { describe, expect, it } from 'vitest';
import type { ClusterState } from '../../../topology/launcher/cluster-directory.ts';
import { defaultSpec, planNodes } from '../../../topology/launcher/cluster-spec.ts';
import { seedsFor } from '../../../topology/launcher/local-start.ts';

const nodes = planNodes(defaultSpec).map((node) => ({ ...node, bootstrap: false, jmxPort: 7199 }));
const stateIn = (phase: ClusterState['phase']): ClusterState => ({
  version: 1,
  spec: defaultSpec,
  phase,
  nextNumber: 9,
  nodes,
});
const nodeAt = (index: number) => {
  const node = nodes[index];
  if (node === undefined) throw new Error('the plan has eight nodes');
  return node;
};

describe('seedsFor', () => {
  it('makes the whole first group seeds, which so do not wait for each other', () => {
    const first = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];
    expect(seedsFor(stateIn('starting'), nodeAt(1))).toEqual(first);
    expect(seedsFor(stateIn('starting'), nodeAt(6))).toEqual(first);
  });

  it('asks living nodes once the cluster is there, and never the node itself: a seed does not bootstrap', () => {
    const alive = ({ name }: { name: string }) => name === 'node-1' || name === 'node-3' || name === 'node-8';
    expect(seedsFor(stateIn('ready'), nodeAt(0), alive)).toEqual(['127.0.0.13', '127.0.0.18']);
  });

  it('lets a node start alone when no other lives', () => {
    expect(seedsFor(stateIn('ready'), nodeAt(2), () => false)).toEqual(['127.0.0.13']);
  });
});
