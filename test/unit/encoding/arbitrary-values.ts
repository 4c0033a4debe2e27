import fc from 'fast-check';
import type { CqlType, ScalarName } from '../../../src/core/encoding/cql-type.ts';
import type { CqlValue } from '../../../src/core/encoding/cql-value.ts';
import { compareValues } from '../../../src/core/encoding/value-order.ts';

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const uuidOfVersion = (version: string) =>
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
    const digits = hex(bytes);
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${version}${digits.slice(13, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
  });

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const whole = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const wideText = fc.string({ unit: 'binary', maxLength: 12 });

/** Any value of the type that has a JSON form, null left out. */
export const scalarValues: Readonly<Record<ScalarName, fc.Arbitrary<CqlValue>>> = {
  ascii: fc.string({ unit: 'binary-ascii', maxLength: 12 }),
  text: fc.oneof(wideText, fc.constantFrom('', '__proto__', '"', '\\', '\0', '\u2028', '😀', '\uffff')),
  tinyint: whole(8),
  smallint: whole(16),
  int: whole(32),
  bigint: long,
  counter: long,
  varint: fc.oneof(
    long,
    fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
    fc.constantFrom(0n, -1n, 127n, 128n, -128n, -129n),
  ),
  decimal: fc
    .record({
      unscaled: fc.oneof(
        fc.bigInt({ min: -1_000n, max: 1_000n }),
        fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
      ),
      scale: fc.oneof(fc.integer({ min: -10, max: 25 }), whole(32)),
    })
    .filter(({ unscaled, scale }) => Math.abs(scale) < 2 ** 31 - 100 || unscaled === 0n),
  float: fc.float(),
  double: fc.double(),
  boolean: fc.boolean(),
  blob: fc.uint8Array({ maxLength: 12 }),
  uuid: fc.oneof(...['0', '1', '4', '7', 'f'].map(uuidOfVersion)),
  timeuuid: uuidOfVersion('1'),
  inet: fc.oneof(
    fc.ipV4(),
    fc.constantFrom(
      '::',
      '::1',
      '1::',
      '::ffff:192.0.2.1',
      '2001:db8::1',
      '2001:db8:0:1:1:1:1:1',
      'fe80::1:0:0:1',
    ),
  ),
  timestamp: fc.oneof(
    fc.bigInt({ min: -8_640_000_000_000_000n, max: 8_640_000_000_000_000n }),
    fc.bigInt({ min: -4_102_444_800_000n, max: 4_102_444_800_000n }),
  ),
  date: fc.oneof(whole(32), fc.integer({ min: -100_000, max: 100_000 })),
  time: fc.bigInt({ min: 0n, max: 86_399_999_999_999n }),
  duration: fc
    .record({
      months: fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 2 ** 31 - 1 })),
      days: fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 2 ** 31 - 1 })),
      nanoseconds: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })),
      sign: fc.constantFrom(1, -1),
    })
    // The sum with 0 has no negative zero.
    .map(({ months, days, nanoseconds, sign }) => ({
      months: sign * months + 0,
      days: sign * days + 0,
      nanoseconds: BigInt(sign) * nanoseconds,
    })),
};

export const scalarNames = Object.keys(scalarValues) as ScalarName[];

const fieldNames = fc.oneof(
  fc.constantFrom(
    'street',
    '__proto__',
    'constructor',
    'a.b',
    'with "quotes"',
    'two words',
    '😀',
    'Upper',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }).filter((name) => !spoilsParsing(name)),
);

/** A name of JSON that makes Node's `JSON.parse` misread others later (see `hasBackslashName`). */
function spoilsParsing(name: unknown): boolean {
  return name === '\\';
}

/** Any type that Weir carries, nested at most twice; counters stand alone. */
export const carriedTypes: fc.Arbitrary<CqlType> = fc.letrec<{ type: CqlType; leaf: CqlType }>((tie) => ({
  leaf: fc.constantFrom(
    ...scalarNames.filter((kind) => kind !== 'counter').map((kind): CqlType => ({ kind })),
  ),
  type: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    tie('leaf'),
    fc.record({ kind: fc.constantFrom('list' as const, 'set' as const), element: tie('type') }),
    fc.record({ kind: fc.constant('map' as const), key: tie('type'), value: tie('type') }),
    fc.record({
      kind: fc.constant('tuple' as const),
      elements: fc.array(tie('type'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('vector' as const),
      element: tie('type'),
      dimension: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({
      kind: fc.constant('udt' as const),
      keyspace: fc.constant('shop'),
      name: fc.constantFrom('address', 'Two Words'),
      fields: fc.uniqueArray(fc.record({ name: fieldNames, type: tie('type') }), {
        minLength: 1,
        maxLength: 3,
        selector: ({ name }) => name,
      }),
    }),
  ),
})).type;

/** Any value of a type that has a JSON form; sets and maps in Cassandra's order and without doubles. */
export function valuesOf(type: CqlType): fc.Arbitrary<CqlValue> {
  switch (type.kind) {
    case 'unsupported':
      return fc.constant(null);
    case 'list':
      return fc.array(valuesOf(type.element), { maxLength: 4 });
    case 'set':
      return fc
        .array(valuesOf(type.element), { maxLength: 4 })
        .map((items) => distinct(type.element, items, (item) => item));
    case 'map':
      return fc.array(fc.tuple(valuesOf(type.key), valuesOf(type.value)), { maxLength: 4 }).map((pairs) =>
        distinct(
          type.key,
          pairs.filter(([key]) => !spoilsParsing(key)),
          ([key]) => key,
        ),
      );
    case 'vector':
      return fc.array(valuesOf(type.element), { minLength: type.dimension, maxLength: type.dimension });
    case 'tuple':
      return fc.tuple(...type.elements.map(elementValues));
    case 'udt':
      return fc.tuple(...type.fields.map((field) => elementValues(field.type)));
    default:
      return scalarValues[type.kind];
  }
}

/** Of a tuple or a user-defined type, where null may stand. */
function elementValues(type: CqlType): fc.Arbitrary<CqlValue> {
  return fc.option(valuesOf(type), { freq: 4 });
}

function distinct<Item>(type: CqlType, items: readonly Item[], keyOf: (item: Item) => CqlValue): Item[] {
  const sorted = items.toSorted((one, other) => compareValues(type, keyOf(one), keyOf(other)));
  return sorted.filter((item, at) => {
    const last = sorted[at - 1];
    return last === undefined || compareValues(type, keyOf(last), keyOf(item)) !== 0;
  });
}

/** A type and a value of it. */
export const typedValues: fc.Arbitrary<{ type: CqlType; value: CqlValue }> = carriedTypes.chain((type) =>
  valuesOf(type).map((value) => ({ type, value })),
);
