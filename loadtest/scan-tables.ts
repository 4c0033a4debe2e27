import { Client, types } from 'cassandra-driver';
import type { RunningCluster } from '../topology/launcher/provider.ts';
import { runClosedLoop } from './closed-loop.ts';
import { type Item, itemColumns, itemKey, keyspace } from './dataset.ts';
import { driverOptions } from './driver-options.ts';
import { createKeyspace, settle } from './filling.ts';
import { atAll, writeAtAll } from './persistent-write.ts';
import { scannedItem } from './scan-tally.ts';

/** A table with the columns of `items`; its body is that of the data set so many times over. */
export interface ScannedTable {
  readonly name: string;
  readonly bodies: number;
}

/** Rows of about 500 bytes, the same as those of look-ups. */
export const narrowTable: ScannedTable = { name: 'scan_items', bodies: 1 };
/** Rows of about 2 KB. */
export const wideTable: ScannedTable = { name: 'scan_wide', bodies: 5 };

/** More would overrun the replicas of a small machine at consistency ALL. */
const writesInFlight = 24;
const fills = `${keyspace}.scan_fills`;

/**
 * Sees to it that every replica has exactly the first `rows` rows of the data set, on disk: so does a batch job find
 * the tables that it reads, and only of rows on disk do nodes tell estimates.
 */
export async function fillScanTables(
  cluster: RunningCluster,
  tables: readonly ScannedTable[],
  rows: number,
  report: (line: string) => void,
): Promise<void> {
  const client = new Client(driverOptions(cluster));
  try {
    await client.connect();
    await client.execute(createKeyspace);
    await client.execute(`CREATE TABLE IF NOT EXISTS ${fills} (name text PRIMARY KEY, rows int)`);
    const stale: ScannedTable[] = [];
    for (const table of tables) {
      await client.execute(createTable(table.name));
      if ((await filledRows(client, table)) !== rows) stale.push(table);
    }
    for (const table of stale) await fill(client, table, rows, report);
    if (stale.length > 0) await settle(cluster, report);
    // Last, so that an interrupted attempt is repeated.
    for (const { name } of stale) await mark(client, name, rows);
  } finally {
    await client.shutdown();
  }
}

export function createTable(name: string): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${keyspace}.${name} ` +
    '(id text PRIMARY KEY, title text, body text, price decimal, stock int)'
  );
}

export function insertInto(name: string): string {
  return `INSERT INTO ${keyspace}.${name} (${itemColumns.join(', ')}) VALUES (?, ?, ?, ?, ?)`;
}

/** In the order of `insertInto`. */
export function insertedValues({ id, title, body, price, stock }: Item): readonly unknown[] {
  return [id, title, body, types.BigDecimal.fromString(price), stock];
}

async function filledRows(client: Client, { name }: ScannedTable): Promise<unknown> {
  const { rows } = await client.execute(`SELECT rows FROM ${fills} WHERE name = ?`, [name], atAll);
  return rows[0]?.['rows'];
}

async function fill(
  client: Client,
  { name, bodies }: ScannedTable,
  rows: number,
  report: (line: string) => void,
): Promise<void> {
  report(`writing ${rows} rows of ${keyspace}.${name} at consistency ALL`);
  await mark(client, name, 0);
  await client.execute(`TRUNCATE ${keyspace}.${name}`);
  await runClosedLoop({ count: rows, inFlight: writesInFlight }, async (index) => {
    const item = scannedItem(itemKey(index), bodies);
    await writeAtAll(client, insertInto(name), insertedValues(item));
  });
}

function mark(client: Client, name: string, rows: number): Promise<void> {
  return writeAtAll(client, `INSERT INTO ${fills} (name, rows) VALUES (?, ?)`, [name, rows]);
}
