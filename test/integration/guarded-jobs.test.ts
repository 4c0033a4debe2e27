import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GuardView } from '../../src/core/guard/guard.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { type JobRow, jobCalls, lastLine, rowsOf } from '../support/job-calls.ts';
import {
  backend,
  bodyOf,
  createJobKeyspace,
  dropJobKeyspace,
  fillParcels,
  parcelsText,
} from '../support/job-tables.ts';
import { type JobWeir, jobSettings, startJobWeir } from '../support/job-weir.ts';
import { lookUp } from '../support/look-up-client.ts';
import {
  describeWithCluster,
  realCluster,
  type TestCluster,
  withNodeClient,
} from '../support/real-cluster.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';

const keyspace = 'guarded';
const parcels = { count: 3_000, characters: 40 };
const rate = 2_000;
const burst = 100;

describeWithRedis('with Redis', () => {
  describeWithCluster('a job beside a front end that is too slow, on the real cluster', () => {
    let cluster: TestCluster;
    let redis: RedisServer;
    let one: JobWeir;
    let other: JobWeir;

    beforeAll(async () => {
      cluster = realCluster();
      const tables = `${parcelsText(`${keyspace}.parcels`)} ${parcelsText(`${keyspace}.copies`)}`;
      await createJobKeyspace(cluster, keyspace, tables);
      await fillParcels(cluster, `${keyspace}.parcels`, parcels);
      redis = await startRedis();
      const settings = jobSettings(
        cluster,
        { [`${keyspace}.parcels`]: {}, [`${keyspace}.copies`]: { writable: true } },
        {
          redis: { url: redis.url },
          // No real node answers thirty keys in less.
          guard: { target: '1ms', min: 0.25 },
        },
      );
      one = await startJobWeir(settings);
      other = await startJobWeir(settings);
      for (const operation of ['scan', 'write']) {
        const limit = { rate, burst, onOver: 'wait' };
        await one.admin('PUT', `/admin/v1/limits/report/${operation}`, limit);
      }
    });
    afterAll(async () => {
      await Promise.all([one?.stop(), other?.stop()]);
      await redis?.stop();
      await dropJobKeyspace(cluster, keyspace);
    });

    const guardOf = async (weir: JobWeir) =>
      (await weir.admin('GET', '/admin/v1/guard')) as unknown as GuardView;
    const calls = (weir: JobWeir, table: string) => jobCalls(weir.dataUrl, 'report', `${keyspace}/${table}`);
    /** Of both instances at once; rows a second. */
    const scanBoth = async (): Promise<number> => {
      const fromMs = performance.now();
      const halves = await Promise.all(
        [one, other].map((weir) => calls(weir, 'parcels').scan({ pageSize: 100, limit: 1_000 })),
      );
      const counts = halves.map((lines) => ({
        rows: rowsOf(lines).length,
        error: lastLine(lines).error?.type,
      }));
      expect(counts).toEqual([{ rows: 1_000 }, { rows: 1_000 }]);
      const rows = 2_000;
      return (rows * 1_000) / (performance.now() - fromMs);
    };

    it('copies a table, and writes behind alone: every row once, by the nodes’ own counts', async () => {
      const before = await coordinatedWrites(cluster);
      const splits = await calls(one, 'parcels').splits(4);
      await Promise.all(
        splits.map(async ({ start, end }, index) => {
          const weir = index % 2 === 0 ? one : other;
          const lines = await calls(weir, 'parcels').scan({ range: { start, end } });
          expect(lastLine(lines).end?.complete).toBe(true);
          const rows = [...rowsOf(lines)];
          for (let first = 0; first < rows.length; first += 50) {
            const batch = rows.slice(first, first + 50).map((values) => ({ values }));
            const { results } = await calls(weir, 'copies').write({ rows: batch }, 10_000);
            expect(results.every(({ status }) => status === 'written')).toBe(true);
          }
        }),
      );
      const asked = (await coordinatedWrites(cluster)).filter(
        ({ count }, index) => count > (before[index]?.count ?? 0),
      );
      expect(new Set(asked.map(({ datacenter }) => datacenter))).toEqual(new Set([backend]));
      const copies = rowsOf(await calls(one, 'copies').scan({}));
      const byId = (a: JobRow, b: JobRow): number => Number(a['id']) - Number(b['id']);
      const expected = Array.from({ length: parcels.count }, (_, id) => ({
        id,
        body: bodyOf(id, parcels.characters),
      }));
      expect(copies.toSorted(byId)).toEqual(expected);
    });

    it('is slowed on both instances until the front end is left alone', async () => {
      const full = await scanBoth();
      const ids = Array.from({ length: 30 }, (_, id) => id);
      let isOver = false;
      const asking = [one, other].map(async ({ dataUrl }) => {
        while (!isOver) await lookUp(dataUrl, 'storefront', `${keyspace}/parcels`, { keys: ids });
      });
      // Nobody is slowed for a job that is not there.
      const scanning = (async () => {
        while (!isOver) await scanBoth();
      })();
      await eventually('both are slowed to the least', async () => {
        const views = await Promise.all([one, other].map(guardOf));
        return views.every(({ steering }) => steering.factor === 0.25) || undefined;
      });
      isOver = true;
      await Promise.all([...asking, scanning]);
      const slowed = await scanBoth();
      process.stdout.write(`both together: ${full.toFixed(0)} rows/s, slowed ${slowed.toFixed(0)} rows/s\n`);
      const [view] = await Promise.all([one, other].map(guardOf));
      expect(slowed).toBeLessThanOrEqual(rate * ((view?.steering.factor ?? 0) + 0.15) + burst);
      expect(slowed).toBeLessThan(0.7 * full);
      await eventually('it rises', async () => {
        const views = await Promise.all([one, other].map(guardOf));
        return views.every(({ steering }) => steering.factor > 0.3) || undefined;
      });
    });

    it('goes on while an operator changes the factor, and brings every row once', async () => {
      const scan = await calls(other, 'parcels').openScan({ pageSize: 100 });
      const lines = [...(await scan.rows(200))];
      await one.admin('PUT', '/admin/v1/guard', { factor: 0.3 });
      await eventually('the other one obeys', async () =>
        (await guardOf(other)).steering.phase === 'manual' ? true : undefined,
      );
      await other.admin('PUT', '/admin/v1/guard', { factor: 1 });
      lines.push(...(await scan.rest()));
      expect(lastLine(lines).end).toEqual({ rows: parcels.count, complete: true });
      expect(new Set(rowsOf(lines).map(({ id }) => id)).size).toBe(parcels.count);
      await one.admin('PUT', '/admin/v1/guard', { factor: null });
    });
  });
});

async function coordinatedWrites(cluster: TestCluster) {
  const query =
    "SELECT count FROM system_views.coordinator_write_latency WHERE keyspace_name = ? AND table_name = 'copies'";
  return Promise.all(
    cluster.nodes().map(async (node) => {
      const result = await withNodeClient(node, (client) =>
        client.execute(query, [keyspace], { prepare: true }),
      );
      return { datacenter: node.datacenter, count: Number(result.first()?.['count'] ?? 0) };
    }),
  );
}
