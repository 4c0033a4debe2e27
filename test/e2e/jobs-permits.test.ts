import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { projectRoot } from '../support/project-files.ts';
import { describeWithCluster } from '../support/real-cluster.ts';
import { type CommandRun, plainEnvironment, runCommand } from '../support/run-command.ts';
import { scrapeMetrics } from '../support/scraped-metrics.ts';
import { examples, type Market, openMarket, reportLines } from './jobs-market.ts';

const application = 'nightly-report';
/** More than there are rows and ranges: whoever keeps it has paid too much. */
const firstPermit = 3_000;

describeWithCluster('a job with a driver of its own', () => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket({
      products: 2_000,
      categories: 9,
      limits: {
        [application]: { scan: { rate: 1_500, burst: firstPermit }, connect: { rate: 10, sessions: 1 } },
      },
    });
  });
  afterAll(() => market?.close());

  const runJob = (): Promise<CommandRun> =>
    runCommand(
      [
        ...[process.execPath, `${examples}/permits-job.mjs`],
        ...['--weir', market.weir.dataUrl, '--application', application],
        ...['--contact-point', market.contactPoint],
      ],
      { cwd: projectRoot, env: plainEnvironment() },
    );
  const ask = (path: string, body: object): Promise<Response> =>
    fetch(`${market.weir.dataUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-weir-app': application },
      body: JSON.stringify(body),
    });

  const paidUnits = async (): Promise<number> => {
    const metrics = await scrapeMetrics(market.weir.adminUrl);
    return metrics.sum('weir_limit_used_units_total', { app: application, operation: 'scan' });
  };

  const remaining = async (): Promise<number | undefined> => {
    const headers = { 'x-weir-app': application };
    const response = await fetch(`${market.weir.dataUrl}/v1/limits`, { headers });
    const { limits } = (await response.json()) as { limits: { operation: string; remaining: number }[] };
    return limits.find(({ operation }) => operation === 'scan')?.remaining;
  };

  it('gets no permit without a session', async () => {
    const permitId = '7d444840-9dc0-41d1-b245-5ffdce74fad2';
    expect((await ask('/v1/permits', { operation: 'scan', units: 1, permitId })).status).toBe(428);
  });

  // Units go back within the second that a permit holds: a machine that stands still for longer keeps them.
  it('finds what Cassandra has, pays for each row and gives back what it did not use', {
    retry: 2,
  }, async () => {
    await eventually(
      'the whole burst is there',
      async () => (await remaining()) === firstPermit || undefined,
    );
    const before = await paidUnits();
    const { exitCode, stdout, stderr } = await runJob();
    expect(exitCode, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual(reportLines(market.categories));
    const paid = (await paidUnits()) - before;
    expect(paid).toBeGreaterThanOrEqual(market.products);
    expect(paid).toBeLessThan(firstPermit);
  });

  it('leaves its session behind, so that the next one has the only place', async () => {
    expect((await ask('/v1/sessions', { ttlSeconds: 1 })).status).toBe(201);
  });
});
