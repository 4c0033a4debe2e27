import type { EmbeddedCluster } from '../../src/adapters/embedded/embedded-cluster.ts';
import type { Application } from '../../src/core/applications.ts';
import type { Random } from '../../src/core/ports.ts';
import { makeTable, products } from './scripted-cluster.ts';
import { grantOf } from './scripted-reads.ts';

/** The tables that histories read, who reads them, and what each key must then be answered with. */

const presentProducts = 300;
const customers = 80;
const days = ['mon', 'thu', 'tue', 'wed'];
const orders = makeTable('orders', ['customer'], ['day'], ['note', 'total']);

type Row = Readonly<Record<string, string>>;

/** One look-up, and of each key the rows that the cluster holds for it, as this application may see them. */
export interface HistoryRequest {
  readonly application: Application;
  readonly table: string;
  readonly keys: readonly unknown[];
  readonly limitPerKey: number;
  readonly strict: boolean;
  readonly expected: readonly { readonly rows: readonly Row[]; readonly truncated: boolean }[];
}

const columnsOf: Readonly<Record<string, { products: readonly string[]; orders: readonly string[] }>> = {
  storefront: { products: ['sku', 'title'], orders: ['customer', 'day', 'note', 'total'] },
  /** Sees neither keys nor notes. */
  clerk: { products: ['title'], orders: ['total'] },
};

const applications: readonly Application[] = Object.entries(columnsOf).map(([name, columns]) => ({
  name,
  className: 'frontend',
  datacenters: ['front', 'spare'],
  cacheUse: 'fill',
  grants: new Map([
    ['shop.products', grantOf(['read'], name === 'clerk' ? columns.products : undefined)],
    ['shop.orders', grantOf(['read'], name === 'clerk' ? [...columns.orders, 'gone'] : undefined)],
  ]),
}));

export function fillHistoryTables(cluster: EmbeddedCluster): void {
  for (const table of [products, orders]) cluster.createTable(table);
  for (let index = 0; index < presentProducts; index += 1) {
    for (const row of productRows(`sku-${index}`)) cluster.insert('shop', 'products', Object.entries(row));
  }
  for (let index = 0; index < customers; index += 1) {
    for (const row of orderRows(`c-${index}`)) cluster.insert('shop', 'orders', Object.entries(row));
  }
}

export function randomRequest(random: Random): HistoryRequest {
  const application = pick(applications, random);
  const count = 1 + Math.floor(random.next() * 50);
  const limitPerKey = pick([1, 2, 150], random);
  const strict = random.next() < 0.3;
  const isOrders = random.next() < 0.5;
  const keys = Array.from({ length: count }, () => (isOrders ? randomOrder(random) : randomProduct(random)));
  const shown = columnsOf[application.name]?.[isOrders ? 'orders' : 'products'] ?? [];
  const limit = isOrders ? limitPerKey : 1;
  return {
    application,
    table: isOrders ? 'orders' : 'products',
    keys: keys.map(({ key }) => key),
    limitPerKey,
    strict,
    expected: keys.map(({ rows }) => ({
      rows: rows
        .slice(0, limit)
        .map((row) => Object.fromEntries(shown.map((name) => [name, row[name] ?? '']))),
      truncated: rows.length > limit,
    })),
  };
}

interface AskedKey {
  readonly key: unknown;
  readonly rows: readonly Row[];
}

function randomProduct(random: Random): AskedKey {
  const sku = `sku-${Math.floor(random.next() * presentProducts * 1.2)}`;
  return { key: sku, rows: productRows(sku) };
}

/** Whole as often as not. */
function randomOrder(random: Random): AskedKey {
  const customer = `c-${Math.floor(random.next() * customers * 1.2)}`;
  const rows = orderRows(customer);
  if (random.next() < 0.5) return { key: customer, rows };
  const day = pick(days, random);
  return { key: { customer, day }, rows: rows.filter((row) => row['day'] === day) };
}

function productRows(sku: string): readonly Row[] {
  return numberOf(sku) < presentProducts ? [{ sku, title: `title of ${sku}` }] : [];
}

/** From none to four days, in clustering order. */
function orderRows(customer: string): readonly Row[] {
  const number = numberOf(customer);
  if (number >= customers) return [];
  return days
    .slice(0, number % (days.length + 1))
    .map((day) => ({ customer, day, note: `note on ${customer}`, total: `total of ${customer} on ${day}` }));
}

function numberOf(key: string): number {
  return Number(key.slice(key.indexOf('-') + 1));
}

export function pick<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random.next() * choices.length)] as T;
}
