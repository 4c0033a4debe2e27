import { describe, expect, it } from 'vitest';
import type { Application, Operation } from '../../../src/core/applications.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import type { SizeEstimate } from '../../../src/core/ports.ts';
import { createRingBook } from '../../../src/core/routing/ring-book.ts';
import { createTellSplits } from '../../../src/core/scans/splits-service.ts';
import { largestToken, smallestToken } from '../../../src/core/token/token.ts';
import type { ClusterNode, ClusterState, Replication } from '../../../src/core/topology/cluster-state.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { makeTable } from '../../support/scripted-cluster.ts';
import { grantOf, refusalOf } from '../../support/scripted-reads.ts';
import { silentTelemetry } from '../../support/silent-telemetry.ts';

const products = makeTable('products', ['sku'], [], ['title']);
const node = (number: number, datacenter: string, token: bigint): ClusterNode => ({
  id: `n${number}`,
  address: `10.0.0.${number}:9042`,
  datacenter,
  rack: 'r',
  tokens: [token.toString()],
});
const nodes = [node(1, 'back', 0n), node(2, 'back', 2n ** 62n), node(3, 'front', 7n)];
const replicated: Replication = {
  strategy: 'NetworkTopologyStrategy',
  factors: new Map([
    ['back', 1],
    ['front', 1],
  ]),
};
const some: readonly SizeEstimate[] = [
  { after: smallestToken, upTo: largestToken, partitions: 1_000, meanPartitionBytes: 1 },
];

interface Scene {
  readonly operations?: readonly Operation[];
  readonly replication?: Replication;
  readonly estimates?: () => Promise<readonly SizeEstimate[]>;
}

function open({ operations = ['scan'], replication = replicated, estimates = async () => some }: Scene = {}) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const state: ClusterState = { nodes, keyspaces: new Map([['shop', replication]]) };
  const rings = createRingBook({
    state: () => state,
    isUp: () => true,
    isConnectedTo: () => true,
    onChange: () => () => {},
  });
  const tellSplits = createTellSplits({
    clock,
    rings,
    schema: { table: async (_, name) => (name === 'products' ? products : undefined) },
    estimator: {
      sizeEstimates: (_, datacenter) => {
        asked.push(datacenter);
        return estimates();
      },
    },
    telemetry: silentTelemetry,
  });
  const application: Application = {
    name: 'nightly-report',
    className: 'backend',
    datacenters: ['back', 'front'],
    cacheUse: 'read',
    grants: new Map([['shop.products', grantOf(operations)]]),
  };
  const call = (target: number, table = 'products') =>
    tellSplits({ application, keyspace: 'shop', table, target, deadlineMs: 1_000 });
  return { clock, asked, call, tell: async (target: number) => JSON.parse(await call(target)) };
}

describe('the splits of a table', () => {
  it('are told with bare addresses, tokens as text, and the epoch of the ring', async () => {
    const { asked, tell } = open();
    expect(await tell(2)).toEqual({
      splits: [
        {
          id: 's0',
          start: '-9223372036854775808',
          end: '0',
          owners: ['10.0.0.1'],
          estimatedRows: 500,
        },
        {
          id: 's1',
          start: '0',
          end: '9223372036854775807',
          owners: ['10.0.0.2', '10.0.0.1'],
          estimatedRows: 500,
        },
      ],
      ringEpoch: 1,
    });
    expect(asked).toEqual(['back']);
  });

  it('are told without owners where nobody can know them', async () => {
    const { tell } = open({ replication: { strategy: 'other', name: 'LocalStrategy' } });
    const { splits } = await tell(3);
    expect(splits.map(({ owners }: { owners: string[] }) => owners)).toEqual([[], [], []]);
  });

  it('ask the nearest datacenter that has replicas for its estimates', async () => {
    const factors = new Map([['front', 1]]);
    const { asked, tell } = open({ replication: { strategy: 'NetworkTopologyStrategy', factors } });
    const { splits } = await tell(1);
    expect([asked, splits[0].owners]).toEqual([['front'], ['10.0.0.3']]);
  });

  it('are told without estimates where there are none', async () => {
    const { tell } = open({ estimates: async () => [] });
    expect((await tell(1)).splits[0].estimatedRows).toBeNull();
  });

  it('are told without estimates where those fail', async () => {
    const { tell } = open({
      estimates: async () => {
        throw new ReplicaError('client-timeout');
      },
    });
    expect((await tell(1)).splits[0].estimatedRows).toBeNull();
  });

  it('do not wait for estimates beyond half of their time', async () => {
    const { clock, call } = open({ estimates: () => new Promise(() => {}) });
    const told = call(1);
    await clock.runUntil(told);
    expect(clock.nowMs()).toBe(500);
    expect(JSON.parse(await told).splits[0].estimatedRows).toBeNull();
  });

  it('leave no timer behind', async () => {
    const { clock, call } = open();
    await call(4);
    expect(clock.pending()).toBe(0);
  });

  it('are for those who may scan', async () => {
    const { call } = open({ operations: ['read', 'write'] });
    expect((await refusalOf(call(4))).slug).toBe('operation-not-granted');
  });

  it('are not told of a table on which nothing is granted', async () => {
    const { call } = open();
    expect((await refusalOf(call(4, 'orders'))).slug).toBe('not-found');
  });
});
