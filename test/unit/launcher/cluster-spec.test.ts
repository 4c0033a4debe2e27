import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  addressOf,
  type ClusterSpec,
  checkSpec,
  defaultSpec,
  parseDatacenter,
  planNodes,
  rackNames,
} from '../../../topology/launcher/cluster-spec.ts';
import { UsageError } from '../../../topology/launcher/launcher-error.ts';

describe('parseDatacenter', () => {
  test.each([
    ['us-east-1-frontend=6:3', { name: 'us-east-1-frontend', nodes: 6, racks: 3 }],
    ['dc1=1', { name: 'dc1', nodes: 1, racks: 1 }],
  ])('reads %s', (text, datacenter) => {
    expect(parseDatacenter(text)).toEqual(datacenter);
  });

  test.each([
    ['', 'nothing at all'],
    ['east', 'no count'],
    ['=3', 'no name'],
    ['east=', 'an empty count'],
    ['east=three', 'no number'],
    ['east=-1', 'a negative count'],
    ['east=3:', 'an empty count of racks'],
    ['east=3:1:1', 'too many parts'],
    ["ea'st=3", 'a quote, which would end the name in CQL'],
  ])('refuses "%s": %s', (text) => {
    expect(() => parseDatacenter(text)).toThrow(UsageError);
  });
});

describe('checkSpec', () => {
  const east = { name: 'east', nodes: 3, racks: 3 };
  const spec: ClusterSpec = { ...defaultSpec, datacenters: [east] };

  it('accepts the default', () => {
    expect(() => checkSpec(defaultSpec)).not.toThrow();
  });

  test.each<[string, Partial<ClusterSpec>, RegExp]>([
    ['a name that leaves the directory of clusters', { name: '../x' }, /cluster name/],
    ['no datacenter', { datacenters: [] }, /at least one datacenter/],
    ['a datacenter given twice', { datacenters: [east, east] }, /east is given twice/],
    ['no node', { datacenters: [{ ...east, nodes: 0 }] }, /at least one node/],
    ['more racks than nodes: some would be empty', { datacenters: [{ ...east, racks: 4 }] }, /4 racks need/],
    ['no rack', { datacenters: [{ ...east, racks: 0 }] }, /1 to 26 racks/],
    ['more nodes than a machine can carry', { datacenters: [{ ...east, nodes: 101 }] }, /101 nodes/],
    ['a count of tokens that is no number', { tokensPerNode: Number.NaN }, /tokens a node/],
    ['a heap too small to start', { heapMiB: 64 }, /heap in MiB/],
    ['an address that others could reach', { firstAddress: '192.168.0.1' }, /loopback/],
    ['no room for the last node', { firstAddress: '127.0.0.253' }, /127\.0\.0\.255/],
  ])('refuses %s', (_, change, message) => {
    expect(() => checkSpec({ ...spec, ...change })).toThrow(message);
    expect(() => checkSpec({ ...spec, ...change })).toThrow(UsageError);
  });
});

describe('rackNames', () => {
  test.each([
    ['us-east-1-frontend', ['us-east-1a', 'us-east-1b'], 'the zones of the region'],
    ['us-east-1', ['us-east-1a', 'us-east-1b'], 'a region alone'],
    ['dc1', ['dc1-a', 'dc1-b'], 'no region in the name'],
    ['east', ['east-a', 'east-b'], 'no number in the name'],
  ])('of %s are %j: %s', (name, racks) => {
    expect(rackNames({ name, nodes: 2, racks: 2 })).toEqual(racks);
  });
});

describe('planNodes', () => {
  it('numbers the nodes through all datacenters and lets them take turns over the racks', () => {
    const nodes = planNodes({
      ...defaultSpec,
      datacenters: [parseDatacenter('a=3:2'), parseDatacenter('b=1')],
    });
    expect(nodes.map(({ name, address, datacenter, rack }) => [name, address, datacenter, rack])).toEqual([
      ['node-1', '127.0.0.11', 'a', 'a-a'],
      ['node-2', '127.0.0.12', 'a', 'a-b'],
      ['node-3', '127.0.0.13', 'a', 'a-a'],
      ['node-4', '127.0.0.14', 'b', 'b-a'],
    ]);
  });

  it('fills racks evenly and repeats no address, whatever the counts', () => {
    const datacenter = fc
      .record({ nodes: fc.integer({ min: 1, max: 30 }), racks: fc.integer({ min: 1, max: 26 }) })
      .filter(({ nodes, racks }) => racks <= nodes);
    fc.assert(
      fc.property(fc.array(datacenter, { minLength: 1, maxLength: 3 }), (counts) => {
        const datacenters = counts.map((count, index) => ({ ...count, name: `dc${index}` }));
        const nodes = planNodes({ ...defaultSpec, datacenters });
        expect(new Set(nodes.map(({ address }) => address)).size).toBe(nodes.length);
        for (const { name, nodes: wanted, racks } of datacenters) {
          const sizes = new Map<string, number>();
          for (const node of nodes) {
            if (node.datacenter === name) sizes.set(node.rack, (sizes.get(node.rack) ?? 0) + 1);
          }
          expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).toBe(wanted);
          expect(sizes.size).toBe(racks);
          expect(Math.max(...sizes.values()) - Math.min(...sizes.values())).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('addressOf', () => {
  test.each(['127.0.0', '127.0.0.0', '127.0.0.256', '127.0.0.x', '::1', ''])(
    'refuses "%s" as the first address',
    (address) => {
      expect(() => addressOf(address, 1)).toThrow(UsageError);
    },
  );
});
