import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { lookUp } from '../support/look-up-client.ts';
import { describeWithCluster, nodeNamed, realCluster } from '../support/real-cluster.ts';
import { startWeir } from '../support/running-weir.ts';

const keyspace = 'statics';

// What Cassandra itself gives for a partition that has static content and no row.
describeWithCluster('a partition with static content alone', () => {
  let weir: RunningSystem;

  beforeAll(async () => {
    const cluster = realCluster();
    await applySchema(
      `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication =
         {'class': 'NetworkTopologyStrategy', 'us-east-1-frontend': 1};
       CREATE TABLE IF NOT EXISTS ${keyspace}.accounts
         (customer text, day text, owner text static, total int, PRIMARY KEY (customer, day));`,
      nodeNamed(cluster, 'node-1'),
    );
    await cluster.withClient((client) =>
      client.execute(`INSERT INTO ${keyspace}.accounts (customer, owner) VALUES ('ann', 'Ann')`),
    );
    weir = await startWeir(cluster, { [`${keyspace}.accounts`]: {} });
    const ready = async () => expect((await fetch(`${weir.dataUrl}/readyz`)).status).toBe(200);
    await vi.waitFor(ready, { timeout: 60_000, interval: 200 });
  });
  afterAll(() => weir?.stop());

  const ask = async (body: object) =>
    (await lookUp(weir.dataUrl, 'storefront', `${keyspace}/accounts`, { keys: ['ann'], ...body })).results[0];

  it('is one row without a clustering key where a static column is asked for', async () => {
    expect(await ask({})).toMatchObject({
      status: 'found',
      rows: [{ customer: 'ann', day: null, owner: 'Ann', total: null }],
    });
    expect(await ask({ columns: ['owner'] })).toMatchObject({ status: 'found', rows: [{ owner: 'Ann' }] });
  });

  it('is one row also where only other columns are asked for', async () => {
    expect(await ask({ columns: ['total'] })).toMatchObject({ status: 'found', rows: [{ total: null }] });
  });

  it('has no row of any clustering key', async () => {
    const { results } = await lookUp(weir.dataUrl, 'storefront', `${keyspace}/accounts`, {
      keys: [{ customer: 'ann', day: 'd1' }],
    });
    expect(results).toMatchObject([{ status: 'missing' }]);
  });
});
