import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { orderByDistance } from '../../../src/core/topology/distance.ts';
import { defaultSpec, planNodes } from '../../../topology/launcher/cluster-spec.ts';
import { topologyOf } from './topologies.ts';

const folder = path.resolve(import.meta.dirname, '../../../topology');
const files = globSync('**/*.topology', { cwd: folder });
const read = (file: string) => topologyOf(readFileSync(path.join(folder, file), 'utf8'));

interface Settings {
  readonly cassandra: {
    readonly contactPoints: readonly string[];
    readonly datacenter: string;
    readonly rack?: string;
    readonly topologyFile: string;
  };
  readonly classes: Readonly<Record<string, { readonly datacenters: readonly string[] }>>;
}

describe('the example topologies', () => {
  it('are some', () => {
    expect(files.toSorted()).toEqual(['global/global.topology', 'local/local.topology']);
  });

  test.each(files)('%s is without faults', (file) => {
    expect(read(file).entries.length).toBeGreaterThan(0);
  });

  it('name the nodes that the launcher starts by default', () => {
    const nodes = planNodes(defaultSpec).map(({ address, datacenter, rack }) => ({
      publicAddress: address,
      datacenter,
      rack,
      privateAddress: address,
    }));
    expect(read('local/local.topology').entries).toMatchObject(nodes);
  });
});

describe('the global layout', () => {
  const global = read('global/global.topology');
  const configurations = globSync('*.weir.yaml', { cwd: path.join(folder, 'global') });

  it('has a configuration for each region', () => {
    expect(configurations.toSorted()).toEqual([
      'eu-west-1.weir.yaml',
      'us-east-1.weir.yaml',
      'us-west-2.weir.yaml',
    ]);
  });

  test.each(configurations)('%s stands in the layout', (name) => {
    const text = readFileSync(path.join(folder, 'global', name), 'utf8');
    const { cassandra, classes } = parse(text) as Settings;
    expect(cassandra.topologyFile).toBe('global.topology');
    const own = global.entries.filter(({ datacenter }) => datacenter === cassandra.datacenter);
    expect(own.map(({ privateAddress }) => privateAddress)).toEqual(
      expect.arrayContaining([...cassandra.contactPoints]),
    );
    expect(own.map(({ rack }) => rack)).toContain(cassandra.rack);
    const known = new Set(global.entries.map(({ datacenter }) => datacenter));
    for (const { datacenters } of Object.values(classes)) {
      expect(datacenters.filter((datacenter) => !known.has(datacenter))).toEqual([]);
      expect(orderByDistance(global, cassandra.datacenter, datacenters)).toEqual(datacenters);
    }
  });
});
