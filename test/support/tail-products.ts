import { writeAtAll } from '../../loadtest/persistent-write.ts';
import type { RunningSystem } from '../../src/compose.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { nodeNamed, type TestCluster } from './real-cluster.ts';
import { startWeirWith } from './running-weir.ts';

export const home = 'us-east-1-frontend';
/** Keys of the table; of each the row is known, so that a wrong one cannot look right. */
export const productCount = 600;
export const skuOf = (index: number): string => `sku-${index}`;
export const rowOfSku = (index: number): { sku: string; title: string } => ({
  sku: skuOf(index),
  title: `product ${index}`,
});

/** The answer for keys of the table; those beyond its end have no row. */
export function expectedOf(indexes: readonly number[]): { status: string; rows: readonly object[] }[] {
  return indexes.map((index) =>
    index < productCount ? { status: 'found', rows: [rowOfSku(index)] } : { status: 'missing', rows: [] },
  );
}

/** `KEYSPACE.products`, three replicas in the front end and two behind, every row on every replica. */
export async function fillTailProducts(cluster: TestCluster, keyspace: string): Promise<void> {
  await applySchema(
    `DROP KEYSPACE IF EXISTS ${keyspace};
     CREATE KEYSPACE ${keyspace}
       WITH replication = {'class': 'NetworkTopologyStrategy', '${home}': 3, 'us-east-1-backend': 2};
     CREATE TABLE ${keyspace}.products (sku text PRIMARY KEY, title text) WITH speculative_retry = 'NONE';`,
    nodeNamed(cluster, 'node-1'),
  );
  await cluster.withClient(async (client) => {
    const insert = `INSERT INTO ${keyspace}.products (sku, title) VALUES (?, ?)`;
    for (let at = 0; at < productCount; at += 20) {
      const rows = Array.from({ length: 20 }, (_, index) => rowOfSku(at + index));
      await Promise.all(rows.map(({ sku, title }) => writeAtAll(client, insert, [sku, title])));
    }
  });
}

/** One application, `storefront`, that reads the table from the front end and from nowhere else. */
export function startTailWeir(
  cluster: TestCluster,
  keyspace: string,
  table: Record<string, unknown> = {},
  further: Record<string, unknown> = {},
): Promise<RunningSystem> {
  return startWeirWith({
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'trusted',
    cassandra: {
      contactPoints: cluster.nodes().map((node) => `${node.address}:${node.port}`),
      datacenter: home,
    },
    classes: { frontend: { datacenters: [home] } },
    applications: {
      storefront: { class: 'frontend', tables: { [`${keyspace}.products`]: ['read'] } },
    },
    tables: { [`${keyspace}.products`]: table },
    ...further,
  });
}
