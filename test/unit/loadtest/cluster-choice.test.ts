import { describe, expect, it } from 'vitest';
import { benchSpec, whyUnfit } from '../../../loadtest/bench-cluster.ts';
import { checkSpec } from '../../../topology/launcher/cluster-spec.ts';

describe('the cluster of a benchmark', () => {
  it.each([3, 12, 100])('with %d nodes can be started and measured', (nodes) => {
    expect(() => checkSpec(benchSpec(nodes))).not.toThrow();
    expect(whyUnfit(benchSpec(nodes))).toBeUndefined();
  });

  it.each([
    [{ quickStart: true }, '--quick-start'],
    [{ dynamicSnitch: true }, 'dynamic snitch'],
    [{ datacenters: [{ name: 'east', nodes: 12, racks: 3 }] }, 'no datacenter us-east-1-frontend'],
    [{ datacenters: [{ name: 'us-east-1-frontend', nodes: 2, racks: 2 }] }, 'fewer than 3 nodes'],
  ])('is refused with %j', (change, reason) => {
    expect(whyUnfit({ ...benchSpec(12), ...change })).toContain(reason);
  });
});
