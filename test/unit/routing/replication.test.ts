import { describe, expect, it } from 'vitest';
import { parseReplication } from '../../../src/core/routing/replication.ts';
import type { Replication } from '../../../src/core/topology/cluster-state.ts';

const locator = 'org.apache.cassandra.locator';

const cases: readonly [string, Record<string, string>, Replication][] = [
  [
    'a factor for each datacenter',
    { class: `${locator}.NetworkTopologyStrategy`, front: '3', back: '2' },
    {
      strategy: 'NetworkTopologyStrategy',
      factors: new Map([
        ['front', 3],
        ['back', 2],
      ]),
    },
  ],
  [
    'a class without its package',
    { class: 'NetworkTopologyStrategy', front: '1' },
    { strategy: 'NetworkTopologyStrategy', factors: new Map([['front', 1]]) },
  ],
  [
    'a datacenter that holds nothing',
    { class: 'NetworkTopologyStrategy', front: '0' },
    { strategy: 'NetworkTopologyStrategy', factors: new Map([['front', 0]]) },
  ],
  [
    'transient replicas, which are no owners',
    { class: 'NetworkTopologyStrategy', front: '3/1', back: '2' },
    {
      strategy: 'NetworkTopologyStrategy',
      factors: new Map([
        ['front', 2],
        ['back', 2],
      ]),
      transient: new Map([['front', 1]]),
    },
  ],
  [
    'one factor for all',
    { class: `${locator}.SimpleStrategy`, replication_factor: '2' },
    { strategy: 'SimpleStrategy', factor: 2 },
  ],
  [
    'one factor for all, a part of it transient',
    { class: 'SimpleStrategy', replication_factor: '3/1' },
    { strategy: 'SimpleStrategy', factor: 2 },
  ],
];

const others: readonly [string, Record<string, string>][] = [
  ['each node for itself', { class: `${locator}.LocalStrategy` }],
  ['every node', { class: `${locator}.EverywhereStrategy` }],
  [
    'a class of the same name in another package',
    { class: 'com.example.SimpleStrategy', replication_factor: '1' },
  ],
  ['no factor', { class: 'SimpleStrategy' }],
  ['a factor that is no number', { class: 'SimpleStrategy', replication_factor: 'three' }],
  ['a negative factor', { class: 'NetworkTopologyStrategy', front: '-1' }],
  ['more transient replicas than replicas', { class: 'NetworkTopologyStrategy', front: '1/2' }],
  ['no class', { replication_factor: '1' }],
];

describe('the replication settings of a keyspace', () => {
  it.each(cases)('may be %s', (_, options, replication) => {
    expect(parseReplication(options)).toEqual(replication);
  });

  it.each(others)('name no owner: %s', (_, options) => {
    const { class: name = '' } = options;
    expect(parseReplication(options)).toEqual({ strategy: 'other', name });
  });
});
