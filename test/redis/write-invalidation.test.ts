import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { EmbeddedCluster } from '../../src/adapters/embedded/embedded-cluster.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { jobCalls } from '../support/job-calls.ts';
import {
  bodyOfVersion,
  KeyHistories,
  sourceOf,
  versionOf,
  type Witness,
  watchVersions,
  writeVersions,
} from '../support/job-versions.ts';
import { lookUp } from '../support/look-up-client.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { startWeirWith } from '../support/running-weir.ts';

/** One ring for all instances, in place of one for each. */
const shared = vi.hoisted(() => ({ ring: undefined as EmbeddedCluster | undefined }));
vi.mock('../../src/adapters/embedded/demo-data.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/adapters/embedded/demo-data.ts')>();
  return {
    ...original,
    createDemoCluster: (options: Parameters<typeof original.createDemoCluster>[0]) => {
      shared.ring ??= original.createDemoCluster(options);
      return shared.ring;
    },
  };
});

const path = 'shop/products';
/** Replicas lag by less than that. */
const settleMs = 500;
const lagMs = 350;
const keys = Array.from({ length: 8 }, (_, index) => `sku-${index + 1}`);

describeWithRedis('rows on replicas that lag, cached by instances and written through one', () => {
  let redis: RedisServer;
  const started: Awaited<ReturnType<typeof startWeirWith>>[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await Promise.all(started.map((weir) => weir.stop()));
    await redis.stop();
  });

  const start = async (fleet: string, settle: string) => {
    const weir = await startWeirWith({
      data: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 0 },
      auth: 'trusted',
      redis: { url: redis.url, fleet },
      cassandra: { embedded: { datacenters: { 'us-east-1-frontend': 3 }, seedRows: 10 } },
      applications: {
        storefront: { class: 'frontend', tables: { 'shop.products': ['read', 'write'] } },
      },
      tables: {
        'shop.products': {
          cache: { ttl: '10m', missingTtl: '10m' },
          consistency: { default: 'LOCAL_ONE', allowed: ['LOCAL_ONE'] },
          writable: true,
          settle,
        },
      },
      reload: { watch: false },
      shutdown: { timeout: '500ms' },
    });
    started.push(weir);
    return weir;
  };

  /** Random writes through the first, and what all of them answer meanwhile. */
  const writeAndWatch = async (weirs: readonly { readonly dataUrl: string }[]): Promise<Witness[]> => {
    const histories = new KeyHistories({ keys, settleMs });
    let isOver = false;
    const over = (): boolean => isOver;
    const job = jobCalls(weirs[0]?.dataUrl ?? '', 'storefront', path);
    // Every key has a version from here on.
    for (const key of keys) {
      const change = histories.begin(key, false);
      await job.write({ rows: [{ values: { sku: key, title: bodyOfVersion(change.version ?? 0) } }] });
      change.acknowledgedMs = performance.now();
    }
    await delay(settleMs);
    const watched = weirs.map(({ dataUrl }) => watchVersions(dataUrl, path, histories, keys, over));
    const written = writeVersions(job, histories, keys, 3, over);
    await delay(3_500);
    isOver = true;
    await written;
    const witnesses = await Promise.all(watched);
    for (const { lookUps, fromCache, older } of witnesses)
      process.stdout.write(
        `${lookUps} look-ups, ${fromCache} keys from the cache, ${older.length} too old\n`,
      );
    return witnesses;
  };

  it('are never answered older than what has settled; where it is not waited for, they are', async () => {
    const weirs = [await start('patient', `${settleMs}ms`), await start('patient', `${settleMs}ms`)];
    const nodes = shared.ring?.state().nodes ?? [];
    // Two of three owners have a write later than its acknowledgement by one.
    for (const node of nodes.slice(1)) shared.ring?.setReplicationLag(node, lagMs);
    for (const witness of await writeAndWatch(weirs)) {
      expect(witness.older).toEqual([]);
      expect(witness.failed).toBe(0);
      expect(witness.fromCache).toBeGreaterThan(100);
    }
    // The same where rows are kept as soon as a write is acknowledged.
    const hasty = [await start('hasty', '0s'), await start('hasty', '0s')];
    const older = (await writeAndWatch(hasty)).flatMap((witness) => witness.older);
    expect(older.length).toBeGreaterThan(0);
  });

  it('are dropped on each of them by one entry of the stream', async () => {
    const [writer, reader, third] = await Promise.all(
      ['three', 'three', 'three'].map((fleet) => start(fleet, '200ms')),
    );
    const ask = (weir: typeof writer) =>
      lookUp(weir?.dataUrl ?? '', 'storefront', path, { keys: ['sku-9'], columns: ['title'] });
    for (const weir of [writer, reader, third]) {
      // What is read before it follows the others is not kept for long.
      await expect.poll(async () => sourceOf(await ask(weir), 0), { timeout: 5_000 }).toBe('cache');
    }
    await jobCalls(writer?.dataUrl ?? '', 'storefront', path).write({
      rows: [{ values: { sku: 'sku-9', title: bodyOfVersion(7) } }],
    });
    for (const weir of [writer, reader, third]) {
      await expect.poll(async () => versionOf(await ask(weir), 0), { timeout: 2_000, interval: 20 }).toBe(7);
    }
  });
});
