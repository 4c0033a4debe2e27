/** Cassandra's order of values, by which sets and the keys of maps are stored. Read in the comparators of `org.apache.cassandra.db.marshal`. */
import type { CqlType } from './cql-type.ts';
import type { CqlDecimal, CqlDuration, CqlValue } from './cql-value.ts';
import { inetFromText } from './inet-text.ts';
import { durationBytes } from './scalar-bytes.ts';
import { ValueFault } from './value-fault.ts';

/**
 * The items in Cassandra's order of their keys; the same array when they were. Throws a `ValueFault`
 * when two are equal, as decimals 1.0 and 1.00 are.
 */
export function orderedDistinct<Item>(
  type: CqlType,
  items: readonly Item[],
  keyOf: (item: Item) => CqlValue,
): readonly Item[] {
  if (isAscending(type, items, keyOf)) return items;
  const ordered = items.toSorted((one, other) => compareValues(type, keyOf(one), keyOf(other)));
  if (!isAscending(type, ordered, keyOf))
    throw new ValueFault('a set, and the keys of a map, hold no value twice');
  return ordered;
}

function isAscending<Item>(type: CqlType, items: readonly Item[], keyOf: (item: Item) => CqlValue): boolean {
  let last: { readonly key: CqlValue } | undefined;
  for (const item of items) {
    const key = keyOf(item);
    if (last !== undefined && compareValues(type, last.key, key) >= 0) return false;
    last = { key };
  }
  return true;
}

/** Below 0, 0 or above 0. Both values are of the type and not null. */
export function compareValues(type: CqlType, one: CqlValue, other: CqlValue): number {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector': {
      const { element } = type;
      return compareSequences(one, other, (left, right) => compareValues(element, left, right));
    }
    case 'map': {
      const { key, value } = type;
      return compareSequences(one, other, (left, right) => {
        const [leftKey = null, leftValue = null] = left as readonly CqlValue[];
        const [rightKey = null, rightValue = null] = right as readonly CqlValue[];
        return compareValues(key, leftKey, rightKey) || compareValues(value, leftValue, rightValue);
      });
    }
    case 'tuple':
      return compareTuples(type.elements, one, other);
    case 'udt':
      return compareTuples(
        type.fields.map((field) => field.type),
        one,
        other,
      );
    case 'duration':
      // In a set or a key of a map only within a tuple or a user-defined type; Cassandra orders their bytes.
      return compareBytes(durationBytes(one as CqlDuration), durationBytes(other as CqlDuration));
    case 'ascii':
    case 'text':
      return compareUtf8(one as string, other as string);
    case 'blob':
      return compareBytes(one as Uint8Array, other as Uint8Array);
    case 'decimal':
      return compareDecimals(one as CqlDecimal, other as CqlDecimal);
    case 'float':
    case 'double':
      return compareDoubles(one as number, other as number);
    case 'inet':
      return compareBytes(inetFromText(one as string) ?? none, inetFromText(other as string) ?? none);
    case 'uuid':
      return compareUuids((one as string).toLowerCase(), (other as string).toLowerCase());
    case 'timeuuid':
      return compareTimeUuids((one as string).toLowerCase(), (other as string).toLowerCase());
    default:
      return compareNatural(one as number, other as number);
  }
}

const none = new Uint8Array(0);

