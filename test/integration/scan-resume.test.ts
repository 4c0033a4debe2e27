import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  checkpointOf,
  type JobCalls,
  jobCalls,
  lastLine,
  rowsOf,
  type ScanLine,
} from '../support/job-calls.ts';
import { createJobKeyspace, dropJobKeyspace, fillParcels, parcelsText } from '../support/job-tables.ts';
import { type JobWeir, jobSettings, startJobWeir, withFile } from '../support/job-weir.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { scrapeMetrics } from '../support/scraped-metrics.ts';
import { type ServedWeir, serveWeir } from '../support/served-weir.ts';

const keyspace = 'resumed';
const table = `${keyspace}.parcels`;
const parcels = { count: 3_000, characters: 2_000 };
const pageSize = 50;

describeWithCluster('scans that are cut and go on', () => {
  let cluster: TestCluster;
  let folder: string;
  const allIds = Array.from({ length: parcels.count }, (_, id) => id);

  beforeAll(async () => {
    cluster = realCluster();
    folder = mkdtempSync(path.join(tmpdir(), 'weir-cursors-'));
    for (const name of ['old', 'new', 'other']) writeFileSync(keyFile(name), name.repeat(32));
    await createJobKeyspace(cluster, keyspace, parcelsText(table));
    await fillParcels(cluster, table, parcels);
  });
  afterAll(async () => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
    await dropJobKeyspace(cluster, keyspace);
  });

  const keyFile = (name: string): string => path.join(folder, name);
  const settingsWith = (further: object): Record<string, unknown> =>
    jobSettings(cluster, { [table]: {} }, further);
  const start = async (further: object): Promise<JobWeir> => {
    const weir = await startJobWeir(settingsWith(further));
    onTestFinished(() => weir.stop());
    return weir;
  };
  const withKeys = (...names: string[]): Promise<JobWeir> => start({ cursorKeyFiles: names.map(keyFile) });
  const jobOf = ({ dataUrl }: { readonly dataUrl: string }): JobCalls =>
    jobCalls(dataUrl, 'report', `${keyspace}/parcels`);
  const serve = (): Promise<ServedWeir> =>
    withFile(
      settingsWith({ cursorKeyFiles: [keyFile('new')], shutdown: { timeout: '3s' } }),
      async (file) => {
        const weir = await serveWeir(['--config', file]);
        onTestFinished(async () => void (await weir.stop()));
        const isReady = async () => (await fetch(`${weir.dataUrl}/readyz`)).status === 200 || undefined;
        await eventually('it is ready', isReady);
        return weir;
      },
    );
  const sortedIds = (...parts: readonly (readonly ScanLine[])[]): number[] =>
    parts
      .flat()
      .flatMap(({ row }) => (row === undefined ? [] : [Number(row['id'])]))
      .toSorted((a, b) => a - b);

  it('by the caller: go on at another instance from the last checkpoint, and bring every row once', async () => {
    const [one, other] = [await withKeys('new', 'old'), await withKeys('old')];
    const sealedByOld = await jobOf(other).openScan({ pageSize });
    const lines = await sealedByOld.rows(1_600);
    sealedByOld.cut();
    const checkpoint = checkpointOf(lines);
    // Never more than a thousand rows behind.
    expect(checkpoint.rows.length).toBeGreaterThanOrEqual(600);
    expect(checkpoint.rows.length).toBeLessThan(1_600);
    // Rows behind the checkpoint came already, and come again: the caller drops those it got after it.
    const more = await jobOf(one).scan({ cursor: checkpoint.cursor, pageSize });
    expect(lastLine(more).end).toEqual({ rows: parcels.count, complete: true });
    const once = [...checkpoint.rows.map((row) => ({ row })), ...more];
    expect(sortedIds(once)).toEqual(allIds);
    expect((await other.scans(1))[0]).toMatchObject({ outcome: 'cancelled' });
    await eventually('nothing of it is open', async () => {
      const metrics = await other.metrics();
      return (metrics.sum('weir_scans_open') === 0 && metrics.sum('weir_host_inflight') === 0) || undefined;
    });
  });

  it('do not go on with a cursor of another key, application or table, or one that was changed', async () => {
    const [weir, stranger] = [await withKeys('new'), await withKeys('other')];
    const { end } = lastLine(await jobOf(weir).scan({ limit: 10 }));
    const cursor = end?.cursor ?? '';
    const statusOf = async (calls: JobCalls, text: string): Promise<number> =>
      (await calls.openScan({ cursor: text, limit: 1 })).status;
    expect(await statusOf(jobOf(weir), cursor)).toBe(200);
    expect(await statusOf(jobOf(stranger), cursor)).toBe(400);
    expect(await statusOf(jobCalls(weir.dataUrl, 'indexer', `${keyspace}/parcels`), cursor)).toBe(400);
    const at = Math.floor(cursor.length / 2);
    const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
    expect(await statusOf(jobOf(weir), changed)).toBe(400);
  });

  it('by their longest time: end with a cursor, piece after piece, and bring every row once', async () => {
    // A pace at which one piece cannot bring everything.
    const weir = await start({ scans: { maxDuration: '1s' } });
    await weir.admin('PUT', '/admin/v1/limits/report/scan', { rate: 1_200, burst: 200 });
    const pieces: (readonly ScanLine[])[] = [];
    let body: object = { pageSize };
    for (;;) {
      const startedMs = performance.now();
      const lines = await jobOf(weir).scan(body);
      pieces.push(lines);
      const { end } = lastLine(lines);
      if (end?.complete) break;
      expect(end?.complete).toBe(false);
      expect(performance.now() - startedMs).toBeGreaterThan(900);
      body = { cursor: end?.cursor, pageSize };
    }
    process.stdout.write(
      `pieces of a second: ${pieces.map((lines) => rowsOf(lines).length).join(', ')} rows\n`,
    );
    expect(pieces.length).toBeGreaterThanOrEqual(2);
    expect(sortedIds(...pieces)).toEqual(allIds);
  });

  it('by the end of the process: end with a cursor, and go on elsewhere', async () => {
    const [weir, other] = await Promise.all([serve(), withKeys('new')]);
    const scan = await jobOf(weir).openScan({ pageSize });
    const lines = [...(await scan.rows(200))];
    const askedMs = performance.now();
    weir.signal('SIGTERM');
    // A caller who goes on reading, though not fast.
    let line: ScanLine | undefined;
    do {
      line = await scan.next();
      if (line !== undefined) lines.push(line);
      if (lines.length % 500 === 0) await delay(50);
    } while (line !== undefined);
    const { end } = lastLine(lines);
    expect(end).toMatchObject({ complete: false, cursor: expect.any(String), rows: rowsOf(lines).length });
    expect(await weir.exited).toBe(0);
    expect(performance.now() - askedMs).toBeLessThan(3_000);
    const rest = await jobOf(other).scan({ cursor: end?.cursor });
    expect(lastLine(rest).end).toEqual({ rows: parcels.count, complete: true });
    expect(sortedIds(lines, rest)).toEqual(allIds);
  });

  it('by the end of the process: hold it up no longer than shutdown.timeout where nobody reads', async () => {
    const weir = await serve();
    const scan = await jobOf(weir).openScan({ pageSize });
    await scan.rows(10);
    const pages = async (): Promise<number> =>
      (await scrapeMetrics(weir.adminUrl)).sum('weir_scan_pages_total');
    await eventually('the sockets are full', async () => {
      const before = await pages();
      await delay(500);
      return (await pages()) === before || undefined;
    });
    const askedMs = performance.now();
    weir.signal('SIGTERM');
    expect(await weir.exited).toBe(0);
    const tookMs = performance.now() - askedMs;
    process.stdout.write(`ended ${Math.round(tookMs)} ms after SIGTERM with a caller who does not read\n`);
    expect(tookMs).toBeGreaterThan(2_900);
    // Behind the timeout are the bounded ends of the admin port and of the connections to the cluster.
    expect(tookMs).toBeLessThan(8_000);
    // A stream without a last line is a failure, and is seen as one.
    await expect(scan.rest()).rejects.toThrow('aborted');
  });
});
