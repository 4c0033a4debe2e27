import { beforeAll, describe, expect, it } from 'vitest';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { ClusterProbe, ProbedTable } from './cluster-probe.ts';

const valueTypes: readonly (readonly [type: string, values: readonly CqlValue[]])[] = [
  ['ascii', ['', 'plain']],
  ['bigint', [0n, -(2n ** 63n), 2n ** 63n - 1n]],
  ['blob', [Uint8Array.of(), Uint8Array.of(0, 0x80, 0xff)]],
  ['boolean', [true, false]],
  ['date', [0, -719_528, 20_454, 2_147_483_647, -2_147_483_648]],
  [
    'decimal',
    [
      { unscaled: 110n, scale: 2 },
      { unscaled: -1n, scale: -20 },
      { unscaled: 0n, scale: 9 },
    ],
  ],
  ['double', [0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE]],
  ['float', [0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['inet', ['10.1.2.3', '2001:db8::1', '::']],
  ['int', [0, 2_147_483_647, -2_147_483_648]],
  ['smallint', [0, 32_767, -32_768]],
  ['text', ['', 'a\0b', 'ž', '\u{1d11e}', '"quoted" \\ {"json":1}']],
  ['time', [0n, 86_399_999_999_999n]],
  ['timestamp', [0n, -1n, -62_198_755_200_000n, 8_640_000_000_000_000n]],
  ['timeuuid', ['58e0a7d7-eebc-11d8-9669-0800200c9a66']],
  ['tinyint', [0, 127, -128]],
  ['uuid', ['f47ac10b-58cc-4372-a567-0e02b2c3d479', '00000000-0000-0000-0000-000000000000']],
  ['varint', [0n, -1n, 128n, -129n, 10n ** 40n]],
  ['list<int>', [[3, 1, 2, 1]]],
  ['set<int>', [[-1, 0, 5]]],
  ['set<text>', [['a', 'b', 'ž']]],
  [
    'map<text, int>',
    [
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
  ],
  [
    'map<int, text>',
    [
      [
        [-1, 'minus'],
        [7, 'seven'],
      ],
    ],
  ],
  [
    'map<text, text>',
    [
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    ],
  ],
  ['frozen<list<text>>', [[], ['x', '']]],
  [
    'map<text, frozen<list<int>>>',
    [
      [
        ['empty', []],
        ['two', [1, 2]],
      ],
    ],
  ],
  ['set<blob>', [[Uint8Array.of(0), Uint8Array.of(0xff)]]],
  ['map<uuid, timestamp>', [[['f47ac10b-58cc-4372-a567-0e02b2c3d479', 5n]]]],
  ['list<frozen<map<text, decimal>>>', [[[['price', { unscaled: 990n, scale: 2 }]]]]],
];

export function describeValues(probe: () => ClusterProbe): void {
  describe('values', () => {
    // One table for all types: on a real cluster each table costs a second.
    const columns = valueTypes.map(([type], index) => ({ name: `v${index}`, type }));
    let table: ProbedTable;
    beforeAll(async () => {
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
