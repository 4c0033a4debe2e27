import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientOptions } from '../../../src/adapters/cassandra/client-settings.ts';
import { handOverCompoundsAsBytes } from '../../../src/adapters/cassandra/raw-values.ts';
import { createValueReader } from '../../../src/adapters/cassandra/value-reader.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { CqlType } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType, type UserTypes } from '../../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { bytesFromValue, valueFromBytes } from '../../../src/core/encoding/value-bytes.ts';

interface DriverEncoder {
  decode(bytes: Buffer, type: object): unknown;
}

const { Encoder } = cassandra as unknown as {
  Encoder: new (version: number, options: object) => DriverEncoder;
};
/** The driver's decoder, set as the adapter sets it. */
const encoder = new Encoder(4, clientOptions({ contactPoints: ['192.0.2.1'], datacenters: ['one'] }));

function driverType(type: CqlType): object {
  const { dataTypes } = cassandra.types;
  switch (type.kind) {
    case 'list':
    case 'set':
      return { code: dataTypes[type.kind], info: driverType(type.element) };
    case 'map':
      return { code: dataTypes.map, info: [driverType(type.key), driverType(type.value)] };
    case 'tuple':
      return { code: dataTypes.tuple, info: type.elements.map(driverType) };
    case 'udt': {
      const fields = type.fields.map((field) => ({ name: field.name, type: driverType(field.type) }));
      return { code: dataTypes.udt, info: { keyspace: type.keyspace, name: type.name, fields } };
    }
    case 'vector':
    case 'duration':
      return { code: dataTypes.custom, info: `org.apache.cassandra.db.marshal.${type.kind}` };
    case 'unsupported':
      return { code: dataTypes.custom, info: null };
    default:
      return { code: dataTypes[type.kind], info: null };
  }
}

handOverCompoundsAsBytes();

/** What the adapter makes of stored bytes, by way of the driver. */
function readStored(cqlType: string, bytes: Uint8Array): CqlValue {
  const type = parseCqlType(cqlType, userTypes);
  const decoded = encoder.decode(Buffer.from(bytes), driverType(type));
  const read = createValueReader(type, nodeText);
  return read === undefined ? ((decoded ?? null) as CqlValue) : read(decoded);
}

function stored(cqlType: string, value: CqlValue): Uint8Array {
  return bytesFromValue(parseCqlType(cqlType, userTypes), value, nodeText);
}

const userTypes: UserTypes = {
  keyspace: 'shop',
  fieldsOf: (name) =>
    name === 'odd'
      ? [
          { name: '__proto__', type: 'int' },
          { name: 'constructor', type: 'frozen<map<double, timestamp>>' },
        ]
      : undefined,
};

