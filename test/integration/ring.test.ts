import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  type CassandraCluster,
  createCassandraCluster,
} from '../../src/adapters/cassandra/cassandra-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { createRingBook, type RingBook } from '../../src/core/routing/ring-book.ts';
import { murmur3Token } from '../../src/core/token/murmur3.ts';
import { describedOwners } from '../support/described-owners.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';

/** What another process does in its own time; the bound only ends a test that would never. */
const eventually = (assertion: () => void): Promise<void> =>
  vi.waitFor(assertion, { timeout: 60_000, interval: 100 });

const datacenters = ['us-east-1-frontend', 'us-east-1-backend', 'us-west-2-frontend'];
const replication = (frontend: number, backend: number): string =>
  `{'class': 'NetworkTopologyStrategy', 'us-east-1-frontend': ${frontend}, 'us-east-1-backend': ${backend}}`;

describeWithCluster('the ring of a real cluster', () => {
  let cluster: TestCluster;
  let adapter: CassandraCluster;
  let rings: RingBook;

  beforeAll(async () => {
    cluster = realCluster();
    adapter = createCassandraCluster({
      contactPoints: cluster.nodes().map((node) => `${node.address}:${node.port}`),
      localDatacenter: 'us-east-1-frontend',
      datacenters,
      clock: systemClock,
      text: nodeText,
    });
    rings = createRingBook(adapter);
    await change(`CREATE KEYSPACE IF NOT EXISTS ringed WITH replication = ${replication(3, 2)}`);
    await eventually(() => expect(rings.ring('ringed')).toBeDefined());
  });
  afterAll(async () => {
    await change('DROP KEYSPACE IF EXISTS ringed');
    await adapter?.close();
  });

  const change = async (statement: string): Promise<void> => {
    await cluster.withClient((client) => client.execute(statement));
  };

  /** 10,000 random keys: Weir's owners against what `DESCRIBE CLUSTER` says of the range that holds their token. */
  const agree = async (keyspace: string): Promise<void> => {
    const described = await describedOwners(cluster, keyspace);
    const random = createSeededRandom(1);
    const ring = rings.ring(keyspace);
    let wrong = 0;
    for (let index = 0; index < 10_000; index += 1) {
      const key = `key-${random.next()}`;
      const theirs = described.ofKey(key).toSorted();
      const ours = datacenters
        .flatMap((datacenter) => ring?.owners(murmur3Token(nodeText.utf8(key)), datacenter) ?? [])
        .map((node) => node.address.replace(/:\d+$/, ''))
        .sort();
      if (theirs.length === 0 || ours.join() !== theirs.join()) wrong += 1;
    }
    expect(wrong).toBe(0);
  };

  it('has the owners that the cluster itself describes', () => agree('ringed'));

  it('follows a keyspace that is created, one whose replication is altered, and one that is dropped', async () => {
    const epoch = rings.epoch();
    await change(`CREATE KEYSPACE later WITH replication = ${replication(2, 1)}`);
    await eventually(() => expect(rings.ring('later')?.replicationFactor('us-east-1-frontend')).toBe(2));
    expect(rings.epoch()).toBeGreaterThan(epoch);
    await agree('later');
    await change(`ALTER KEYSPACE later WITH replication = ${replication(1, 2)}`);
    await eventually(() => expect(rings.ring('later')?.replicationFactor('us-east-1-frontend')).toBe(1));
    await agree('later');
    const simple = "{'class': 'SimpleStrategy', 'replication_factor': 3}";
    await change(`ALTER KEYSPACE later WITH replication = ${simple}`);
    await eventually(() => expect(rings.ring('later')?.replicationFactor('us-east-1-frontend')).toBe(3));
    await agree('later');
    await change('DROP KEYSPACE later');
    await eventually(() => expect(rings.ring('later')).toBeUndefined());
  });

  it('follows a node that joins and one that leaves', async () => {
    const before = rings.epoch();
    const added = await cluster.add({ datacenter: 'us-east-1-frontend' });
    await eventually(() => {
      expect(adapter.state().nodes.map((node) => node.address)).toContain(`${added.address}:${added.port}`);
    });
    await agree('ringed');
    expect(rings.epoch()).toBeGreaterThan(before);
    await cluster.remove(added.name);
    await eventually(() => expect(adapter.state().nodes).toHaveLength(cluster.nodes().length));
    await agree('ringed');
  });
});
