import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { compareValues, orderedDistinct } from '../../../src/core/encoding/value-order.ts';
import { carriedTypes, scalarValues, valuesOf } from './arbitrary-values.ts';

describe('compareValues', () => {
  /** Each row ascends; the comparators of Cassandra 5.0 give the same. */
  const ascending: readonly [string, readonly CqlValue[], string][] = [
    ['int', [-(2 ** 31), -1, 0, 1], 'signed'],
    ['bigint', [-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n], 'signed'],
    ['varint', [-(2n ** 80n), -1n, 0n, 2n ** 80n], 'by worth, whatever the length'],
    ['boolean', [false, true], 'false first'],
    ['date', [-1, 0, 1], 'days'],
    ['timestamp', [-1n, 0n, 1n], 'signed'],
    [
      'double',
      [Number.NEGATIVE_INFINITY, -1, -0, 0, 1, Number.POSITIVE_INFINITY, Number.NaN],
      "as Java's Double.compare",
    ],
    [
      'decimal',
      [
        { unscaled: -1n, scale: -2_000_000_000 },
        { unscaled: -15n, scale: 1 },
        { unscaled: -1n, scale: 0 },
        { unscaled: 0n, scale: 5 },
        { unscaled: 1n, scale: 2_000_000_000 },
        { unscaled: 99n, scale: 2 },
        { unscaled: 1n, scale: 0 },
        { unscaled: 1001n, scale: 3 },
        { unscaled: 12345678901234567890n, scale: 19 },
        { unscaled: 1n, scale: -2_000_000_000 },
      ],
      'by worth, and no exponent is ever written out',
    ],
    [
      'text',
      ['', 'A', 'a', 'aa', 'é', '\ud7ff', '\uffff', '😀'],
      'UTF-8 bytes: code points, not UTF-16 units',
    ],
    [
      'blob',
      [Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(0, 0), Uint8Array.of(0x7f), Uint8Array.of(0x80)],
      'unsigned',
    ],
    ['inet', ['::', '0.0.0.1', 'ff::', '9.0.0.0', '200.0.0.0'], 'bytes, of 4 and of 16 alike'],
    [
      'uuid',
      [
        '00000000-0000-0000-ffff-000000000000',
        'ffffffff-0000-1000-8000-000000000000',
        '00000000-0001-1000-8000-000000000000',
        '00000000-0000-1001-7f00-000000000000',
        '00000000-0000-1001-8000-000000000000',
        '00000000-0000-4000-8000-000000000000',
        'ffffffff-0000-4000-8000-000000000000',
      ],
      'version, then the time of version 1, then unsigned bytes',
    ],
    [
      'timeuuid',
      [
        'ffffffff-0000-1000-8000-000000000000',
        '00000000-0001-1000-8000-000000000000',
        '00000000-0000-1001-8000-000000000000',
        '00000000-0000-1001-ffff-000000000000',
        '00000000-0000-1001-0000-000000000080',
        '00000000-0000-1001-0000-000000000000',
        '00000000-0000-1001-7f00-000000000000',
      ],
      'time, then signed bytes',
    ],
    ['list<int>', [[], [0], [0, 0], [1]], 'element by element, then the shorter first'],
    [
      'map<int, int>',
      [
        [],
        [[0, 1]],
        [
          [0, 1],
          [5, 5],
        ],
        [[0, 2]],
        [[1, 0]],
      ],
      'key, then value, pair by pair',
    ],
    [
      'tuple<int, text>',
      [
        [null, null],
        [null, 'a'],
        [-1, 'b'],
        [1, null],
        [1, ''],
        [1, 'a'],
      ],
      'element by element, null first',
    ],
    [
      'vector<int, 2>',
      [
        [-1, 5],
        [0, -1],
        [0, 1],
      ],
      'element by element',
    ],
    [
      'duration',
      [
        { months: 0, days: 0, nanoseconds: 0n },
        { months: 0, days: 0, nanoseconds: 18_000_000_000_000_000n },
        { months: 0, days: 2, nanoseconds: 0n },
        { months: -1, days: 0, nanoseconds: 0n },
        { months: 1, days: 0, nanoseconds: 0n },
        { months: 200, days: 0, nanoseconds: 0n },
      ],
      'by their bytes: Cassandra 5.0 kept a set of tuples of them so',
    ],
  ];
  test.each(ascending)('orders %s', (name, values) => {
    const type = parseCqlType(name);
    for (const [one, left] of values.entries()) {
      for (const [other, right] of values.entries()) {
        expect(Math.sign(compareValues(type, left, right))).toBe(Math.sign(one - other));
      }
    }
  });

  test('orders text as its UTF-8 bytes', () => {
    fc.assert(
      fc.property(scalarValues.text, scalarValues.text, (one, other) => {
        const order = Buffer.compare(
          nodeText.utf8(one as string) as Buffer,
          nodeText.utf8(other as string) as Buffer,
        );
        expect(Math.sign(compareValues({ kind: 'text' }, one, other))).toBe(order);
      }),
    );
  });

  test('is a total order of every type', () => {
    const triples = carriedTypes.chain((type) =>
      fc.tuple(fc.constant(type), valuesOf(type), valuesOf(type), valuesOf(type)),
    );
    fc.assert(
      fc.property(triples, ([type, a, b, c]) => {
        const sorted = [a, b, c].toSorted((one, other) => compareValues(type, one, other));
        const [least = null, , most = null] = sorted;
        expect(compareValues(type, least, most)).toBeLessThanOrEqual(0);
        expect(Math.sign(compareValues(type, a, b)) + Math.sign(compareValues(type, b, a))).toBe(0);
        expect(compareValues(type, a, a)).toBe(0);
      }),
    );
  });
});

describe('orderedDistinct', () => {
  test('gives back an array that is in order', () => {
    const items = [1, 2, 3];
    expect(orderedDistinct({ kind: 'int' }, items, (item) => item)).toBe(items);
  });

  test('leaves the array that it was given alone', () => {
    const items = [3, 1, 2];
    expect(orderedDistinct({ kind: 'int' }, items, (item) => item)).toEqual([1, 2, 3]);
    expect(items).toEqual([3, 1, 2]);
  });

  test('refuses a value that is there twice, apart or side by side', () => {
    expect(() => orderedDistinct({ kind: 'int' }, [1, 2, 1], (item) => item)).toThrow(ValueFault);
    expect(() => orderedDistinct({ kind: 'int' }, [1, 1], (item) => item)).toThrow(ValueFault);
  });
});