const values: readonly (readonly [cqlType: string, why: string, value: CqlValue])[] = [
  ['text', 'beyond the BMP', 'a\0\u{1d11e}'],
  ['boolean', '', false],
  ['tinyint', 'the least', -128],
  ['smallint', 'the least', -32_768],
  ['int', 'the least', -2_147_483_648],
  ['bigint', 'beyond 2^53', 2n ** 63n - 1n],
  ['counter', 'negative', -1n],
  ['varint', 'longer than a long', -(2n ** 90n)],
  ['decimal', 'its scale is part of it', { unscaled: 100n, scale: 2 }],
  ['decimal', 'a negative scale', { unscaled: -5n, scale: -2_000_000_000 }],
  ['decimal', 'zero has a scale', { unscaled: 0n, scale: 7 }],
  ['float', 'not exact as a double', Math.fround(0.1)],
  ['double', 'negative zero', -0],
  ['double', 'not a number', NaN],
  ['timestamp', 'before the epoch', -1n],
  ['timestamp', 'the last that a Date holds', 8_640_000_000_000_000n],
  ['date', 'the first', -2_147_483_648],
  ['date', 'the last', 2_147_483_647],
  ['date', 'within the range of Date', 20_454],
  ['time', 'the last nanosecond', 86_399_999_999_999n],
  ['uuid', 'lower case', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'],
  ['timeuuid', 'lower case', '58e0a7d7-eebc-11d8-9669-0800200c9a66'],
  ['inet', 'four bytes', '192.0.2.7'],
  ['inet', 'the longest run of zeros is left out', '2001:db8::1:0:0:1'],
  ['inet', 'mapped', '::ffff:192.0.2.7'],
  ['blob', '', Buffer.from([0, 255])],
  [
    'list<uuid>',
    'order as stored',
    ['f47ac10b-58cc-4372-a567-0e02b2c3d479', '00000000-0000-0000-0000-000000000000'],
  ],
  ['set<decimal>', '', [{ unscaled: 1n, scale: 1 }]],
  ['map<timestamp, frozen<list<time>>>', 'nested', [[5n, [1n, 2n]]]],
  [
    'map<double, int>',
    'both zeros are keys',
    [
      [-0, 1],
      [0, 2],
    ],
  ],
  ['duration', 'three numbers', { months: 14, days: 25, nanoseconds: 2n ** 63n - 1n }],
  ['tuple<int, tuple<timestamp>>', 'beyond what the driver holds', [1, [8_640_000_000_000_001n]]],
  ['tuple<int, text>', 'null within', [null, '']],
  ['vector<text, 2>', 'elements of any length', ['', 'a']],
  ['list<frozen<odd>>', 'fields that an object of the driver would lose', [[7, [[-0, 5n]]]]],
  [
    'map<frozen<odd>, frozen<odd>>',
    'as keys too',
    [
      [
        [7, []],
        [8, null],
      ],
    ],
  ],
];

describe('values as the driver decodes them', () => {
  it.each(values)('%s: %s', (cqlType, _why, value) => {
    expect(readStored(cqlType, stored(cqlType, value))).toEqual(value);
  });

  it('read as the core would read their bytes', () => {
    const kinds = ['bigint', 'varint', 'double', 'float', 'int', 'date', 'uuid', 'inet', 'text', 'blob'];
    const sizes: Readonly<Record<string, number>> = {
      bigint: 8,
      double: 8,
      float: 4,
      int: 4,
      date: 4,
      uuid: 16,
      inet: 16,
    };
    const samples = fc.constantFrom(...kinds).chain((kind) => {
      const size = sizes[kind];
      const bytes =
        size === undefined
          ? fc.uint8Array({ minLength: 1, maxLength: 40 })
          : fc.uint8Array({ minLength: size, maxLength: size });
      return fc.tuple(fc.constant(kind), bytes);
    });
    fc.assert(
      fc.property(samples, ([kind, bytes]) => {
        const expected = valueFromBytes(parseCqlType(kind), bytes, nodeText);
        const actual = readStored(kind, bytes);
        expect(actual instanceof Uint8Array ? [...actual] : actual).toEqual(
          expected instanceof Uint8Array ? [...expected] : expected,
        );
      }),
    );
  });

  it.each(['decimal', 'uuid', 'timestamp', 'list<date>', 'map<text, int>', 'time'])(
    'null of %s stays null',
    (cqlType) => {
      expect(createValueReader(parseCqlType(cqlType), nodeText)?.(null)).toBeNull();
    },
  );

  it('say so where stored bytes are not of their type', () => {
    for (const cqlType of ['duration', 'tuple<int>', 'vector<int, 2>', 'odd'])
      expect(readStored(cqlType, Uint8Array.of(0, 0, 0, 4))).toHaveProperty('unreadable');
  });

  it('of an empty value are null', () => {
    expect(readStored('timestamp', new Uint8Array(0))).toBeNull();
  });

  it('say so where the driver cannot hold a timestamp', () => {
    expect(readStored('timestamp', stored('timestamp', 8_640_000_000_000_001n))).toEqual({
      unreadable: 'a timestamp beyond the range of dates',
    });
  });

  it('of unsupported types are never guessed at', () => {
    expect(createValueReader(parseCqlType("'custom.Type'"), nodeText)?.({})).toHaveProperty('unreadable');
  });
});
