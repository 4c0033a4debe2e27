import cassandra from 'cassandra-driver';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { CqlType, ScalarName } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { CqlDecimal, CqlDuration, CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { bytesFromValue, valueFromBytes } from '../../../src/core/encoding/value-bytes.ts';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import { scalarNames, scalarValues, typedValues } from './arbitrary-values.ts';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const toHex = (type: string, value: CqlValue) => hexOf(bytesFromValue(parseCqlType(type), value, nodeText));
const fromHex = (type: string, hex: string) =>
  valueFromBytes(parseCqlType(type), Buffer.from(hex, 'hex'), nodeText);

const { types } = cassandra;
const encoder = new (
  cassandra as unknown as { Encoder: new (version: number, options: object) => DriverEncoder }
).Encoder(4, {});
interface DriverEncoder {
  encode(value: unknown, type: object): Buffer;
}

/** Some constructors take what the driver's declarations leave out. */
const construct = (driverClass: new (...args: never[]) => object, ...args: unknown[]) =>
  Reflect.construct(driverClass, args);

/** The value as the driver takes it. */
const driverValues: Partial<Record<ScalarName, (value: CqlValue) => unknown>> = {
  bigint: (value) => types.Long.fromString(`${value}`),
  counter: (value) => types.Long.fromString(`${value}`),
  varint: (value) => types.Integer.fromString(`${value}`),
  decimal: (value) => {
    const { unscaled, scale } = value as CqlDecimal;
    return construct(types.BigDecimal, types.Integer.fromString(`${unscaled}`), scale);
  },
  blob: (value) => Buffer.from(value as Uint8Array),
  uuid: (value) => types.Uuid.fromString(value as string),
  timeuuid: (value) => types.TimeUuid.fromString(value as string),
  inet: (value) => types.InetAddress.fromString(value as string),
  timestamp: (value) => new Date(Number(value as bigint)),
  date: (value) => construct(types.LocalDate, value),
  time: (value) => new types.LocalTime(types.Long.fromString(`${value}`)),
  duration: (value) => {
    const { months, days, nanoseconds } = value as CqlDuration;
    return new types.Duration(months, days, types.Long.fromString(`${nanoseconds}`));
  },
};
/** Beyond these the driver has no value to give. */
const driverRange: Partial<Record<ScalarName, (value: CqlValue) => boolean>> = {
  date: (value) => Math.abs(value as number) < 2 ** 31 - 1,
  inet: (value) => !(value as string).startsWith('::ffff:'),
};

describe('bytesFromValue', () => {
  test.each(scalarNames)('agrees with the driver on %s', (kind) => {
    fc.assert(
      fc.property(scalarValues[kind].filter(driverRange[kind] ?? (() => true)), (value) => {
        const given = driverValues[kind]?.(value) ?? value;
        const expected = encoder.encode(given, { code: types.dataTypes[kind === 'text' ? 'varchar' : kind] });
        expect(hexOf(bytesFromValue({ kind }, value, nodeText))).toBe(hexOf(expected));
      }),
    );
  });

  test('agrees with the driver on a map of lists', () => {
    const type = parseCqlType('map<text, frozen<list<int>>>');
    const code = types.dataTypes;
    const info = [{ code: code.varchar }, { code: code.list, info: { code: code.int } }];
    const expected = encoder.encode({ a: [1, -1], b: [7] }, { code: code.map, info });
    expect(
      hexOf(
        bytesFromValue(
          type,
          [
            ['a', [1, -1]],
            ['b', [7]],
          ],
          nodeText,
        ),
      ),
    ).toBe(hexOf(expected));
  });

  const golden: readonly [string, CqlValue, string, string][] = [
    ['varint', 0n, '00', 'zero has a byte'],
    ['varint', 128n, '0080', 'a byte for the sign'],
    ['varint', -128n, '80', 'no byte more than needed'],
    ['varint', -129n, 'ff7f', 'below one byte'],
    ['decimal', { unscaled: 10n, scale: 1 }, '000000010a', '1.0'],
    ['decimal', { unscaled: 100n, scale: 2 }, '0000000264', '1.00 is another key than 1.0'],
    ['decimal', { unscaled: -1n, scale: -3 }, 'fffffffdff', 'a scale below zero'],
    ['date', 0, '80000000', 'the epoch is the middle'],
    ['date', -(2 ** 31), '00000000', 'the first day'],
    ['float', -0, '80000000', 'the sign of zero is kept'],
    ['double', Number.NaN, '7ff8000000000000', 'as Java writes it'],
    ['inet', '::ffff:192.0.2.1', '00000000000000000000ffffc0000201', 'a mapped address stays 16 bytes'],
    ['text', 'é😀', 'c3a9f09f9880', 'UTF-8'],
    ['list<int>', [], '00000000', 'no elements'],
    ['set<text>', ['b', 'a'], '0000000200000001610000000162', 'a set is sorted'],
    [
      'map<int, int>',
      [
        [2, 0],
        [-1, 0],
      ],
      '0000000200000004ffffffff000000040000000000000004000000020000000400000000',
      'a map by key',
    ],
    ['list<text>', ['b', 'a'], '0000000200000001620000000161', 'a list is not'],
  ];
  test.each(golden)('writes %s %s as %s: %s', (type, value, hex) => {
    expect(toHex(type, value)).toBe(hex);
  });

  const refused: readonly [string, CqlValue, string][] = [
    ['int', null, 'null has no bytes'],
    ['int', 2 ** 31, 'out of range'],
    ['int', 1.5, 'not whole'],
    ['int', '1', 'a string is no int'],
    ['tinyint', 128, 'out of range'],
    ['bigint', 2n ** 63n, 'out of range'],
    ['bigint', 1, 'a number is no bigint'],
    ['time', -1n, 'before midnight'],
    ['time', 86_400_000_000_000n, 'the day has ended'],
    ['date', 2 ** 31, 'out of range'],
    ['decimal', { unscaled: 1n, scale: 2 ** 31 }, 'a scale is 32 bits'],
    ['decimal', { unreadable: 'x' }, 'not decoded'],
    ['boolean', 1, 'no number is a boolean'],
    ['text', 5, 'no number is a text'],
    ['blob', '0x00', 'a blob is bytes by now'],
    ['uuid', '00000000-0000', 'too short'],
    ['inet', 'localhost', 'no name'],
    ['list<int>', [null], 'null has no bytes within a collection either'],
    ['list<int>', 5, 'no collection'],
    ['map<int, int>', [5], 'no pair'],
    ['set<int>', [1, 1], 'a set holds a value once'],
    [
      'set<decimal>',
      [
        { unscaled: 10n, scale: 1 },
        { unscaled: 100n, scale: 2 },
      ],
      'of one worth to Cassandra',
    ],
    [
      'map<text, int>',
      [
        ['a', 1],
        ['a', 2],
      ],
      'a map holds a key once',
    ],
    ['duration', 'x', 'no duration'],
    ['duration', { months: 1, days: -1, nanoseconds: 0n }, 'of both signs'],
    ['duration', { months: 2 ** 31, days: 0, nanoseconds: 0n }, 'more than 32 bits of months'],
    ['duration', { months: 0, days: 0, nanoseconds: 2n ** 63n }, 'more than 64 bits of nanoseconds'],
    ['tuple<int, int>', [1], 'too short'],
    ['tuple<int>', [1, 2], 'too long'],
    ['tuple<int>', 1, 'no array'],
    ['vector<int, 2>', [1], 'too short'],
    ['vector<int, 1>', [1, 2], 'too long'],
    ['vector<int, 1>', [null], 'null has no bytes in a vector either'],
    ["'custom.Type'", 'x', 'not carried'],
  ];
  test.each(refused)('refuses as %s %s: %s', (type, value) => {
    expect(() => toHex(type, value)).toThrow(ValueFault);
  });
});

describe('valueFromBytes', () => {
  test('gives back what was written', () => {
    fc.assert(
      fc.property(typedValues, ({ type, value }) => {
        const bytes = bytesFromValue(type, value, nodeText);
        const again = bytesFromValue(type, valueFromBytes(type, bytes, nodeText), nodeText);
        expect(hexOf(again)).toBe(hexOf(bytes));
      }),
    );
  });

  test.each(scalarNames.filter((kind) => !['text', 'ascii', 'blob'].includes(kind)))(
    'reads an empty %s as null',
    (kind) => {
      expect(fromHex(kind, '')).toBeNull();
    },
  );

  const read: readonly [string, string, CqlValue, string][] = [
    ['text', '', '', 'an empty text is a text'],
    ['int', 'ffffffff', -1, 'signed'],
    ['boolean', '02', true, 'anything but zero, as Cassandra reads it'],
    ['list<int>', '', null, 'an empty collection value is null'],
    ['list<int>', '00000001ffffffff', [null], 'an element of negative length is null'],
    ['list<int>', '0000000100000000', [null], 'and so is an empty one'],
    ['tuple<int, text>', '0000000400000001', [1, null], 'what was written before there was more is null'],
    ['tuple<int, text>', '', null, 'an empty tuple is null'],
    ['inet', '00000000000000000000ffffc0000201', '::ffff:192.0.2.1', 'a mapped address is not an IPv4 one'],
    ['uuid', '00112233445566778899AABBCCDDEEFF', '00112233-4455-6677-8899-aabbccddeeff', 'lower-case'],
  ];
  test.each(read)('reads %s %s: %s, %s', (type, hex, value) => {
    expect(fromHex(type, hex)).toEqual(value);
  });

  const refused: readonly [string, string, string][] = [
    ['int', '000000', 'too short'],
    ['int', '0000000000', 'too long'],
    ['decimal', '00000000', 'a scale without a number'],
    ['inet', '0000000000', 'neither 4 nor 16'],
    ['list<int>', '000000', 'no count'],
    ['list<int>', 'ffffffff', 'a count below zero'],
    ['list<int>', '7fffffff', 'a count that the bytes do not bear out'],
    ['list<int>', '000000017fffffff', 'a length that the bytes do not bear out'],
    ['list<int>', '0000000000', 'bytes after the end'],
    ['map<int, int>', '000000010000000400000000', 'a key without a value'],
    ['duration', '00', 'days are missing'],
    ['duration', '000000ff', 'bytes after the end'],
    ['duration', '020100', 'of both signs'],
    ['duration', '0000ff', 'a number that ends early'],
    ['tuple<int>', '000000', 'a length that ends early'],
    ['tuple<int>', '0000000400', 'an element that ends early'],
    ['tuple<int>', '0000000400000001ffffffff', 'bytes after the end'],
    ['vector<int, 2>', '00000001', 'too short'],
    ['vector<int, 1>', '0000000100000002', 'too long'],
    ['vector<text, 2>', '0161', 'an element is missing'],
    ['vector<text, 1>', 'ffffffffffffffffff', 'a length that the bytes do not bear out'],
    ["'custom.Type'", '00', 'not carried'],
  ];
  test.each(refused)('refuses %s %s: %s', (type, hex) => {
    expect(() => fromHex(type, hex)).toThrow(ValueFault);
  });

  test('fails with a ValueFault alone, whatever the bytes', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 4, 255), { maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
    );
    const anyTypes = typedValues.map(({ type }): CqlType => type);
    fc.assert(
      fc.property(anyTypes, anyBytes, (type, bytes) => {
        try {
          valueFromBytes(type, bytes, nodeText);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueFault);
        }
      }),
      { numRuns: 500 },
    );
  });
});
