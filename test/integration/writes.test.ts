import { Buffer } from 'node:buffer';
import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CassandraCluster } from '../../src/adapters/cassandra/cassandra-cluster.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import type { ReplicaWrite, RowChange, WriteStatement } from '../../src/core/ports.ts';
import { buildRing, type Ring } from '../../src/core/routing/ring.ts';
import { tokenOfKey } from '../../src/core/token/partition-key.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { connectAdapter } from '../support/cassandra-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithCluster, nodeNamed, realCluster, type TestCluster } from '../support/real-cluster.ts';

const keyspace = 'written';
const frontend = 'us-east-1-frontend';
const now = 1_800_000_000_000_000n;

const text = (value: string): Buffer => Buffer.from(value, 'utf8');
function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

describeWithCluster('writes to the real cluster', () => {
  let cluster: TestCluster;
  let adapter: CassandraCluster;
  let table: TableSchema;
  let ring: Ring;

  beforeAll(async () => {
    cluster = realCluster();
    await applySchema(
      `DROP KEYSPACE IF EXISTS ${keyspace};
       CREATE KEYSPACE ${keyspace} WITH replication =
         {'class': 'NetworkTopologyStrategy', '${frontend}': 3, 'us-east-1-backend': 1};
       CREATE TABLE ${keyspace}.items (shop text, item int, owner text static, title text, price int, tags set<int>,
         PRIMARY KEY (shop, item));
       CREATE TABLE ${keyspace}.passing (shop text PRIMARY KEY, title text) WITH default_time_to_live = 1000;`,
      nodeNamed(cluster, 'node-1'),
    );
    adapter = await connectAdapter(cluster);
    table = await eventually('the table is known', () => adapter.table(keyspace, 'items'));
    ring = await eventually('the keyspace is known', () => buildRing(adapter.state(), keyspace));
  });
  afterAll(async () => {
    await adapter?.close();
    await applySchema(`DROP KEYSPACE IF EXISTS ${keyspace}`, nodeNamed(cluster, 'node-1'));
  });

  const statementOf = (kind: WriteStatement['kind'], keys: number, ...names: string[]): WriteStatement => ({
    kind,
    table,
    keyColumns: [...table.partitionKey, ...table.clusteringKey].slice(0, keys),
    columns: names.flatMap((name) => table.columns.filter((column) => column.name === name)),
  });
  const changeOf = (
    statement: WriteStatement,
    key: RowChange['key'],
    cells: RowChange['cells'] = [],
    more: Partial<RowChange> = {},
  ): RowChange => ({ statement, key, cells, ttlSeconds: undefined, timestampMicros: now, ...more });

  /** Sent to the first owner of the first change's partition, as one message. */
  const write = (changes: RowChange[], more: Partial<ReplicaWrite> = {}): Promise<void> => {
    const [partition = new Uint8Array(0)] = changes[0]?.key ?? [];
    const [node] = ring.owners(tokenOfKey([partition]), frontend);
    const message = {
      node: node as ClusterNode,
      changes,
      consistency: 'LOCAL_QUORUM',
      timeoutMs: 5_000,
    } as const;
    return adapter.write({ ...message, ...more });
  };

  /** Rows as the cluster has them, at LOCAL_QUORUM, too. */
  const rows = (selection: string, shop: string): Promise<Record<string, unknown>[]> =>
    cluster.withClient(async (client) => {
      const result = await client.execute(
        `SELECT ${selection} FROM ${keyspace}.items WHERE shop = ?`,
        [shop],
        { prepare: true, consistency: types.consistencies.localQuorum },
      );
      return result.rows.map((row) => ({ ...row }));
    });

  const all = () => statementOf('upsert', 2, 'title', 'price', 'tags');
  const noTags = undefined;

  it('set a cell, delete it by null, and leave it alone', async () => {
    const key = [text('cells'), int(1)];
    const tags = Buffer.concat([int(1), int(4), int(7)]);
    await write([changeOf(all(), key, [text('Lamp'), int(5), tags])]);
    expect(await rows('*', 'cells')).toEqual([
      { shop: 'cells', item: 1, owner: null, title: 'Lamp', price: 5, tags: [7] },
    ]);
    await write([changeOf(all(), key, [undefined, null, noTags], { timestampMicros: now + 1n })]);
    expect(await rows('title, price, tags', 'cells')).toEqual([{ title: 'Lamp', price: null, tags: [7] }]);
  });

  it('make a row that has a key alone', async () => {
    await write([changeOf(statementOf('upsert', 2), [text('bare'), int(1)])]);
    expect(await rows('item, title', 'bare')).toEqual([{ item: 1, title: null }]);
  });

  it('set static content by the partition key', async () => {
    await write([changeOf(statementOf('upsert', 1, 'owner'), [text('statics')], [text('Ann')])]);
    expect(await rows('item, owner', 'statics')).toEqual([{ item: null, owner: 'Ann' }]);
  });

  it('live as long as they are told, or as the table has it', async () => {
    const key = [text('ttl'), int(1)];
    await write([changeOf(all(), key, [text('Lamp'), undefined, noTags], { ttlSeconds: 500 })]);
    await write([changeOf(all(), key, [undefined, int(5), noTags])]);
    const [row] = await rows('ttl(title) AS short, ttl(price) AS none', 'ttl');
    expect(row).toEqual({ short: expect.any(Number), none: null });
    expect(row?.['short']).toBeGreaterThan(400);
    expect(row?.['short']).toBeLessThanOrEqual(500);

    const passing = await eventually('the table is known', () => adapter.table(keyspace, 'passing'));
    const statement: WriteStatement = {
      kind: 'upsert',
      table: passing,
      keyColumns: passing.partitionKey,
      columns: passing.columns.filter((column) => column.name === 'title'),
    };
    await write([changeOf(statement, [text('ttl')], [text('Lamp')])]);
    const kept = await cluster.withClient((client) =>
      client.execute(`SELECT ttl(title) AS t FROM ${keyspace}.passing WHERE shop = 'ttl'`),
    );
    expect(kept.first()?.['t']).toBeGreaterThan(900);
  });

  it('lose against what is newer, and may be repeated', async () => {
    const key = [text('older'), int(1)];
    const newer = changeOf(all(), key, [text('newer'), int(2), noTags], { timestampMicros: now + 10n });
    await write([newer]);
    await write([changeOf(all(), key, [text('older'), int(1), noTags])]);
    await write([changeOf(statementOf('delete-row', 2), key)]);
    await write([newer]);
    expect(await rows('title, price, writetime(title) AS at', 'older')).toEqual([
      { title: 'newer', price: 2, at: types.Long.fromString(String(now + 10n)) },
    ]);
  });

  it('delete a row, and a partition with its static content', async () => {
    const change = (item: number) =>
      changeOf(all(), [text('gone'), int(item)], [text('Lamp'), int(1), noTags]);
    await write([1, 2, 3].map(change));
    await write([changeOf(statementOf('upsert', 1, 'owner'), [text('gone')], [text('Ann')])]);
    const later = { timestampMicros: now + 1n };
    await write([changeOf(statementOf('delete-row', 2), [text('gone'), int(2)], [], later)]);
    expect((await rows('item', 'gone')).map((row) => row['item'])).toEqual([1, 3]);
    await write([changeOf(statementOf('delete-partition', 1), [text('gone')], [], later)]);
    expect(await rows('item', 'gone')).toEqual([]);
  });

  it('go to an owner as one batch, each change with its own time', async () => {
    const shops = Array.from({ length: 9 }, (_, index) => `batch-${index}`);
    const deleted = changeOf(statementOf('delete-row', 2), [text('batch-8'), int(1)], [], {
      timestampMicros: now + 100n,
    });
    const changes = shops.map((shop, index) =>
      changeOf(all(), [text(shop), int(1)], [text(shop), int(index), noTags], {
        timestampMicros: now + BigInt(index),
        ttlSeconds: index === 3 ? 500 : undefined,
      }),
    );
    const before = await coordinatedWrites(cluster);
    await write([...changes, deleted]);
    const after = await coordinatedWrites(cluster);
    const asked = after.filter(({ count }, index) => count > (before[index]?.count ?? 0));
    const [owner] = ring.owners(tokenOfKey([text('batch-0')]), frontend);
    expect(asked.map(({ address }) => address)).toEqual([owner?.address]);
    for (const [index, shop] of shops.entries()) {
      const found = await rows('title, price, writetime(title) AS at, ttl(title) AS t', shop);
      const expected = {
        title: shop,
        price: index,
        at: types.Long.fromString(String(now + BigInt(index))),
        t: index === 3 ? expect.any(Number) : null,
      };
      expect(found).toEqual(shop === 'batch-8' ? [] : [expected]);
    }
  });

  it.each([
    ['ten rows that are too much for one batch', 10, 10_000],
    ['one row that is more than a batch may be', 1, 100_000],
    ['a thousand small rows', 1_000, 10],
  ])('take %s', async (_what, count, length) => {
    const shops = Array.from({ length: count }, (_, index) => `large-${count}-${index}`);
    const title = text('x'.repeat(length));
    await write(shops.map((shop) => changeOf(all(), [text(shop), int(1)], [title, int(1), noTags])));
    const found = await Promise.all([shops[0], shops.at(-1)].map((shop) => rows('title', shop ?? '')));
    expect(found).toEqual([[{ title: String(title) }], [{ title: String(title) }]]);
  });

  it('take collections that weigh more than their bytes', async () => {
    const elements = Array.from({ length: 400 }, (_, element) => [int(4), int(element)]).flat();
    const tags = Buffer.concat([int(400), ...elements]);
    const changes = Array.from({ length: 10 }, (_, index) =>
      changeOf(all(), [text(`tags-${index}`), int(1)], [undefined, undefined, tags]),
    );
    await write(changes);
    for (const index of [0, 9]) {
      const [row] = await rows('tags', `tags-${index}`);
      expect(row?.['tags']).toHaveLength(400);
    }
  });

  it('fail as a whole where the node refuses one change', async () => {
    const good = changeOf(all(), [text('refused'), int(1)], [text('Lamp'), int(1), noTags]);
    const bad = changeOf(all(), [text('refused'), int(2)], [text('Lamp'), Buffer.from([1]), noTags]);
    await expect(write([bad])).rejects.toMatchObject({ name: 'ReplicaError', kind: 'rejected' });
    await expect(write([good, bad])).rejects.toMatchObject({ name: 'ReplicaError', kind: 'rejected' });
    expect(await rows('item', 'refused')).toEqual([]);
  });

  it('fail where the consistency wants more replicas than there are', async () => {
    const far = adapter.state().nodes.find((node) => node.datacenter === 'us-west-2-frontend');
    const change = changeOf(all(), [text('far'), int(1)], [text('Lamp'), int(1), noTags]);
    const sent = write([change, { ...change, key: [text('far'), int(2)] }], { node: far as ClusterNode });
    await expect(sent).rejects.toMatchObject({ name: 'ReplicaError', kind: 'unavailable' });
  });
});

/** How many writes each node has coordinated, by address. */
async function coordinatedWrites(
  cluster: TestCluster,
): Promise<{ readonly address: string; readonly count: number }[]> {
  const counts = [];
  for (const node of cluster.nodes()) {
    const query =
      "SELECT count FROM system_views.coordinator_write_latency WHERE keyspace_name = ? AND table_name = 'items'";
    const result = await cluster.withNodeClient(node, (client) =>
      client.execute(query, [keyspace], { prepare: true }),
    );
    counts.push({ address: `${node.address}:${node.port}`, count: Number(result.first()?.['count'] ?? 0) });
  }
  return counts;
}
