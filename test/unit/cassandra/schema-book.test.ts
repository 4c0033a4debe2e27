import { describe, expect, it } from 'vitest';
import { createSchemaBook } from '../../../src/adapters/cassandra/schema-book.ts';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { tableOf } from './tables.ts';

/** A schema that tests change under the book. */
function openBook(maxTables?: number) {
  const clock = createFakeClock();
  const tables = new Map<string, () => TableSchema>();
  const reads: string[] = [];
  let broken = false;
  let hanging = false;
  const book = createSchemaBook({
    clock,
    unknownForMs: 1_000,
    ...(maxTables === undefined ? {} : { maxTables }),
    load: async (_keyspace, table) => {
      reads.push(table);
      if (hanging) await new Promise(() => {});
      if (broken) throw new ReplicaError('node-gone');
      return tables.get(table)?.();
    },
  });
  return {
    ...book,
    clock,
    tables,
    reads,
    hang: () => {
      hanging = true;
    },
    breakDown: () => {
      broken = true;
    },
  };
}

const products = () => tableOf({ sku: 'text' });
const widerProducts = () => tableOf({ sku: 'text' }, {}, { title: 'text' });

describe('the schema book', () => {
  it('reads a table once', async () => {
    const { table, tables, reads } = openBook();
    tables.set('products', products);
    const [first, second] = await Promise.all([table('shop', 'products'), table('shop', 'products')]);
    expect(first).toEqual(products());
    expect(second).toBe(first);
    expect(await table('shop', 'products')).toBe(first);
    expect(reads).toEqual(['products']);
  });

  it('reads again after a change, and keeps the object when the content is the same', async () => {
    const { table, tables, reads, expire } = openBook();
    tables.set('products', products);
    const first = await table('shop', 'products');
    expire();
    expect(await table('shop', 'products')).toBe(first);
    expect(reads).toHaveLength(2);
  });

  it('gives a new object for new content', async () => {
    const { table, tables, expire, clock } = openBook();
    tables.set('products', products);
    await table('shop', 'products');
    tables.set('products', widerProducts);
    expire();
    await table('shop', 'products');
    await clock.advance(0);
    expect(await table('shop', 'products')).toEqual(widerProducts());
  });

  it('serves what it knows at once while it reads again: a change elsewhere holds up nobody', async () => {
    const { table, tables, expire, hang } = openBook();
    tables.set('products', products);
    const first = await table('shop', 'products');
    expire();
    hang();
    expect(await table('shop', 'products')).toBe(first);
  });

  it('does not take for new what was read while the schema changed', async () => {
    const { table, tables, reads, expire, clock } = openBook();
    tables.set('products', products);
    const reading = table('shop', 'products');
    tables.set('products', widerProducts);
    expire();
    await reading;
    await table('shop', 'products');
    await clock.advance(0);
    expect(await table('shop', 'products')).toEqual(widerProducts());
    expect(reads).toHaveLength(2);
  });

  it('takes an unknown table to be unknown for a short time only', async () => {
    const { table, tables, reads, clock } = openBook();
    expect(await table('shop', 'products')).toBeUndefined();
    tables.set('products', products);
    await clock.advance(999);
    expect(await table('shop', 'products')).toBeUndefined();
    expect(reads).toHaveLength(1);
    await clock.advance(1);
    expect(await table('shop', 'products')).toEqual(products());
  });

  it('forgets a table that was dropped', async () => {
    const { table, tables, expire, clock } = openBook();
    tables.set('products', products);
    await table('shop', 'products');
    tables.delete('products');
    expire();
    await table('shop', 'products');
    await clock.advance(0);
    expect(await table('shop', 'products')).toBeUndefined();
  });

  it('serves what it knows while the schema cannot be read', async () => {
    const { table, tables, expire, breakDown } = openBook();
    tables.set('products', products);
    const first = await table('shop', 'products');
    expire();
    breakDown();
    expect(await table('shop', 'products')).toBe(first);
    await expect(table('shop', 'orders')).rejects.toBeInstanceOf(ReplicaError);
  });

  it('remembers no more tables than it may, and forgets the one unused for longest', async () => {
    const { table, reads } = openBook(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await table('shop', name);
    expect(reads).toEqual(['a', 'b', 'c', 'b']);
  });
});