/** Numbers, bigints, booleans, and strings whose code units order them. */
function compareNatural<Value extends number | bigint | boolean | string>(one: Value, other: Value): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Element by element, then the shorter first. */
function compareSequences(
  one: CqlValue,
  other: CqlValue,
  compare: (one: CqlValue, other: CqlValue) => number,
): number {
  const left = one as readonly CqlValue[];
  const right = other as readonly CqlValue[];
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    const order = compare(left[at] ?? null, right[at] ?? null);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Element by element, null before any value. */
function compareTuples(types: readonly CqlType[], one: CqlValue, other: CqlValue): number {
  const left = one as readonly CqlValue[];
  const right = other as readonly CqlValue[];
  for (const [at, type] of types.entries()) {
    const [leftElement = null, rightElement = null] = [left[at], right[at]];
    if (leftElement === null || rightElement === null) {
      if (leftElement === rightElement) continue;
      return leftElement === null ? -1 : 1;
    }
    const order = compareValues(type, leftElement, rightElement);
    if (order !== 0) return order;
  }
  return 0;
}

function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at += 1) {
    const order = (one[at] ?? 0) - (other[at] ?? 0);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** The order of UTF-8 bytes is that of code points; that of UTF-16 units puts surrogates below U+E000. */
function compareUtf8(one: string, other: string): number {
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at += 1) {
    const left = one.charCodeAt(at);
    const right = other.charCodeAt(at);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return one.length - other.length;
}

function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** As Java's `Double.compare`: -0 before 0, NaN last. */
function compareDoubles(one: number, other: number): number {
  if (one < other) return -1;
  if (one > other) return 1;
  return doubleRank(one) - doubleRank(other);
}

function doubleRank(value: number): number {
  return Number.isNaN(value) ? 1 : Object.is(value, -0) ? -1 : 0;
}

/** By worth. Scales are equalled only where that takes no more digits than there are, or few: never by what an exponent says. */
function compareDecimals(one: CqlDecimal, other: CqlDecimal): number {
  if (one.scale === other.scale) return compareNatural(one.unscaled, other.unscaled);
  const sign = compareNatural(one.unscaled, 0n);
  const order = sign - compareNatural(other.unscaled, 0n);
  if (order !== 0 || sign === 0) return order;
  const magnitude = exponentOf(one) - exponentOf(other);
  if (magnitude !== 0) return sign * magnitude;
  const scale = Math.max(one.scale, other.scale);
  return compareNatural(rescaled(one, scale), rescaled(other, scale));
}

/** Of the first digit. Short numbers, of which a key can hold many, are counted without being printed. */
function exponentOf({ unscaled, scale }: CqlDecimal): number {
  const magnitude = unscaled < 0n ? -unscaled : unscaled;
  let digits = 1;
  if (magnitude >= 1_000_000_000_000_000n) digits = magnitude.toString().length;
  else for (let rest = Number(magnitude); rest >= 10; rest /= 10) digits += 1;
  return digits - 1 - scale;
}

function rescaled(value: CqlDecimal, scale: number): bigint {
  return scale === value.scale ? value.unscaled : value.unscaled * 10n ** BigInt(scale - value.scale);
}

/** Version first, then time for version 1, then bytes. Lower-case hex orders as its bytes do. */
function compareUuids(one: string, other: string): number {
  const version = compareNatural(one.charAt(14), other.charAt(14));
  if (version !== 0) return version;
  if (one.charAt(14) !== '1') return compareNatural(one, other);
  return compareNatural(uuidTime(one), uuidTime(other)) || compareNatural(one.slice(19), other.slice(19));
}

/** Time first, then the last eight bytes **as signed** bytes: a fault of old that the order on disk keeps. */
function compareTimeUuids(one: string, other: string): number {
  const time = compareNatural(uuidTime(one), uuidTime(other));
  return time || compareNatural(signedBytes(one), signedBytes(other));
}

/** The 60 bits of time as hex, most significant first. */
function uuidTime(uuid: string): string {
  return uuid.slice(15, 18) + uuid.slice(9, 13) + uuid.slice(0, 8);
}

/** Hex whose natural order is that of signed bytes: the sign bit of each is turned over. */
function signedBytes(uuid: string): string {
  const hex = uuid.slice(19, 23) + uuid.slice(24);
  let text = '';
  for (let at = 0; at < hex.length; at += 2) {
    text += (Number.parseInt(hex.charAt(at), 16) ^ 8).toString(16) + hex.charAt(at + 1);
  }
  return text;
}
