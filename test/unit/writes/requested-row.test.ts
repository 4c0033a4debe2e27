import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { products } from '../../support/scripted-cluster.ts';
import { keyText } from '../../support/scripted-writes.ts';
import { column, orders, parse, pointers, refusal, values } from './write-bodies.ts';

describe('the rows of a write', () => {
  it('come in order, with what each does', () => {
    const { rows } = parse(
      {
        rows: [
          { values: { customer: 'ann', day: 'd', no: '1', note: 'x', region: null }, ttlSeconds: 60 },
          { values: { customer: 'ann', region: 'north' } },
          { values: { customer: 'ann', day: 'd', no: '2' } },
          { delete: { customer: 'ann', day: 'd', no: '3' } },
          { deletePartition: { customer: 'bob' } },
        ],
      },
      { table: orders },
    );
    const told = rows.map((row) => {
      const cells = [...row.cells].map(([{ name }, cell]) => [name, cell && nodeText.fromUtf8(cell)]);
      return [row.kind, keyText(row), Object.fromEntries(cells), row.ttlSeconds];
    });
    expect(told).toEqual([
      ['upsert', 'ann|d|1', { note: 'x', region: null }, 60],
      ['upsert', 'ann', { region: 'north' }, undefined],
      ['upsert', 'ann|d|2', {}, undefined],
      ['delete-row', 'ann|d|3', {}, undefined],
      ['delete-partition', 'bob', {}, undefined],
    ]);
  });

  it('deletePartition is delete where there is no clustering key', () => {
    const { rows } = parse({ rows: [{ delete: { sku: 'a' } }, { deletePartition: { sku: 'a' } }] });
    expect(rows.map(({ kind }) => kind)).toEqual(['delete-row', 'delete-row']);
  });

  it('take values in the forms of a look-up', () => {
    const [row] = parse(values({ labels: ['b', 'a'], stock: '7', parts: { add: 1 } })).rows;
    const cells = new Map([...(row?.cells ?? [])].map(([{ name }, cell]) => [name, cell]));
    expect(cells.get('stock')).toEqual(Uint8Array.of(0, 0, 0, 7));
    expect(cells.get('labels')).toEqual(Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 1, 97, 0, 0, 0, 1, 98));
    expect(cells.get('parts')).toHaveLength(4 + 4 + 3 + 4 + 4);
  });

  it('have the columns of the key also where others are granted', () => {
    const { rows } = parse(values({ stock: 1 }), { columns: ['stock'] });
    expect(rows).toHaveLength(1);
  });
});

describe('a row that is malformed', () => {
  const rowOf = (row: unknown) => ({ rows: [{ values: { sku: 'ok' } }, row] });

  it.each([
    [rowOf(7), ['/rows/1']],
    [rowOf(null), ['/rows/1']],
    [rowOf({}), ['/rows/1']],
    [rowOf({ values: { sku: 'a' }, delete: { sku: 'a' } }), ['/rows/1']],
    [rowOf({ values: 'a' }), ['/rows/1/values']],
    [rowOf({ values: {} }), ['/rows/1/values/sku']],
    [rowOf({ values: { sku: null } }), ['/rows/1/values/sku']],
    [rowOf({ values: { sku: 7 } }), ['/rows/1/values/sku']],
    [rowOf({ values: { sku: '' } }), ['/rows/1/values']],
    [
      rowOf({ values: { sku: 'a', stock: 'many', labels: 'a' } }),
      ['/rows/1/values/stock', '/rows/1/values/labels'],
    ],
    [rowOf({ values: { sku: 'a', labels: [null] } }), ['/rows/1/values/labels']],
    [rowOf({ values: { sku: 'a' }, ttl: 5 }), ['/rows/1/ttl']],
    [rowOf({ values: { sku: 'a' }, ttlSeconds: 0 }), ['/rows/1/ttlSeconds']],
    [rowOf({ values: { sku: 'a' }, ttlSeconds: 1.5 }), ['/rows/1/ttlSeconds']],
    [rowOf({ values: { sku: 'a' }, ttlSeconds: '60' }), ['/rows/1/ttlSeconds']],
    [rowOf({ values: { sku: 'a' }, ttlSeconds: 630_720_001 }), ['/rows/1/ttlSeconds']],
    [rowOf({ delete: { sku: 'a' }, ttlSeconds: 60 }), ['/rows/1/ttlSeconds']],
    [rowOf({ delete: 'a' }), ['/rows/1/delete']],
    [rowOf({ delete: {} }), ['/rows/1/delete/sku']],
    [rowOf({ delete: { sku: 'a', title: 'b' } }), ['/rows/1/delete/title']],
    [rowOf({ deletePartition: { sku: null } }), ['/rows/1/deletePartition/sku']],
  ])('is told by pointer: %j', (body, expected) => {
    const error = refusal(body);
    expect(error.slug).toBe('invalid-request');
    expect(pointers(error)).toEqual(expected);
  });

  it('has a key that is too long', () => {
    const fits = { rows: [{ values: { sku: 'x'.repeat(65_535) } }] };
    expect(parse(fits).rows).toHaveLength(1);
    const error = refusal({ rows: [{ values: { sku: 'x'.repeat(65_536) } }] });
    expect(error.slug).toBe('invalid-request');
    expect(pointers(error)).toEqual(['/rows/0/values/sku']);
  });

  it.each([
    [{ values: { customer: 'a', note: 'x' } }, ['/rows/0/values/day', '/rows/0/values/no']],
    [{ values: { customer: 'a' } }, ['/rows/0/values/day', '/rows/0/values/no']],
    [{ values: { customer: 'a', region: 'x', note: 'y' } }, ['/rows/0/values/day', '/rows/0/values/no']],
    [{ values: { customer: 'a', day: 'd', region: 'x' } }, ['/rows/0/values/no']],
    [{ values: { day: 'd', no: '1' } }, ['/rows/0/values/customer']],
    [{ delete: { customer: 'a', day: 'd' } }, ['/rows/0/delete/no']],
    [{ deletePartition: { customer: 'a', day: 'd' } }, ['/rows/0/deletePartition/day']],
  ])('does not name a row or a partition: %j', (row, expected) => {
    const error = refusal({ rows: [row] }, { table: orders });
    expect(error.slug).toBe('invalid-request');
    expect(pointers(error)).toEqual(expected);
  });

  it('deletes no partition by accident, and says how to do it', () => {
    const error = refusal({ rows: [{ delete: { customer: 'a' } }] }, { table: orders });
    expect(error.faults).toEqual([
      { pointer: '/rows/0/delete', detail: expect.stringContaining('deletePartition') },
    ]);
  });
});

