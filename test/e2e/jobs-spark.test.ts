import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../support/project-files.ts';
import { describeWithCluster } from '../support/real-cluster.ts';
import { scrapeMetrics } from '../support/scraped-metrics.ts';
import { describeWithSpark, startSparkJob } from '../support/spark.ts';
import { examples, type Market, openMarket, readReport } from './jobs-market.ts';
import { firstPauseMs, openRoughWay, type RoughWay, type SeenRequest } from './jobs-rough-way.ts';

const application = 'nightly-report';
const cuts = 4;
const categories = 130;

describeWithCluster('with a real cluster', () => {
  describeWithSpark('a job on Spark', () => {
    let market: Market;
    let way: RoughWay;
    beforeAll(async () => {
      market = await openMarket({
        products: 4_000,
        categories,
        limits: {
          [application]: {
            scan: { rate: 600, burst: 300, onOver: 'wait' },
            // More categories than a burst: some rows have to wait.
            write: { rate: 40, burst: 60 },
            connect: { rate: 10, sessions: 1 },
          },
        },
        // Shorter than the scan of a split.
        sections: { scans: { maxDuration: '2s' } },
      });
      way = await openRoughWay(market.weir.dataUrl, cuts);
    });
    afterAll(async () => {
      await way?.close();
      await market?.close();
    });

    const requests = (method: string, path: RegExp): readonly SeenRequest[] =>
      way.seen.filter((request) => request.method === method && path.test(request.path));
    const scans = (): readonly SeenRequest[] => requests('POST', /\/scan$/);
    const writes = (): readonly SeenRequest[] => requests('POST', /\/write$/);

    it('leaves in its report what Cassandra has, however often its answers break off', async () => {
      const options = ['--application', application, '--splits', '4', '--session-seconds', '8'];
      const job = startSparkJob(`${examples}/spark_report.py`, ['--weir', way.url, ...options], projectRoot);
      try {
        expect(await job.exited, job.stderr()).toBe(0);
      } finally {
        await job.stop();
      }
      const report = await readReport();
      expect(report.size).toBe(categories);
      expect(report).toEqual(market.categories);
    });

    it('was cut off where it hurts, and has gone on from its cursors', () => {
      const cut = scans().filter(({ isCut }) => isCut);
      expect(cut).toHaveLength(cuts);
      expect(cut.some(({ answer }) => !answer.includes('"checkpoint"'))).toBe(true);
      expect(cut.some(({ answer }) => answer.includes('"checkpoint"'))).toBe(true);
      expect(scans().some(({ answer }) => answer.includes('"complete":false'))).toBe(true);
      const cursors = scans().flatMap(({ body }) => (JSON.parse(body) as { cursor?: string }).cursor ?? []);
      expect(cursors.length).toBeGreaterThan(1);
    });

    it('came again no earlier than it was told', () => {
      const [told, ...later] = scans().toSorted((one, other) => one.atMs - other.atMs);
      const again = later.find(({ body }) => body === told?.body);
      expect(told?.status).toBe(429);
      expect((again?.atMs ?? 0) - (told?.atMs ?? 0)).toBeGreaterThanOrEqual(firstPauseMs);
    });

    it('wrote 50 rows at a time, and again those that a limit had refused', () => {
      const sizes = writes().map(({ body }) => (JSON.parse(body) as { rows: unknown[] }).rows.length);
      expect(Math.max(...sizes)).toBe(50);
      expect(writes().some(({ answer }) => answer.includes('"reason":"quota"'))).toBe(true);
    });

    it('held one session, renewed it, named it and released it', async () => {
      expect(requests('POST', /^\/v1\/sessions$/).map(({ status }) => status)).toEqual([201]);
      const renewals = requests('PUT', /^\/v1\/sessions\//).map(({ status }) => status);
      expect(new Set(renewals)).toEqual(new Set([200]));
      expect(requests('DELETE', /^\/v1\/sessions\//).map(({ status }) => status)).toEqual([204]);
      const named = [...scans(), ...writes()].map(({ session }) => session);
      expect(named).not.toContain(undefined);
      expect(new Set(named).size).toBe(1);
    });

    it('paid for what it read and wrote', async () => {
      const metrics = await scrapeMetrics(market.weir.adminUrl);
      const paid = (operation: string): number =>
        metrics.sum('weir_limit_used_units_total', { app: application, operation });
      expect(paid('scan')).toBeGreaterThanOrEqual(market.products);
      expect(paid('write')).toBe(categories);
    });
  });
});
