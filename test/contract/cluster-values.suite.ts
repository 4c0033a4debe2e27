import { beforeAll, describe, expect, it } from 'vitest';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { ClusterProbe, ProbedTable } from './cluster-probe.ts';
import { userTypes, valueTypes } from './value-samples.ts';

export function describeValues(probe: () => ClusterProbe): void {
  describe('values', () => {
    // One table for all types: on a real cluster each table costs a second.
    const columns = valueTypes.map(([type], index) => ({ name: `v${index}`, type }));
    let table: ProbedTable;
    beforeAll(async () => {
      for (const type of userTypes) await probe().createType(type);
      table = await probe().createTable({
        name: 'all_values',
        partitionKey: [{ name: 'k', type: 'text' }],
        columns,
      });
    });

    it.each(valueTypes.map(([type, values], index) => ({ type, values, column: `v${index}` })))(
      'come back as they were written: $type',
      async ({ type, values, column }) => {
        for (const [number, value] of values.entries()) {
          const key = `${type} ${number}`;
          await table.insert({ k: key, [column]: value });
          const rows = await table.read([table.key(key)], { columns: [column] });
          expect(rows.map((row) => plain(row.values))).toEqual([[plain(value)]]);
        }
      },
    );

    it('come back null where nothing was written, or null was', async () => {
      const names = columns.map(({ name }) => name);
      await table.insert({ k: 'nothing' });
      await table.insert({ k: 'nulls', ...Object.fromEntries(names.map((name) => [name, null])) });
      for (const key of ['nothing', 'nulls']) {
        const rows = await table.read([table.key(key)], { columns: names });
        expect(rows.map((row) => row.values)).toEqual([names.map(() => null)]);
      }
    });

    it('come back null for a user-defined type that is not frozen and has nothing set', async () => {
      const column = `v${valueTypes.findIndex(([type]) => type === '"Odd ""Type"""')}`;
      await table.insert({ k: 'hollow', [column]: [null, null, null] });
      const rows = await table.read([table.key('hollow')], { columns: [column] });
      expect(rows.map((row) => row.values)).toEqual([[null]]);
    });

    it('come back null for an empty collection that is not frozen', async () => {
      const table = await probe().createTable({
        name: 'empty_collections',
        partitionKey: [{ name: 'k', type: 'int' }],
        columns: [
          { name: 'l', type: 'list<int>' },
          { name: 'm', type: 'map<text, int>' },
          { name: 's', type: 'set<int>' },
        ],
      });
      await table.insert({ k: 1, l: [], m: [], s: [] });
      const rows = await table.read([table.key(1)], { columns: ['l', 'm', 's'] });
      expect(rows.map((row) => row.values)).toEqual([[null, null, null]]);
    });

    it('of sets and maps come in the order of Cassandra, not in that of writing', async () => {
      const table = await probe().createTable({
        name: 'sorted_collections',
        partitionKey: [{ name: 'k', type: 'int' }],
        columns: [
          { name: 's', type: 'set<int>' },
          { name: 'm', type: 'map<text, int>' },
        ],
      });
      const map = [
        ['b', 2],
        ['ž', 3],
        ['a', 1],
      ] as const;
      await table.insert({ k: 1, s: [5, -3, 0], m: map });
      const rows = await table.read([table.key(1)], { columns: ['s', 'm'] });
      expect(rows.map((row) => row.values)).toEqual([
        [
          [-3, 0, 5],
          [
            ['a', 1],
            ['b', 2],
            ['ž', 3],
          ],
        ],
      ]);
    });

    it('stand in the order in which their columns were asked, key columns among them', async () => {
      const table = await probe().createTable({
        name: 'column_order',
        partitionKey: [{ name: 'k', type: 'decimal' }],
        clusteringKey: [{ name: 'c', type: 'int' }],
        columns: [
          { name: 'a', type: 'int' },
          { name: 'b', type: 'text' },
        ],
      });
      const key = { unscaled: 100n, scale: 2 };
      await table.insert({ k: key, c: 4, a: 1, b: 'two' });
      const rows = await table.read([table.key(key)], { columns: ['b', 'k', 'a', 'c'] });
      expect(rows.map((row) => row.values)).toEqual([['two', key, 1, 4]]);
    });

    it('of columns with any name are told apart', async () => {
      const names = [
        '__proto__',
        'constructor',
        'CamelCase',
        'with "quotes"',
        'with space',
        'select',
        "it's",
        'ž',
      ];
      const table = await probe().createTable({
        name: 'OddTable',
        partitionKey: [{ name: 'the "key"', type: 'text' }],
        columns: names.map((name) => ({ name, type: 'text' })),
      });
      const { definition, schema } = table;
      await probe().fixture.insert(definition, [
        ['the "key"', 'k'],
        ...names.map((name) => [name, `value of ${name}`] as const),
      ]);
      expect(new Set(schema.columns.map((column) => column.name))).toEqual(new Set(['the "key"', ...names]));
      const rows = await table.read([table.key('k')], { columns: names });
      expect(rows.map((row) => row.values)).toEqual([names.map((name) => `value of ${name}`)]);
    });
  });
}

/** Buffers and other views of bytes alike. */
function plain(value: CqlValue | readonly CqlValue[]): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(plain);
  return value;
}
