import { describe, expect, test } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { CqlType } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { bytesFromValue, valueFromBytes } from '../../../src/core/encoding/value-bytes.ts';

/** The bytes are what Cassandra 5.0 stored for literals of these values. */
describe('bytes of durations, tuples and vectors', () => {
  const golden: readonly [string, CqlValue, string, string][] = [
    ['duration', { months: 0, days: 0, nanoseconds: 0n }, '000000', 'three numbers of variable length'],
    [
      'duration',
      { months: 14, days: 25, nanoseconds: 18_367_008_009_010n },
      '1c32fc2168cdf9d664',
      'as Cassandra 5.0 stored 1y2mo3w4d5h6m7s8ms9us10ns',
    ],
    ['duration', { months: 200, days: 0, nanoseconds: 0n }, '81900000', 'as Cassandra 5.0 stored 200mo'],
    ['duration', { months: -1, days: 0, nanoseconds: 0n }, '010000', 'a sign in the last bit'],
    ['tuple<int, text>', [1, null], '0000000400000001ffffffff', 'null in a tuple has a length of -1'],
    [
      'vector<float, 3>',
      [1, 2, 3],
      '3f8000004000000040400000',
      'elements of a fixed length have none written',
    ],
    ['vector<text, 2>', ['a', 'bb'], '0161026262', 'others do'],
    ['vector<smallint, 2>', [1, 2], '020001020002', 'a smallint has no fixed length to Cassandra'],
    ['vector<date, 1>', [18_262], '0480004756', 'nor has a date'],
    ['vector<time, 1>', [3_600_000_000_000n], '080000034630b8a000', 'nor a time'],
    ['vector<boolean, 2>', [true, false], '0100', 'a boolean has'],
    [
      'vector<vector<int, 2>, 2>',
      [
        [1, 2],
        [3, 4],
      ],
      '00000001000000020000000300000004',
      'and a vector of what has',
    ],
    [
      'vector<vector<text, 2>, 2>',
      [
        ['a', 'b'],
        ['c', ''],
      ],
      '040161016203016300',
      'but no other',
    ],
  ];
  test.each(golden)('writes %s %s as %s, and reads them back: %s', (name, value, hex) => {
    const type = parseCqlType(name);
    expect(Buffer.from(bytesFromValue(type, value, nodeText)).toString('hex')).toBe(hex);
    expect(valueFromBytes(type, Buffer.from(hex, 'hex'), nodeText)).toEqual(value);
  });

  test('reads the known fields of a user-defined type that has got more since', () => {
    const type: CqlType = {
      kind: 'udt',
      keyspace: 'shop',
      name: 'address',
      fields: [{ name: 'zip', type: { kind: 'int' } }],
    };
    const bytes = Buffer.from('00000004000000070000000161', 'hex');
    expect(valueFromBytes(type, bytes, nodeText)).toEqual([7]);
  });
});
