import { expect, it, onTestFinished } from 'vitest';
import { createCassandraCluster } from '../../../src/adapters/cassandra/cassandra-cluster.ts';
import { systemClock } from '../../../src/adapters/node/clock.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';

it('connects to the datacenters that somebody reads from, and says of no other that its nodes are down', async () => {
  const cluster = createCassandraCluster({
    // Nothing listens there, and nothing needs to.
    contactPoints: ['127.0.0.1:1'],
    localDatacenter: 'east',
    datacenters: ['east'],
    clock: systemClock,
    text: nodeText,
  });
  onTestFinished(() => cluster.close());
  expect(['east', 'west'].map((each) => cluster.isConnectedTo(each))).toEqual([true, false]);
  cluster.useDatacenters(['west']);
  expect(['east', 'west'].map((each) => cluster.isConnectedTo(each))).toEqual([false, true]);
});
