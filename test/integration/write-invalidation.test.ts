import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { type JobCalls, jobCalls } from '../support/job-calls.ts';
import { createJobKeyspace, dropJobKeyspace, frontend } from '../support/job-tables.ts';
import {
  bodyOfVersion,
  KeyHistories,
  sourceOf,
  versionOf,
  type Witness,
  watchVersions,
  writeVersions,
} from '../support/job-versions.ts';
import { type JobWeir, jobSettings, startJobWeir } from '../support/job-weir.ts';
import { lookUp } from '../support/look-up-client.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';

const keyspace = 'rewritten';
const path = `${keyspace}/products`;
const settleMs = 300;
const keys = Array.from({ length: 12 }, (_, index) => `sku-${index}`);

describeWithRedis('with Redis', () => {
  describeWithCluster('rows that are cached by two instances and written through one', () => {
    let cluster: TestCluster;
    let redis: RedisServer;
    let writer: JobWeir;
    let reader: JobWeir;
    let stranger: JobWeir;
    let job: JobCalls;
    let frozen: readonly string[] = [];

    beforeAll(async () => {
      cluster = realCluster();
      const table = `CREATE TABLE ${keyspace}.products (sku text PRIMARY KEY, title text) WITH speculative_retry = 'NONE';`;
      await createJobKeyspace(cluster, keyspace, table);
      redis = await startRedis();
      const settings = (fleet: string) =>
        jobSettings(
          cluster,
          {
            [`${keyspace}.products`]: {
              cache: { ttl: '10m', missingTtl: '10m' },
              consistency: { default: 'LOCAL_QUORUM', allowed: ['LOCAL_QUORUM'] },
              writable: true,
              settle: `${settleMs}ms`,
            },
          },
          { redis: { url: redis.url, fleet } },
        );
      writer = await startJobWeir(settings('one'));
      reader = await startJobWeir(settings('one'));
      stranger = await startJobWeir(settings('another'));
      job = jobCalls(writer.dataUrl, 'indexer', path);
    });
    afterAll(async () => {
      await thaw();
      await Promise.all([writer, reader, stranger].map((weir) => weir?.stop()));
      await redis?.stop();
      await dropJobKeyspace(cluster, keyspace);
    });

    const thaw = async (): Promise<void> => {
      for (const name of frozen) await cluster.resume(name);
      frozen = [];
    };
    const ask = (weir: JobWeir, key: string, timeoutMs = 5_000) =>
      lookUp(weir.dataUrl, 'storefront', path, { keys: [key] }, timeoutMs);

    it('are never answered older than a write that has settled; where nobody is told, they are', async () => {
      const histories = new KeyHistories({ keys, settleMs });
      let isOver = false;
      const over = (): boolean => isOver;
      const watched = [writer, reader, stranger].map(({ dataUrl }) =>
        watchVersions(dataUrl, path, histories, keys, over),
      );
      // Keys of its own for each writer: the order of the changes of a key is that in which they were sent.
      const halves = [keys.slice(0, 6), keys.slice(6)];
      const writing = halves.map((half, seed) => writeVersions(job, histories, half, seed + 1, over));
      await delay(6_000);
      isOver = true;
      const written = (await Promise.all(writing)).reduce((sum, count) => sum + count, 0);
      const [own, other, untold] = (await Promise.all(watched)) as [Witness, Witness, Witness];
      process.stdout.write(
        `${written} writes; look-ups of 12 keys (keys from the cache, too old): ${[own, other, untold]
          .map((each) => `${each.lookUps} (${each.fromCache}, ${each.older.length})`)
          .join(', ')}\n`,
      );
      expect(written).toBeGreaterThan(50);
      for (const witness of [own, other]) {
        expect(witness.older).toEqual([]);
        expect(witness.failed).toBe(0);
        // Otherwise nothing would have been proved.
        expect(witness.fromCache).toBeGreaterThan(100);
      }
      // The same look-ups at an instance that hears of nothing.
      expect(untold.older.length).toBeGreaterThan(0);
    });

    it('are dropped on both by one write, and kept again once it has settled', async () => {
      const key = 'sku-counted';
      await job.write({ rows: [{ values: { sku: key, title: bodyOfVersion(1) } }] });
      await delay(settleMs + 300);
      for (const weir of [writer, reader]) {
        expect(sourceOf(await ask(weir, key), 0)).toBe('cassandra');
        expect(sourceOf(await ask(weir, key), 0)).toBe('cache');
      }
      await job.write({ rows: [{ values: { sku: key, title: bodyOfVersion(2) } }] });
      const seen = await eventually('the other one has heard of it', async () => {
        const reply = await ask(reader, key);
        return sourceOf(reply, 0) === 'cache' ? undefined : reply;
      });
      expect(versionOf(seen, 0)).toBe(2);
      await eventually(
        'it is kept again',
        async () => sourceOf(await ask(reader, key), 0) === 'cache' || undefined,
      );
      expect(versionOf(await ask(reader, key), 0)).toBe(2);
      await job.write({ rows: [{ delete: { sku: key } }] });
      await delay(settleMs);
      expect(versionOf(await ask(reader, key), 0)).toBeNull();
      expect(versionOf(await ask(writer, key), 0)).toBeNull();
    });

    it('are not answered older than a write that was told to have failed, and came all the same', async () => {
      const key = 'sku-late';
      await job.write({ rows: [{ values: { sku: key, title: bodyOfVersion(1) } }] });
      await delay(settleMs + 300);
      await ask(reader, key);
      expect(sourceOf(await ask(reader, key), 0)).toBe('cache');
      frozen = cluster.nodes().flatMap(({ name, datacenter }) => (datacenter === frontend ? [name] : []));
      for (const name of frozen) await cluster.pause(name);
      const late = await job.write({ rows: [{ values: { sku: key, title: bodyOfVersion(2) } }] }, 200);
      expect(late.status).toBe(504);
      expect(late.results?.[0]?.status).toBe('error');
      // Longer than it takes to settle after the answer: what is told then would be too early.
      await delay(2 * settleMs);
      await thaw();
      // Whoever reads now may still find the first one, and keep it.
      const readers = Array.from({ length: 20 }, async (_, index) => {
        await delay(index * 10);
        return ask(reader, key);
      });
      await Promise.all(readers);
      await eventually('the write has come to the nodes', () =>
        cluster.withClient(async (client) => {
          const select = `SELECT title FROM ${keyspace}.products WHERE sku = ?`;
          const result = await client.execute(select, [key], {
            prepare: true,
            consistency: types.consistencies.all,
          });
          return result.first()?.['title'] === bodyOfVersion(2) || undefined;
        }),
      );
      await delay(settleMs + 200);
      expect(versionOf(await ask(reader, key), 0)).toBe(2);
      expect(versionOf(await ask(writer, key), 0)).toBe(2);
    });
  });
});
