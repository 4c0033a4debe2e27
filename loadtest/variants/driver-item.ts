import type { Client, types } from 'cassandra-driver';
import { type Item, itemColumns, keyspace, table } from '../dataset.ts';

export const selectItems = `SELECT ${itemColumns.join(', ')} FROM ${keyspace}.${table} WHERE id`;

/** A row of the driver with its values as Weir writes them to JSON. */
export function itemFromRow(row: types.Row): Item {
  const { id, title, body, price, stock } = row as unknown as Record<string, unknown>;
  return {
    id: String(id),
    title: String(title),
    body: String(body),
    price: String(price),
    stock: Number(stock),
  };
}

export function readRows(client: Client, query: string, key: unknown): Promise<types.ResultSet> {
  return client.execute(query, [key], { prepare: true, isIdempotent: true });
}
