/** The table that the guide's jobs read, on the real cluster, with a Weir in front of it and what they should find. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { types } from 'cassandra-driver';
import { parse, stringify } from 'yaml';
import { applySchema } from '../../topology/launcher/schema.ts';
import { eventually } from '../support/eventually.ts';
import { readProjectFile } from '../support/project-files.ts';
import { realCluster } from '../support/real-cluster.ts';
import { plainEnvironment } from '../support/run-command.ts';
import { type ServedWeir, serveWeir } from '../support/served-weir.ts';

export const examples = 'docs/guides/examples';

export interface Category {
  readonly products: number;
  /** With two decimals. */
  readonly total: string;
}

export interface Market {
  readonly weir: ServedWeir;
  /** Where the driver of a job can connect, in the back-end datacenter. */
  readonly contactPoint: string;
  /** By name, straight from Cassandra. */
  readonly categories: ReadonlyMap<string, Category>;
  /** Rows of the table, with those that belong to no category. */
  readonly products: number;
  /** For the files of a test. */
  readonly folder: string;
  close(): Promise<void>;
}

interface MarketSettings {
  readonly products: number;
  readonly categories: number;
  /** In place of those in the example's configuration. */
  readonly limits?: Readonly<Record<string, object>>;
  /** Further sections of the configuration. */
  readonly sections?: Readonly<Record<string, unknown>>;
}

const batchRows = 50;

export async function openMarket(settings: MarketSettings): Promise<Market> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-market-'));
  await dropMarket();
  await cql(readProjectFile(`${examples}/market.cql`));
  await fill(settings);
  const file = path.join(folder, 'weir.yaml');
  writeFileSync(file, stringify(configuration(settings)));
  const weir = await serveWeir(['--config', file], { env: plainEnvironment() });
  const backend = realCluster()
    .nodes()
    .find(({ datacenter }) => datacenter === 'us-east-1-backend');
  return {
    weir,
    contactPoint: backend?.address ?? '',
    ...(await readCategories()),
    folder,
    async close() {
      await weir.stop();
      rmSync(folder, { recursive: true });
      await dropMarket();
    },
  };
}

/** What a job has left in its report, by name. */
export async function readReport(): Promise<ReadonlyMap<string, Category>> {
  const rows = await readAll('SELECT category, products, total FROM market.report');
  return new Map(
    rows.map((row) => [
      String(row['category']),
      { products: Number(row['products']), total: String(row['total']) },
    ]),
  );
}

/** The lines of a job that prints its report. */
export function reportLines(categories: ReadonlyMap<string, Category>): readonly string[] {
  const names = [...categories.keys()].sort();
  return names.map((name) => {
    const { products = 0, total = '' } = categories.get(name) ?? {};
    return `${name.padEnd(10)} ${String(products).padStart(6)} ${total.padStart(12)}`;
  });
}

function configuration({ limits = {}, sections = {} }: MarketSettings): object {
  const example = parse(readProjectFile(`${examples}/market.yaml`)) as {
    readonly cassandra: object;
    readonly applications: Readonly<Record<string, object>>;
  };
  const applications = Object.entries(example.applications).map(([name, application]) => [
    name,
    { ...application, ...(limits[name] === undefined ? {} : { limits: limits[name] }) },
  ]);
  const contactPoints = realCluster()
    .nodes()
    .slice(0, 2)
    .map(({ address, port }) => `${address}:${port}`);
  return {
    ...example,
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    cassandra: { ...example.cassandra, contactPoints },
    applications: Object.fromEntries(applications),
    ...sections,
  };
}

/** Written to every replica. */
async function fill(settings: MarketSettings): Promise<void> {
  const { products } = settings;
  const options = { prepare: true, isIdempotent: true, consistency: types.consistencies.all };
  await realCluster().withClient(async (client) => {
    for (let first = 0; first < products; first += batchRows) {
      const statements = Array.from({ length: Math.min(batchRows, products - first) }, (_, index) =>
        changesOf(first + index, settings),
      ).flat();
      // Refused by a node that has not heard of the table yet.
      await eventually('products are on every replica', () =>
        client.batch(statements, { ...options, logged: false }).then(
          () => true,
          () => undefined,
        ),
      );
    }
  });
}

/** Prices with and without cents; every 50th product has none, every 70th no category, every 90th is deleted. */
function changesOf(index: number, { categories }: MarketSettings): { query: string; params: unknown[] }[] {
  const sku = `sku-${index}`;
  const cents = (index * 7919) % 50_000;
  const category = index % 70 === 3 ? null : `category-${(index * 7) % categories}`;
  const amount = index % 3 === 0 ? `${cents}` : (cents / 100).toFixed(2);
  const price = index % 50 === 4 ? null : amount;
  const insert = {
    query: 'INSERT INTO market.products (sku, category, price) VALUES (?, ?, ?)',
    params: [sku, category, price],
  };
  const isDeleted = index % 90 === 5;
  return isDeleted
    ? [insert, { query: 'DELETE FROM market.products WHERE sku = ?', params: [sku] }]
    : [insert];
}

async function readCategories(): Promise<Pick<Market, 'categories' | 'products'>> {
  const rows = await readAll('SELECT category, price FROM market.products');
  const found = new Map<string, { products: number; cents: bigint }>();
  for (const row of rows) {
    if (row['category'] === null) continue;
    const name = String(row['category']);
    const { products, cents } = found.get(name) ?? { products: 0, cents: 0n };
    found.set(name, { products: products + 1, cents: cents + centsOf(row['price']) });
  }
  const categories = [...found].map(([name, { products, cents }]): [string, Category] => [
    name,
    { products, total: `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}` },
  ]);
  return { categories: new Map(categories), products: rows.length };
}

function centsOf(price: unknown): bigint {
  if (price === null) return 0n;
  const [whole = '', decimals = ''] = String(price).split('.');
  return BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'));
}

async function readAll(query: string): Promise<readonly types.Row[]> {
  return realCluster().withClient(async (client) => {
    const { rows } = await client.execute(query, [], { consistency: types.consistencies.all });
    return rows;
  });
}

async function dropMarket(): Promise<void> {
  await cql('DROP KEYSPACE IF EXISTS market');
}

async function cql(text: string): Promise<void> {
  const [node] = realCluster().nodes();
  if (node === undefined) throw new Error('the cluster has no node');
  await applySchema(text, node);
}
