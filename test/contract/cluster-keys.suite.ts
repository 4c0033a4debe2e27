import { beforeAll, describe, expect, it } from 'vitest';
import type { CqlDecimal, CqlValue } from '../../src/core/encoding/cql-value.ts';
import { type ClusterProbe, identityOf, valuesByKey } from './cluster-probe.ts';

const uuid1 = '58e0a7d7-eebc-11d8-9669-0800200c9a66';

function decimal(unscaled: bigint, scale: number): CqlDecimal {
  return { unscaled, scale };
}

/** Keys that decoding and encoding again, or comparing by worth, would confuse. */
const keyTypes: readonly (readonly [type: string, why: string, keys: readonly CqlValue[]])[] = [
  [
    'text',
    'NUL, non-ASCII, beyond the BMP',
    ['plain', 'a\0b', 'žluťoučký', '\u{1d11e}', ' ', 'A'.repeat(300)],
  ],
  ['ascii', 'plain bytes', ['a', 'A', '\0', '~']],
  [
    'blob',
    'high bytes, lengths around a block of the hash',
    [Uint8Array.of(0), Uint8Array.of(0xff), Uint8Array.of(0x80, 0), new Uint8Array(17).fill(0x81)],
  ],
  ['boolean', 'one byte', [true, false]],
  ['tinyint', 'both ends', [0, -1, 127, -128]],
  ['smallint', 'both ends', [0, -1, 32_767, -32_768]],
  ['int', 'both ends', [0, -1, 2_147_483_647, -2_147_483_648]],
  ['bigint', 'beyond 2^53', [0n, -1n, 9_007_199_254_740_993n, 2n ** 63n - 1n, -(2n ** 63n)]],
  ['varint', 'around the ends of a byte', [0n, -1n, 127n, 128n, 255n, -128n, -129n, 2n ** 80n, -(2n ** 80n)]],
  [
    'decimal',
    '1.0 and 1.00 are two keys, whose worth is equal',
    [
      decimal(10n, 1),
      decimal(100n, 2),
      decimal(1n, 0),
      decimal(0n, 0),
      decimal(0n, 5),
      decimal(-5n, 1),
      decimal(1n, -10),
    ],
  ],
  ['float', 'both zeros, NaN, infinities', [0, -0, 1.5, NaN, Infinity, -Infinity]],
  ['double', 'both zeros, NaN, infinities', [0, -0, 0.1, NaN, Infinity, -Infinity, 5e-324]],
  [
    'timestamp',
    'before the epoch, and beyond what a Date holds',
    [0n, -1n, 1_767_225_600_000n, 9_000_000_000_000_000n],
  ],
  ['date', 'both ends', [0, -719_528, 20_454, 2_147_483_647, -2_147_483_648]],
  ['time', 'both ends', [0n, 1n, 86_399_999_999_999n]],
  [
    'uuid',
    'versions 4 and 1',
    ['00000000-0000-0000-0000-000000000000', 'f47ac10b-58cc-4372-a567-0e02b2c3d479', uuid1],
  ],
  ['timeuuid', 'high bytes behind the time', [uuid1, '50554d6e-29bb-11e5-b345-feff819cdc9f']],
  ['inet', 'four and sixteen bytes', ['127.0.0.1', '255.255.255.255', '::1', '::', '2001:db8::ff00:42:8329']],
  ['frozen<list<int>>', 'order counts, empty is a key', [[], [1], [1, 2], [2, 1]]],
  ['frozen<set<text>>', 'several elements', [['a'], ['a', 'b'], ['ž']]],
  [
    'frozen<map<text, int>>',
    'values count',
    [
      [['a', 1]],
      [['a', 2]],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
  ],
  ['frozen<list<decimal>>', 'the worth of an element is equal', [[decimal(10n, 1)], [decimal(100n, 2)]]],
  [
    'frozen<tuple<int, text>>',
    'null is not empty',
    [
      [1, null],
      [1, ''],
      [null, 'a'],
      [null, null],
    ],
  ],
  [
    'frozen<tuple<decimal, int>>',
    'the worth of an element is equal',
    [
      [decimal(10n, 1), 1],
      [decimal(100n, 2), 1],
    ],
  ],
  [
    'vector<float, 2>',
    'both zeros, NaN',
    [
      [0, 1],
      [-0, 1],
      [NaN, NaN],
    ],
  ],
  [
    'vector<text, 2>',
    'where one text ends counts',
    [
      ['a', 'bc'],
      ['ab', 'c'],
      ['', ''],
    ],
  ],
  [
    'frozen<"Key ""Type""">',
    'fields that an object would lose',
    [
      [1, ['a']],
      [1, null],
      [null, ['a']],
      [-1, ['b']],
    ],
  ],
  [
    'frozen<list<frozen<"Key ""Type""">>>',
    'within a list',
    [
      [],
      [[1, ['a']]],
      [
        [1, ['a']],
        [1, null],
      ],
    ],
  ],
  ['frozen<map<frozen<tuple<int>>, vector<int, 1>>>', 'within a map', [[[[1], [2]]], [[[1], [3]]]]],
];

export function describeKeys(probe: () => ClusterProbe): void {
  describe('key bytes', () => {
    beforeAll(async () => {
      await probe().createType({
        name: 'Key "Type"',
        fields: [
          { name: '__proto__', type: 'int' },
          { name: 'Any: "name"', type: 'frozen<tuple<text>>' },
        ],
      });
    });

    it.each(keyTypes.map(([type, why, keys], index) => ({ type, why, keys, index })))(
      'finds each row under exactly its own key: $type ($why)',
      async ({ type, keys, index }) => {
        const table = await probe().createTable({
          name: `key_${index}`,
          partitionKey: [{ name: 'k', type }],
          columns: [{ name: 'v', type: 'int' }],
        });
        for (const [number, key] of keys.entries()) await table.insert({ k: key, v: number });
        const asked = keys.map((key) => table.key(key));
        const expected = asked.map((key, number) => [identityOf(key), [[number]]] as const);

        expect(valuesByKey(await table.read(asked))).toEqual(new Map(expected));
        for (const [number, key] of asked.entries()) {
          expect(valuesByKey(await table.read([key]))).toEqual(new Map([[identityOf(key), [[number]]]]));
        }
      },
    );

    it('gives no row for keys that do not exist', async () => {
      const table = await probe().createTable({
        name: 'missing_keys',
        partitionKey: [{ name: 'k', type: 'text' }],
        columns: [{ name: 'v', type: 'int' }],
      });
      await table.insert({ k: 'here', v: 1 });
      expect(await table.read([table.key('nowhere')])).toEqual([]);
      const rows = await table.read([table.key('nowhere'), table.key('here'), table.key('nor here')]);
      expect(valuesByKey(rows)).toEqual(new Map([[identityOf(table.key('here')), [[1]]]]));
    });

    it('finds a row whose columns beside the key are all unset', async () => {
      const table = await probe().createTable({
        name: 'bare_rows',
        partitionKey: [{ name: 'k', type: 'text' }],
        columns: [{ name: 'v', type: 'int' }],
      });
      await table.insert({ k: 'bare' });
      expect(valuesByKey(await table.read([table.key('bare')]))).toEqual(
        new Map([[identityOf(table.key('bare')), [[null]]]]),
      );
    });

    it('reads composite keys that differ in their last component with one message', async () => {
      const table = await probe().createTable({
        name: 'composite_keys',
        partitionKey: [
          { name: 'region', type: 'text' },
          { name: 'day', type: 'date' },
          { name: 'shelf', type: 'int' },
        ],
        columns: [{ name: 'v', type: 'int' }],
      });
      for (const region of ['north', 'south']) {
        for (const shelf of [1, 2, 3]) {
          await table.insert({ region, day: 20_000, shelf, v: shelf * (region === 'north' ? 10 : 100) });
        }
      }
      const keys = [1, 3, 4].map((shelf) => table.key('south', 20_000, shelf));
      const rows = await table.read(keys);
      const [first = [], third = []] = keys;
      expect(valuesByKey(rows)).toEqual(
        new Map([
          [identityOf(first), [[100]]],
          [identityOf(third), [[300]]],
        ]),
      );
      expect(valuesByKey(await table.read([first]))).toEqual(new Map([[identityOf(first), [[100]]]]));
    });

    it('answers a key given twice in one message once', async () => {
      const table = await probe().createTable({
        name: 'double_keys',
        partitionKey: [{ name: 'k', type: 'int' }],
        columns: [{ name: 'v', type: 'int' }],
      });
      await table.insert({ k: 7, v: 70 });
      expect(await table.read([table.key(7), table.key(7)])).toHaveLength(1);
    });
  });
}
