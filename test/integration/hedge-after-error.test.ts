import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  type CassandraCluster,
  createCassandraCluster,
} from '../../src/adapters/cassandra/cassandra-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import { ReplicaError } from '../../src/core/errors.ts';
import type { Cluster, HedgeResult, ReplicaRead } from '../../src/core/ports.ts';
import { createReadPath } from '../../src/core/reads/read-path.ts';
import { defaultBounds, defaultTableSettings } from '../../src/core/reads/settings.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { grantOf } from '../support/scripted-reads.ts';
import { silentTelemetry } from '../support/silent-telemetry.ts';
import { fillTailProducts, home, rowOfSku, skuOf } from '../support/tail-products.ts';

const keyspace = 'hedged';

describeWithCluster('a hedge whose first answer is an error', () => {
  let cluster: TestCluster;
  let adapter: CassandraCluster;

  beforeAll(async () => {
    cluster = realCluster();
    await fillTailProducts(cluster, keyspace);
    adapter = createCassandraCluster({
      contactPoints: cluster.nodes().map((node) => `${node.address}:${node.port}`),
      localDatacenter: home,
      datacenters: [home],
      clock: systemClock,
      text: nodeText,
    });
    await vi.waitFor(() => expect(adapter.ready().ready).toBe(true), { timeout: 60_000, interval: 100 });
  });
  afterAll(async () => {
    await adapter?.close();
    await cluster?.withClient((client) => client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
  });

  it('gives way to the good answer of the first owner, which comes later', async () => {
    const asked: ReplicaRead[] = [];
    let hedgeFailed: () => void = () => {};
    const afterTheHedge = new Promise<void>((resolve) => {
      hedgeFailed = resolve;
    });
    // The nodes are real; only the order in which two of them answer, and that one fails, is the test's.
    const disturbed: Cluster = {
      table: (...names) => adapter.table(...names),
      state: () => adapter.state(),
      isUp: (node) => adapter.isUp(node),
      isConnectedTo: (datacenter) => adapter.isConnectedTo(datacenter),
      onChange: (listener) => adapter.onChange(listener),
      read: async (request: ReplicaRead) => {
        asked.push(request);
        if (asked.length === 1) await afterTheHedge;
        else {
          setTimeout(hedgeFailed, 20);
          throw new ReplicaError('read-failure');
        }
        return adapter.read(request);
      },
    };
    const results: HedgeResult[] = [];
    const { lookUp } = createReadPath({
      cluster: disturbed,
      clock: systemClock,
      text: nodeText,
      telemetry: { ...silentTelemetry, hedge: (result) => void results.push(result) },
      bounds: defaultBounds,
      settingsOf: () => ({ ...defaultTableSettings, speculativeRetry: { kind: 'fixed', delayMs: 5 } }),
      ownRack: undefined,
    });
    const answer = await lookUp({
      application: {
        name: 'storefront',
        className: 'frontend',
        datacenters: [home],
        cacheUse: 'off',
        grants: new Map([[`${keyspace}.products`, grantOf(['read'])]]),
      },
      keyspace,
      table: 'products',
      body: { keys: [skuOf(1)] },
      deadlineMs: systemClock.nowMs() + 10_000,
      strict: false,
      debug: true,
    });
    expect(JSON.parse(answer.body).results[0]).toMatchObject({ status: 'found', rows: [rowOfSku(1)] });
    expect(results).toContain('failed');
    expect(new Set(asked.map(({ node }) => node.id)).size).toBe(asked.length);
  });
});
