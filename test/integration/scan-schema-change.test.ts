import { afterAll, beforeAll, expect, it } from 'vitest';
import { atAll } from '../../loadtest/persistent-write.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { type JobCalls, jobCalls, lastLine, rowsOf, type ScanLine } from '../support/job-calls.ts';
import { bodyOf, createJobKeyspace, dropJobKeyspace } from '../support/job-tables.ts';
import { type JobWeir, jobSettings, startJobWeir } from '../support/job-weir.ts';
import { describeWithCluster, nodeNamed, realCluster, type TestCluster } from '../support/real-cluster.ts';

const keyspace = 'altered';
const table = `${keyspace}.parcels`;
const parcels = { count: 600, characters: 12_000 };
const pageSize = 10;
const readBefore = 50;

describeWithCluster('scans of a table that is changed on the way', () => {
  let cluster: TestCluster;
  let weir: JobWeir;
  let job: JobCalls;
  const allIds = Array.from({ length: parcels.count }, (_, id) => id);

  beforeAll(async () => {
    cluster = realCluster();
    await createJobKeyspace(
      cluster,
      keyspace,
      `CREATE TABLE ${table} (id int PRIMARY KEY, body text, mark text);`,
    );
    await cluster.withClient(async (client) => {
      const insert = `INSERT INTO ${table} (id, body, mark) VALUES (?, ?, ?)`;
      const left = allIds.values();
      const worker = async (): Promise<void> => {
        for (const id of left)
          await client.execute(insert, [id, bodyOf(id, parcels.characters), `mark ${id}`], atAll);
      };
      await Promise.all(Array.from({ length: 16 }, worker));
    });
    weir = await startJobWeir(jobSettings(cluster, { [table]: {} }));
    job = jobCalls(weir.dataUrl, 'report', `${keyspace}/parcels`);
  });
  afterAll(async () => {
    await weir?.stop();
    await dropJobKeyspace(cluster, keyspace);
  });

  const change = (text: string): Promise<void> =>
    applySchema(`ALTER TABLE ${table} ${text}`, nodeNamed(cluster, 'node-1'));
  const idsOf = (lines: readonly ScanLine[]): number[] => rowsOf(lines).map(({ id }) => Number(id));
  const sorted = (ids: readonly number[]): number[] => ids.toSorted((a, b) => a - b);

  it('by a further column: go on, with the columns that they began with', async () => {
    const scan = await job.openScan({ pageSize });
    const lines = [...(await scan.rows(readBefore))];
    await change('ADD weight int');
    lines.push(...(await scan.rest()));
    expect(lastLine(lines).end).toEqual({ rows: parcels.count, complete: true });
    expect(sorted(idsOf(lines))).toEqual(allIds);
    expect(new Set(rowsOf(lines).map((row) => Object.keys(row).join()))).toEqual(new Set(['id,body,mark']));
  });

  it('by a column less: end and tell where to begin anew, which then completes; cursors of before are stale', async () => {
    const { end } = lastLine(await job.scan({ columns: ['id', 'mark'], limit: readBefore, pageSize }));
    const others = lastLine(await job.scan({ columns: ['id', 'body'], limit: readBefore, pageSize }));
    const scan = await job.openScan({ columns: ['id', 'body', 'mark'], pageSize });
    const lines = [...(await scan.rows(readBefore))];
    await change('DROP mark');
    lines.push(...(await scan.rest()));
    const { error } = lastLine(lines);
    process.stdout.write(`a column dropped: ${rowsOf(lines).length} rows, then ${JSON.stringify(error)}\n`);
    expect(error?.type).toBe('/problems/cursor-stale');
    expect(error?.cursor).toBeUndefined();
    const more = await job.scan({ ...error?.restart, columns: ['id', 'body'] });
    expect(lastLine(more).end?.complete).toBe(true);
    expect(new Set([...idsOf(lines), ...idsOf(more)])).toEqual(new Set(allIds));
    // At most the partition that was the last comes again.
    expect(rowsOf(lines).length + rowsOf(more).length).toBeLessThanOrEqual(parcels.count + 1);

    const stale = await job.openScan({ cursor: end?.cursor });
    expect(stale.status).toBe(410);
    const problem = (await stale.next()) as { readonly type?: string; readonly restart?: object };
    expect(problem.type).toBe('/problems/cursor-stale');
    const anew = await job.scan({ ...problem.restart, columns: ['id'] });
    expect(lastLine(anew).end?.complete).toBe(true);
    expect(rowsOf(anew).length).toBeGreaterThanOrEqual(parcels.count - readBefore);
    expect(rowsOf(anew).length).toBeLessThanOrEqual(parcels.count - readBefore + 1);

    // The columns of this one are what they were.
    const unharmed = await job.scan({ cursor: others.end?.cursor, limit: parcels.count });
    expect(lastLine(unharmed).end).toEqual({ rows: parcels.count, complete: true });
  });

  it('by the end of the table: end with an error', async () => {
    const scan = await job.openScan({ pageSize });
    const lines = [...(await scan.rows(readBefore))];
    await applySchema(`DROP TABLE ${table}`, nodeNamed(cluster, 'node-1'));
    lines.push(...(await scan.rest()));
    const { error } = lastLine(lines);
    process.stdout.write(
      `the table dropped: ${rowsOf(lines).length} rows, then ${JSON.stringify(error?.type)}\n`,
    );
    expect(error?.type).toBe('/problems/cursor-stale');
    expect(rowsOf(lines).length).toBeLessThan(parcels.count);
  });
});
