import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listGroups } from '../../../src/adapters/cassandra/list-groups.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { bytesFromValue } from '../../../src/core/encoding/value-bytes.ts';
import { tableOf } from './tables.ts';

/** How many keys each group has, the largest first. */
function groupSizes(cqlType: string, keys: readonly Uint8Array[]): number[] {
  const table = tableOf({ k: cqlType });
  const groups = listGroups(
    { table, keyColumns: table.partitionKey, columns: [] },
    keys.map((key) => [key]),
  );
  return groups.map((group) => group.length).sort((a, b) => b - a);
}

const stored = (cqlType: string, values: readonly CqlValue[]): Uint8Array[] =>
  values.map((value) => bytesFromValue(parseCqlType(cqlType), value, nodeText));

const bytes = (...octets: number[]): Uint8Array => Uint8Array.from(octets);
const ipv4Mapped = bytes(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4);

const cases: readonly (readonly [
  why: string,
  cqlType: string,
  keys: readonly Uint8Array[],
  sizes: readonly number[],
])[] = [
  ['texts share a list', 'text', [bytes(1), bytes(2), bytes(3)], [3]],
  [
    'decimals of one scale share a list',
    'decimal',
    stored('decimal', [
      { unscaled: 1n, scale: 2 },
      { unscaled: 2n, scale: 2 },
    ]),
    [2],
  ],
  [
    '1.0 and 1.00 do not',
    'decimal',
    stored('decimal', [
      { unscaled: 10n, scale: 1 },
      { unscaled: 100n, scale: 2 },
    ]),
    [1, 1],
  ],
  [
    'a decimal with a leading zero byte is alone',
    'decimal',
    [bytes(0, 0, 0, 1, 5), bytes(0, 0, 0, 1, 0, 5), bytes(0, 0, 0, 1, 6)],
    [2, 1],
  ],
  ['varints share a list', 'varint', stored('varint', [0n, 127n, 128n, -128n, -129n]), [5]],
  [
    'a varint with a leading sign byte is alone',
    'varint',
    [bytes(5), bytes(6), bytes(0, 5), bytes(0xff, 0x80)],
    [2, 1, 1],
  ],
  ['addresses of both lengths share a list', 'inet', stored('inet', ['1.2.3.4', '::1', '1.2.3.5']), [3]],
  ['a mapped address is alone', 'inet', [ipv4Mapped, ...stored('inet', ['1.2.3.4', '1.2.3.5'])], [2, 1]],
  ['both zeros share a list', 'double', stored('double', [0, -0, 1]), [3]],
  ['what is not a number is alone', 'double', stored('double', [NaN, 1, 2]), [2, 1]],
  ['the same for float', 'float', stored('float', [NaN, 1, 2, -0]), [3, 1]],
  ['a boolean of another byte than 0 and 1 is alone', 'boolean', [bytes(0), bytes(1), bytes(2)], [2, 1]],
  ['an empty value is alone', 'varint', [bytes(), bytes(1)], [1, 1]],
  [
    'lists of what survives a list share one',
    'frozen<list<int>>',
    stored('frozen<list<int>>', [[1], [2]]),
    [2],
  ],
  [
    'lists of what does not are alone',
    'frozen<map<int, decimal>>',
    stored('frozen<map<int, decimal>>', [[], [[1, { unscaled: 1n, scale: 1 }]]]),
    [1, 1],
  ],
  [
    'tuples of what survives a list share one',
    'frozen<tuple<int, text>>',
    stored('frozen<tuple<int, text>>', [
      [1, 'a'],
      [1, null],
    ]),
    [2],
  ],
  [
    'tuples that hold 1.0 and 1.00 are alone',
    'frozen<tuple<decimal>>',
    stored('frozen<tuple<decimal>>', [[{ unscaled: 10n, scale: 1 }], [{ unscaled: 100n, scale: 2 }]]),
    [1, 1],
  ],
  [
    'vectors of numbers that may be NaN are alone',
    'vector<float, 1>',
    stored('vector<float, 1>', [[1], [NaN]]),
    [1, 1],
  ],
  ['other vectors share a list', 'vector<int, 1>', stored('vector<int, 1>', [[1], [2]]), [2]],
];

describe('keys that may share one IN', () => {
  it.each(cases)('%s', (_why, cqlType, keys, sizes) => {
    expect(groupSizes(cqlType, keys)).toEqual(sizes);
  });

  it('are all there, once, whatever their bytes', () => {
    const types = fc.constantFrom(
      'text',
      'decimal',
      'varint',
      'inet',
      'double',
      'float',
      'boolean',
      'frozen<set<inet>>',
    );
    const keysOf = fc.uniqueArray(fc.uint8Array({ maxLength: 20 }), {
      minLength: 1,
      selector: (key) => key.join(),
    });
    fc.assert(
      fc.property(types, keysOf, (cqlType, keys) => {
        const table = tableOf({ k: cqlType });
        const groups = listGroups(
          { table, keyColumns: table.partitionKey, columns: [] },
          keys.map((key) => [key]),
        );
        expect(groups.flatMap((group) => group.map(([key]) => key?.join())).sort()).toEqual(
          keys.map((key) => key.join()).sort(),
        );
      }),
    );
  });
});
