import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type JobCalls, jobCalls, lastLine, rowsOf } from '../support/job-calls.ts';
import { nodeScans } from '../support/job-nodes.ts';
import {
  backend,
  createJobKeyspace,
  dropJobKeyspace,
  fillParcels,
  parcelsText,
} from '../support/job-tables.ts';
import { type JobWeir, jobSettings, startJobWeir } from '../support/job-weir.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';

const keyspace = 'orphaned';
const path = `${keyspace}/parcels`;
/** So large a row that the sockets hold few of them: what is read later is asked for later. */
const parcels = { count: 1_200, characters: 8_000 };
const pageSize = 20;
const readBefore = 100;

describeWithCluster('scans whose owner is lost on the way', () => {
  let cluster: TestCluster;
  let weir: JobWeir;
  const frozen = new Set<string>();
  const killed = new Set<string>();
  const allIds = Array.from({ length: parcels.count }, (_, id) => id);

  beforeAll(async () => {
    cluster = realCluster();
    await createJobKeyspace(cluster, keyspace, parcelsText(`${keyspace}.parcels`));
    await fillParcels(cluster, `${keyspace}.parcels`, parcels);
    weir = await startJobWeir(jobSettings(cluster, { [`${keyspace}.parcels`]: {} }));
  });
  afterAll(async () => {
    await heal();
    await weir?.stop();
    await dropJobKeyspace(cluster, keyspace);
  });

  const heal = async (): Promise<void> => {
    for (const name of frozen) await cluster.resume(name);
    frozen.clear();
    for (const name of killed) await cluster.start(name);
    killed.clear();
  };
  const freeze = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      frozen.add(name);
      await cluster.pause(name);
    }
  };
  const jobOf = (application: string): JobCalls => jobCalls(weir.dataUrl, application, path);
  const namesIn = (datacenter: string): string[] =>
    cluster.nodes().flatMap((node) => (node.datacenter === datacenter ? [node.name] : []));
  /** Begins a scan of everything, reads a little of it, and tells who was asked. */
  const begin = async (application: string, timeoutMs: number) => {
    const before = await nodeScans(cluster, keyspace, 'parcels');
    const scan = await jobOf(application).openScan({ pageSize }, timeoutMs);
    const lines = await scan.rows(readBefore);
    const after = await nodeScans(cluster, keyspace, 'parcels');
    const asked = after.filter(({ coordinated }, index) => coordinated > (before[index]?.coordinated ?? 0));
    return { scan, lines, asked: asked.map(({ name }) => name) };
  };
  const idsOf = (lines: Parameters<typeof rowsOf>[0]): number[] => rowsOf(lines).map(({ id }) => Number(id));
  const lastRecord = async (count: number) => (await weir.scans(count)).at(-1);

  it('frozen: they go on with another one, and bring every row once', async () => {
    const { scan, lines, asked } = await begin('report', 1_000);
    // Both nodes behind own everything: one of them gives all pages, as long as it is well.
    expect(asked).toHaveLength(1);
    await freeze(asked);
    const all = [...lines, ...(await scan.rest())];
    await heal();
    expect(lastLine(all).end).toEqual({ rows: parcels.count, complete: true });
    expect(idsOf(all).toSorted((a, b) => a - b)).toEqual(allIds);
    const record = await lastRecord(1);
    process.stdout.write(`the owner frozen: ${JSON.stringify(record)}\n`);
    expect(record).toMatchObject({ outcome: 'complete', rows: parcels.count });
    expect(record?.retries).toBeGreaterThan(0);
  });

  it('killed, among six: they go on with others, and bring every row once', async () => {
    const { scan, lines, asked } = await begin('indexer', 2_000);
    const victim = asked.at(-1) ?? '';
    killed.add(victim);
    await cluster.kill(victim);
    const all = [...lines, ...(await scan.rest())];
    expect(lastLine(all).end).toEqual({ rows: parcels.count, complete: true });
    expect(idsOf(all).toSorted((a, b) => a - b)).toEqual(allIds);
    process.stdout.write(`${victim} killed: ${JSON.stringify(await lastRecord(2))}\n`);
    await heal();
  });

  it('all of them: they end with an error and a cursor, from which the rest comes once they are back', async () => {
    await eventually('both nodes behind answer again', async () => {
      const lines = await jobOf('report').scan({ limit: 1 });
      return lastLine(lines).end !== undefined || undefined;
    });
    const scansBefore = (await weir.scans(2)).length;
    const { scan, lines } = await begin('report', 1_000);
    await freeze(namesIn(backend));
    const all = [...lines, ...(await scan.rest())];
    const { error } = lastLine(all);
    process.stdout.write(
      `all owners frozen: ${rowsOf(all).length} rows, then ${JSON.stringify(error?.type)}\n`,
    );
    expect(error?.type).toMatch(/^\/problems\/(replica-timeout|no-replica)$/);
    expect(error?.cursor).toEqual(expect.any(String));
    expect(rowsOf(all).length).toBeLessThan(parcels.count);
    await heal();
    const rest = await eventually('the nodes are found again', async () => {
      const more = await jobOf('report').scan({ cursor: error?.cursor });
      const { end } = lastLine(more);
      return end === undefined ? undefined : more;
    });
    expect(lastLine(rest).end).toEqual({ rows: parcels.count, complete: true });
    expect([...idsOf(all), ...idsOf(rest)].toSorted((a, b) => a - b)).toEqual(allIds);
    expect((await weir.scans(scansBefore + 2)).length).toBeGreaterThanOrEqual(scansBefore + 2);
  });
});
