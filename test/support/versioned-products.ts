import type { Client } from 'cassandra-driver';
import { writeAtAll } from '../../loadtest/persistent-write.ts';

/** The keyspace of the proofs: of its own, so that other files of the project leave it alone. */
export const keyspace = 'proof';
export const table = 'products';
export const presentRows = 20_000;

export const keyOf = (index: number): string => `sku-${index}`;

/** What the row of a key holds: f(key, version), so that a wrong row cannot look right. */
export function rowOf(index: number, version = 1): { title: string; stock: number } {
  return { title: `product ${index} version ${version}`, stock: (index * 7919 + version) % 100_000 };
}

/** Creates and fills the table at consistency ALL, so that every replica has every row before anybody asks one. */
export async function fillProducts(client: Client): Promise<void> {
  const factors = "'us-east-1-frontend': 3, 'us-east-1-backend': 2";
  await client.execute(
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', ${factors}}`,
  );
  await client.execute(
    `CREATE TABLE IF NOT EXISTS ${keyspace}.${table} (sku text PRIMARY KEY, title text, stock int) WITH speculative_retry = 'NONE'`,
  );
  const insert = `INSERT INTO ${keyspace}.${table} (sku, title, stock) VALUES (?, ?, ?)`;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < presentRows) {
      const index = next++;
      const { title, stock } = rowOf(index);
      await writeAtAll(client, insert, [keyOf(index), title, stock]);
    }
  };
  await Promise.all(Array.from({ length: 24 }, worker));
}
