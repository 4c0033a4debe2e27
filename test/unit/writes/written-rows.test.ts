import { describe, expect, it } from 'vitest';
import { createEmbeddedCluster } from '../../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { Application } from '../../../src/core/applications.ts';
import { applyInvalidation } from '../../../src/core/cache/invalidation-parts.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';
import { createReadPath } from '../../../src/core/reads/read-path.ts';
import { defaultBounds, defaultTableSettings, type TableSettings } from '../../../src/core/reads/settings.ts';
import { createSettlingPartitions } from '../../../src/core/writes/settling-partitions.ts';
import { createWrite } from '../../../src/core/writes/write-service.ts';
import type { TableDefinition } from '../../contract/cluster-fixture.ts';
import { schemaOf } from '../../support/embedded-fixture.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMapRowStore } from '../../support/map-row-store.ts';
import { grantOf } from '../../support/scripted-reads.ts';
import { silentTelemetry } from '../../support/silent-telemetry.ts';

const products: TableDefinition = {
  keyspace: 'shop',
  name: 'products',
  partitionKey: [{ name: 'sku', type: 'text' }],
  columns: [
    { name: 'labels', type: 'set<text>' },
    { name: 'price', type: 'decimal' },
    { name: 'title', type: 'text' },
  ],
};
const orders: TableDefinition = {
  keyspace: 'shop',
  name: 'orders',
  partitionKey: [{ name: 'customer', type: 'text' }],
  clusteringKey: [{ name: 'no', type: 'int' }],
  columns: [{ name: 'note', type: 'text' }],
};

/** Look-ups and writes over the embedded ring, three replicas of each row, with a cache. */
function openRing(given: Partial<TableSettings> = {}) {
  const clock = createFakeClock();
  const cluster = createEmbeddedCluster({
    clock,
    text: nodeText,
    random: createSeededRandom(1),
    datacenters: [{ name: 'front', nodes: 6, racks: 3 }],
  });
  const factors = new Map([['front', 3]]);
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  for (const table of [products, orders]) cluster.createTable(schemaOf(table));
  const cache = { ttlMs: 60_000, missingTtlMs: 60_000, staleIfErrorMs: 0 };
  const settings: TableSettings = { ...defaultTableSettings, cache, writable: true, ...given };
  const shared = {
    cluster,
    clock,
    text: nodeText,
    bounds: defaultBounds,
    settingsOf: () => settings,
    ownRack: undefined,
  };
  const path = createReadPath({ ...shared, telemetry: silentTelemetry, rowStore: createMapRowStore() });
  const telemetry = { ...silentTelemetry, rows() {} };
  const settling = createSettlingPartitions({
    clock,
    telemetry,
    async invalidate(invalidation) {
      applyInvalidation(path.cache, invalidation);
      return 'fleet';
    },
  });
  const { rings, health, load, inFlight } = path;
  const writing = createWrite({
    ...shared,
    ...{ rings, health, load, inFlight, settling, telemetry },
    retryBudget: createMessageBudget(0.2, 20),
    wallMicros: () => 1_767_225_600_000_000n + BigInt(Math.round(clock.nowMs() * 1_000)),
    readTelemetry: telemetry,
  });
  const grant = grantOf(['read', 'write']);
  const application: Application = {
    name: 'job',
    className: 'backend',
    datacenters: ['front'],
    cacheUse: 'fill',
    grants: new Map([
      ['shop.products', grant],
      ['shop.orders', grant],
    ]),
  };
  const call = (table: string) => {
    return { application, keyspace: 'shop', table, deadlineMs: clock.nowMs() + 1_000, strict: false };
  };
  const write = async (table: string, body: object) => {
    const answer = await clock.runUntil(writing({ ...call(table), body, sessionId: undefined }));
    if (answer.kind === 'refused') throw new Error(answer.problem);
    return JSON.parse(answer.body);
  };
  const read = async (table: string, keys: readonly unknown[], consistency = 'LOCAL_ONE') => {
    const body = { keys, consistency };
    const answer = await clock.runUntil(path.lookUp({ ...call(table), body, debug: false }));
    return JSON.parse(answer.body).results.map(({ rows }: { rows: unknown }) => rows);
  };
  return { clock, cluster, write, read };
}