describe('a row that asks for what is not offered', () => {
  it.each([
    [{ rows: [{ values: { sku: 'a' }, ifNotExists: true }] }, '/rows/0/ifNotExists', 'conditional'],
    [{ rows: [{ delete: { sku: 'a' }, ifExists: true }] }, '/rows/0/ifExists', 'conditional'],
    [{ rows: [{ values: { sku: 'a' }, if: { stock: 1 } }] }, '/rows/0/if', 'conditional'],
    [values({ notes: { append: ['x'] } }), '/rows/0/values/notes', 'written whole'],
    [values({ notes: { prepend: ['x'] } }), '/rows/0/values/notes', 'written whole'],
    [values({ labels: { add: ['x'] } }), '/rows/0/values/labels', 'written whole'],
    [values({ labels: { remove: ['x'] } }), '/rows/0/values/labels', 'written whole'],
    [values({ nowhere: 1 }), '/rows/0/values/nowhere', 'unknown column'],
    [values({ shape: 'round' }), '/rows/0/values/shape', 'not supported'],
  ])('is impossible: %j', (body, pointer, why) => {
    const error = refusal(body);
    expect(error.slug).toBe('impossible');
    expect(error.faults).toEqual([{ pointer, detail: expect.stringContaining(why) }]);
  });

  it('is told what is malformed first', () => {
    const error = refusal({ rows: [{ values: { sku: 'a', nowhere: 1 } }, 7] });
    expect(error.slug).toBe('invalid-request');
    expect(pointers(error)).toEqual(['/rows/1']);
  });

  it.each(['stock', 'nowhere'])('does not tell %s, which is not granted, from what is not there', (name) => {
    const error = refusal(values({ [name]: 1 }), { columns: ['title'] });
    expect(error.faults).toEqual([{ pointer: `/rows/0/values/${name}`, detail: 'unknown column' }]);
  });

  it.each(['delete', 'deletePartition'])('may not %s with a grant of single columns', (form) => {
    const error = refusal({ rows: [{ [form]: { sku: 'a' } }] }, { columns: ['title', 'stock'] });
    expect(error.slug).toBe('impossible');
    expect(pointers(error)).toEqual([`/rows/0/${form}`]);
  });

  it('is refused for a table with counters, whatever it does', () => {
    const counters = { ...products, columns: [...products.columns, column('hits', 'counter')] };
    for (const row of [{ values: { sku: 'a', hits: 1 } }, { delete: { sku: 'a' } }]) {
      const error = refusal({ rows: [row] }, { table: counters });
      expect(error.slug).toBe('impossible');
      expect(error.detail).toContain('counters');
      expect(pointers(error)).toEqual(['/rows']);
    }
  });
});
