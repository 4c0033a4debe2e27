import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import { EntryList } from '../../../src/adapters/cassandra/entry-list.ts';
import {
  announcedAddresses,
  keyspacesFrom,
  nodesFrom,
  partitionerFaultOf,
  schemaVersionOf,
} from '../../../src/adapters/cassandra/topology-rows.ts';
import { driverRow } from './tables.ts';

const { InetAddress, Uuid } = cassandra.types;

function member(number: number, changes: Readonly<Record<string, unknown>> = {}): cassandra.types.Row {
  return driverRow({
    host_id: new Uuid(Buffer.alloc(16, number)),
    peer: new InetAddress(Buffer.from([10, 0, 0, number])),
    rpc_address: new InetAddress(Buffer.from([192, 0, 2, number])),
    data_center: 'one',
    rack: 'r1',
    tokens: [`${number}`],
    ...changes,
  });
}

const idOf = (number: number): string => String(new Uuid(Buffer.alloc(16, number)));
const announced = (_id: string, address: string): string => `${address}:9042`;
const local = member(1, { bootstrapped: 'COMPLETED' });

describe('nodes of the system tables', () => {
  it('are the node asked and its peers', () => {
    expect(nodesFrom([local], [member(2)], 'asked:9042', announced)).toEqual([
      { id: idOf(1), address: 'asked:9042', datacenter: 'one', rack: 'r1', tokens: ['1'] },
      { id: idOf(2), address: '192.0.2.2:9042', datacenter: 'one', rack: 'r1', tokens: ['2'] },
    ]);
  });

  it.each([
    ['has no tokens yet', { tokens: [] }],
    ['has no tokens at all', { tokens: null }],
    ['has no id', { host_id: null }],
    ['has no datacenter', { data_center: null }],
    ['has no rack', { rack: null }],
  ])('leave out a peer that %s', (_why, changes) => {
    expect(nodesFrom([local], [member(2, changes)], 'asked:9042', announced).map((node) => node.id)).toEqual([
      idOf(1),
    ]);
  });

  it('leave out the node asked while it joins', () => {
    const joining = member(1, { bootstrapped: 'IN_PROGRESS' });
    expect(nodesFrom([joining], [member(2)], 'asked:9042', announced).map((node) => node.id)).toEqual([
      idOf(2),
    ]);
  });

  it('have the address of the peer where it listens everywhere', () => {
    const everywhere = member(2, { rpc_address: new InetAddress(Buffer.alloc(4)) });
    expect(nodesFrom([], [everywhere], 'asked:9042', announced)[0]?.address).toBe('10.0.0.2:9042');
  });

  it('have the address that the driver knows, by host id', () => {
    const known = (id: string): string => `known ${id}`;
    expect(nodesFrom([], [member(2)], 'asked:9042', known)[0]?.address).toBe(`known ${idOf(2)}`);
  });

  it('are there once, also when a table has an old row of a node', () => {
    const old = member(1, { rpc_address: new InetAddress(Buffer.from([192, 0, 2, 9])) });
    expect(nodesFrom([local], [old, member(2), member(2)], 'asked:9042', announced)).toHaveLength(2);
  });
});

describe('announced addresses', () => {
  it('are those that the node asked and its peers tell clients to use', () => {
    const everywhere = member(3, { rpc_address: new InetAddress(Buffer.alloc(4)) });
    expect(announcedAddresses([local], [member(2), everywhere])).toEqual([
      '192.0.2.1',
      '192.0.2.2',
      '10.0.0.3',
    ]);
  });

  it('are none of a node that tells none', () => {
    expect(announcedAddresses([member(1, { rpc_address: null })], [])).toEqual([]);
  });
});

describe('keyspaces of the system tables', () => {
  it('have their replication', () => {
    const replication = new EntryList<string, string>();
    replication.set('class', 'org.apache.cassandra.locator.NetworkTopologyStrategy');
    replication.set('one', '3');
    expect(keyspacesFrom([driverRow({ keyspace_name: 'shop', replication })])).toEqual(
      new Map([['shop', { strategy: 'NetworkTopologyStrategy', factors: new Map([['one', 3]]) }]]),
    );
  });
});

describe('the version of the schema', () => {
  it('is empty where there is none', () => {
    expect(schemaVersionOf([])).toBe('');
    expect(schemaVersionOf([driverRow({ schema_version: new Uuid(Buffer.alloc(16, 1)) })])).toBe(idOf(1));
  });
});

describe('the partitioner', () => {
  it.each([
    ['org.apache.cassandra.dht.Murmur3Partitioner', ''],
    ['Murmur3Partitioner', ''],
    ['org.apache.cassandra.dht.RandomPartitioner', 'RandomPartitioner'],
    ['org.apache.cassandra.dht.ByteOrderedPartitioner', 'ByteOrderedPartitioner'],
  ])('%s is refused unless its tokens are ours', (partitioner, named) => {
    const fault = partitionerFaultOf([member(1, { partitioner })]);
    if (named === '') expect(fault).toBe('');
    else expect(fault).toContain(named);
  });
});