describe.each(['row', 'owner', 'request'] as const)(
  'what was written, with a message for each %s',
  (writeGrouping) => {
    it('is read back: values, nulls, what was left alone, deletions', async () => {
      const { write, read } = openRing({ writeGrouping });
      const row = { sku: 'a', title: 'Lamp', price: '1.10', labels: ['b', 'a'] };
      await write('products', { rows: [{ values: row }, { values: { sku: 'b', title: 'Vase' } }] });
      const b = { sku: 'b', title: 'Vase', price: null, labels: null };
      expect(await read('products', ['a', 'b'])).toEqual([[{ ...row, labels: ['a', 'b'] }], [b]]);
      const changes = [{ values: { sku: 'a', title: null, labels: [] } }, { delete: { sku: 'b' } }];
      const { summary } = await write('products', { rows: changes });
      expect(summary).toEqual({ written: 2, error: 0, unprocessed: 0 });
      expect(await read('products', ['a', 'b'])).toEqual([
        [{ sku: 'a', title: null, price: '1.10', labels: null }],
        [],
      ]);
    });

    it('is what the later of two rows of one request says', async () => {
      const { write, read } = openRing({ writeGrouping });
      const titles = Array.from({ length: 50 }, (_, at) => ({ values: { sku: 'a', title: `title ${at}` } }));
      await write('products', { rows: titles });
      expect(await read('products', ['a'])).toMatchObject([[{ title: 'title 49' }]]);
      const values = { customer: 'ann', no: 1, note: 'x' };
      await write('orders', { rows: [{ values }, { deletePartition: { customer: 'ann' } }] });
      expect(await read('orders', [{ customer: 'ann' }])).toEqual([[]]);
      await write('orders', { rows: [{ deletePartition: { customer: 'ann' } }, { values }] });
      expect(await read('orders', [{ customer: 'ann' }])).toEqual([[values]]);
    });

    it('changes nothing when it comes once more with the timestamp of its answer', async () => {
      const { clock, write, read } = openRing({ writeGrouping });
      const old = { rows: [{ values: { sku: 'a', title: 'old' } }] };
      const { timestampMicros } = await write('products', old);
      await clock.advance(10);
      await write('products', { rows: [{ values: { sku: 'a', title: 'new' } }] });
      const again = await write('products', { ...old, timestampMicros });
      expect(again).toMatchObject({ timestampMicros, summary: { written: 1 } });
      expect(await read('products', ['a'], 'LOCAL_QUORUM')).toMatchObject([[{ title: 'new' }]]);
    });

    it('is written though nodes fail', async () => {
      const { cluster, write, read } = openRing({ writeGrouping });
      const [first, second] = cluster.state().nodes;
      if (first !== undefined) cluster.failNext(first, 'overloaded', 5);
      // All rows of a request that share one node share its failures, and each is tried again once.
      if (second !== undefined && writeGrouping !== 'request') {
        cluster.failNext(second, 'connection-lost', 5);
      }
      const keys = Array.from({ length: 60 }, (_, at) => `sku-${at}`);
      const { summary } = await write('products', {
        rows: keys.map((sku) => ({ values: { sku, title: sku } })),
      });
      expect(summary).toEqual({ written: 60, error: 0, unprocessed: 0 });
      expect(await read('products', keys)).toMatchObject(keys.map((title) => [{ title }]));
    });
  },
);

describe('a cached row that is written while a replica lags', () => {
  const title = (text: string) => ({ rows: [{ values: { sku: 'a', title: text } }] });

  async function openLagging(lagMs: number) {
    const ring = openRing();
    const { cluster, write, read, clock } = ring;
    await write('products', title('old'));
    // Whoever is asked for one answer is a node that lags, or one of two that do not.
    const lagging = cluster.state().nodes.filter((_, at) => at % 3 === 0);
    for (const node of lagging) cluster.setReplicationLag(node, lagMs);
    const seen = async (consistency: string) => {
      const [[row]] = await read('products', ['a'], consistency);
      return row.title as string;
    };
    return { clock, write, seen, cluster };
  }

  it('is never older than the write with LOCAL_QUORUM on both sides', async () => {
    const { clock, write, seen } = await openLagging(1_500);
    for (let version = 0; version < 8; version += 1) {
      await seen('LOCAL_QUORUM');
      await write('products', title(`version ${version}`));
      for (let look = 0; look < 5; look += 1) {
        expect(await seen('LOCAL_QUORUM')).toBe(`version ${version}`);
        await clock.advance(137);
      }
    }
  });

  it('is never older once it has settled, whoever is asked', async () => {
    const { clock, write, seen } = await openLagging(1_500);
    let stale = 0;
    for (let version = 0; version < 8; version += 1) {
      await seen('LOCAL_ONE');
      await write('products', title(`version ${version}`));
      for (let look = 0; look < 10; look += 1) {
        if ((await seen('LOCAL_ONE')) !== `version ${version}`) stale += 1;
        await clock.advance(100);
      }
      await clock.advance(1_000);
      for (let look = 0; look < 5; look += 1) expect(await seen('LOCAL_ONE')).toBe(`version ${version}`);
    }
    // Otherwise nothing was shown.
    expect(stale).toBeGreaterThan(0);
  });
});
