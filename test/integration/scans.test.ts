import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tokenOfKey } from '../../src/core/token/partition-key.ts';
import { compareTokens, tokenFromDecimal } from '../../src/core/token/token.ts';
import { eventually } from '../support/eventually.ts';
import {
  type JobCalls,
  type JobRow,
  jobCalls,
  lastLine,
  rowsOf,
  type ScanLine,
} from '../support/job-calls.ts';
import { nodeScans } from '../support/job-nodes.ts';
import {
  backend,
  bodyOf,
  createJobKeyspace,
  dropJobKeyspace,
  fillParcels,
  fillReadings,
  frontend,
  parcelsText,
  readings,
  readingsText,
  wideRows,
} from '../support/job-tables.ts';
import { type JobWeir, jobSettings, startJobWeir } from '../support/job-weir.ts';
import { lookUp } from '../support/look-up-client.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';

const keyspace = 'scanned';
const parcels = { count: 2_000, characters: 5_000 };

describeWithCluster('scans of the real cluster over HTTP', () => {
  let cluster: TestCluster;
  let weir: JobWeir;
  let job: JobCalls;
  const expected = [...readings().values()].flat();

  beforeAll(async () => {
    cluster = realCluster();
    const tables = `${readingsText(`${keyspace}.readings`)} ${parcelsText(`${keyspace}.parcels`)}`;
    await createJobKeyspace(cluster, keyspace, tables);
    await fillReadings(cluster, `${keyspace}.readings`);
    await fillParcels(cluster, `${keyspace}.parcels`, parcels);
    const cached = { cache: { ttl: '10m' } };
    weir = await startJobWeir(
      jobSettings(cluster, { [`${keyspace}.readings`]: cached, [`${keyspace}.parcels`]: cached }),
    );
    job = jobCalls(weir.dataUrl, 'report', `${keyspace}/readings`);
  });
  afterAll(async () => {
    await weir?.stop();
    await dropJobKeyspace(cluster, keyspace);
  });

  const cacheStats = async (): Promise<unknown> => {
    const { partitions, bytes, hits, misses } = await weir.admin('GET', '/admin/v1/cache');
    expect(partitions).toBe(1);
    return { partitions, bytes, hits, misses };
  };
  const scanAll = async (calls: JobCalls, target: number, pageSize: number): Promise<readonly JobRow[]> => {
    const splits = await calls.splits(target);
    expect(Math.abs(splits.length - target)).toBeLessThanOrEqual(0.2 * target);
    const scanned = splits.map(async ({ start, end }) => {
      const lines = await calls.scan({ range: { start, end }, pageSize });
      const rows = rowsOf(lines);
      expect(lastLine(lines).end).toEqual({ rows: rows.length, complete: true });
      expectInRange(rows, start, end);
      return rows;
    });
    return (await Promise.all(scanned)).flat();
  };

  it.each([
    { application: 'report', datacenter: backend, target: 8, pageSize: 1_000 },
    { application: 'report', datacenter: backend, target: 1, pageSize: 250 },
    { application: 'indexer', datacenter: frontend, target: 64, pageSize: 150 },
  ])(
    'bring every row once in $target splits, in order, and ask $datacenter alone: $application, $pageSize a page',
    async ({ application, datacenter, target, pageSize }) => {
      // So that the cache is not merely empty.
      await lookUp(weir.dataUrl, 'storefront', `${keyspace}/readings`, { keys: ['site-3'] });
      const cacheBefore = await cacheStats();
      const before = await nodeScans(cluster, keyspace, 'readings');
      const rows = await scanAll(
        jobCalls(weir.dataUrl, application, `${keyspace}/readings`),
        target,
        pageSize,
      );
      // Splits are in token order and so are their rows: sites come one after another, each in the table's order.
      expect(rows).toEqual(inTokenOrder());
      expect(rows).toHaveLength(expected.length);
      const after = await nodeScans(cluster, keyspace, 'readings');
      const asked = after.map((node, index) => ({
        datacenter: node.datacenter,
        coordinated: node.coordinated - (before[index]?.coordinated ?? 0),
        local: node.local - (before[index]?.local ?? 0),
      }));
      const others = asked.filter((node) => node.datacenter !== datacenter);
      expect(others.every(({ coordinated, local }) => coordinated === 0 && local === 0)).toBe(true);
      const own = asked.filter((node) => node.datacenter === datacenter);
      expect(own.reduce((sum, { coordinated }) => sum + coordinated, 0)).toBeGreaterThan(0);
      process.stdout.write(`${application}: ${rows.length} rows, ${target} splits: ${JSON.stringify(own)}\n`);
      expect(await cacheStats()).toEqual(cacheBefore);
    },
  );

  it('bring a wide partition by its key, in the order of the table, with only the columns asked for', async () => {
    const lines = await job.scan({ key: 'site-1', columns: ['hour', 'celsius'], pageSize: 170 });
    expect(lastLine(lines).end).toEqual({ rows: wideRows, complete: true });
    const wide = readings().get('site-1') ?? [];
    expect(rowsOf(lines)).toEqual(wide.map(({ hour, celsius }) => ({ hour, celsius })));
  });

  it('go on where a limit ended them', async () => {
    const rows: JobRow[] = [];
    let body: object = { limit: 1_237, pageSize: 333 };
    let last: ScanLine;
    do {
      const lines = await job.scan(body);
      rows.push(...rowsOf(lines));
      last = lastLine(lines);
      expect(last.end?.rows).toBe(rows.length);
      body = { cursor: last.end?.cursor, limit: 1_237, pageSize: 333 };
    } while (last.end?.complete === false);
    expect(rows).toEqual(inTokenOrder());
  });

  it('wait for a caller who does not read', async () => {
    const calls = jobCalls(weir.dataUrl, 'report', `${keyspace}/parcels`);
    const pageSize = 20;
    const pagesOf = async (): Promise<number> =>
      (await weir.metrics()).sum('weir_scan_pages_total', { table: `${keyspace}.parcels` });
    const scan = await calls.openScan({ pageSize });
    const [first] = await scan.rows(1);
    // What fits into the sockets is taken; after that nothing is asked for.
    const standing = await eventually('nothing moves any more', async () => {
      const pages = await pagesOf();
      await delay(700);
      return pages > 0 && (await pagesOf()) === pages ? pages : undefined;
    });
    const messages = (await nodeScans(cluster, keyspace, 'parcels')).reduce(
      (sum, { coordinated }) => sum + coordinated,
      0,
    );
    process.stdout.write(
      `a caller who does not read: ${standing} of ${parcels.count / pageSize} pages, ${messages} messages\n`,
    );
    expect(standing).toBeLessThan(parcels.count / pageSize / 1.5);
    // One page is read ahead.
    expect(messages).toBeLessThanOrEqual(standing + 1);
    const lines = [first as ScanLine, ...(await scan.rest())];
    expect(lastLine(lines).end).toEqual({ rows: parcels.count, complete: true });
    const bodies = rowsOf(lines).map(({ id, body }) => body === bodyOf(Number(id), parcels.characters));
    expect(bodies.every(Boolean)).toBe(true);
    expect(new Set(rowsOf(lines).map(({ id }) => id)).size).toBe(parcels.count);
  });
});

function tokenOf({ site }: JobRow) {
  return tokenOfKey([Buffer.from(String(site))]);
}

function inTokenOrder(): readonly JobRow[] {
  return [...readings().values()]
    .toSorted(([a], [b]) => compareTokens(tokenOf(a as JobRow), tokenOf(b as JobRow)))
    .flat();
}

function expectInRange(rows: readonly JobRow[], start: string, end: string): void {
  const [after, upTo] = [tokenFromDecimal(start), tokenFromDecimal(end)];
  const outside = rows.filter(
    (row) => compareTokens(tokenOf(row), after) <= 0 || compareTokens(tokenOf(row), upTo) > 0,
  );
  expect(outside).toEqual([]);
}
