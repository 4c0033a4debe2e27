/** CQL's native serialisation of single values (native protocol v4, section 6). Both ways throw a `ValueFault` for what does not fit the type. */
import type { Text } from '../ports.ts';
import { isTimeOfDay } from './calendar-text.ts';
import type { ScalarName } from './cql-type.ts';
import type { CqlDecimal, CqlDuration, CqlValue } from './cql-value.ts';
import { isDuration } from './duration-text.ts';
import { hexBytes, hexText } from './hex-text.ts';
import { inetFromText, inetText } from './inet-text.ts';
import { ValueFault } from './value-fault.ts';
import { readSignedVint, signedVintBytes } from './variable-integer.ts';

/** The epoch's day: a date is stored as an unsigned number of days whose middle is 1970-01-01. */
const epochDay = 2 ** 31;

export function bytesFromScalar(kind: ScalarName, value: CqlValue, text: Text): Uint8Array {
  switch (kind) {
    case 'ascii':
    case 'text':
      return typeof value === 'string' ? text.utf8(value) : mismatch(kind);
    case 'tinyint':
      return wholeBytes(kind, value, 1);
    case 'smallint':
      return wholeBytes(kind, value, 2);
    case 'int':
      return wholeBytes(kind, value, 4);
    case 'bigint':
    case 'counter':
    case 'timestamp':
      return longBytes(kind, value);
    case 'time':
      return typeof value === 'bigint' && isTimeOfDay(value) ? longBytes(kind, value) : mismatch(kind);
    case 'date':
      return dateBytes(value);
    case 'varint':
      return typeof value === 'bigint' ? varintBytes(value) : mismatch(kind);
    case 'decimal':
      return isDecimal(value) ? decimalBytes(value) : mismatch(kind);
    case 'float':
    case 'double':
      return floatingBytes(kind, value);
    case 'boolean':
      return typeof value === 'boolean' ? Uint8Array.of(value ? 1 : 0) : mismatch(kind);
    case 'blob':
      return value instanceof Uint8Array ? value : mismatch(kind);
    case 'uuid':
    case 'timeuuid':
      return (typeof value === 'string' && uuidBytes(value)) || mismatch(kind);
    case 'inet':
      return (typeof value === 'string' && inetFromText(value)) || mismatch(kind);
    case 'duration':
      return isDuration(value) ? durationBytes(value) : mismatch(kind);
  }
}

/** No bytes at all are an empty text or blob; of any other type they are the empty value, which reads as null. */
export function scalarFromBytes(kind: ScalarName, bytes: Uint8Array, text: Text): CqlValue {
  if (kind === 'ascii' || kind === 'text') return text.fromUtf8(bytes);
  if (kind === 'blob') return bytes;
  if (bytes.length === 0) return null;
  const view = viewOf(bytes);
  switch (kind) {
    case 'tinyint':
      return ofLength(kind, bytes, 1) && view.getInt8(0);
    case 'smallint':
      return ofLength(kind, bytes, 2) && view.getInt16(0);
    case 'int':
      return ofLength(kind, bytes, 4) && view.getInt32(0);
    case 'bigint':
    case 'counter':
    case 'timestamp':
    case 'time':
      return ofLength(kind, bytes, 8) && view.getBigInt64(0);
    case 'date':
      return ofLength(kind, bytes, 4) && view.getUint32(0) - epochDay;
    case 'varint':
      return varintFromBytes(bytes);
    case 'decimal':
      if (bytes.length < 5) mismatch(kind);
      return { unscaled: varintFromBytes(bytes.subarray(4)), scale: view.getInt32(0) };
    case 'float':
      return ofLength(kind, bytes, 4) && view.getFloat32(0);
    case 'double':
      return ofLength(kind, bytes, 8) && view.getFloat64(0);
    case 'boolean':
      return ofLength(kind, bytes, 1) && bytes[0] !== 0;
    case 'uuid':
    case 'timeuuid':
      return ofLength(kind, bytes, 16) && uuidText(bytes);
    case 'inet':
      return bytes.length === 4 || bytes.length === 16 ? inetText(bytes) : mismatch(kind);
    case 'duration':
      return durationFromBytes(bytes);
  }
}

function mismatch(kind: ScalarName): never {
  throw new ValueFault(`this is not a value of the type ${kind}`);
}

function ofLength(kind: ScalarName, bytes: Uint8Array, length: number): true {
  return bytes.length === length || mismatch(kind);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function wholeBytes(kind: ScalarName, value: CqlValue, length: 1 | 2 | 4): Uint8Array {
  const bound = 2 ** (8 * length - 1);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -bound || value >= bound)
    return mismatch(kind);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bytes[at] = value >> (8 * (length - 1 - at));
  return bytes;
}

function longBytes(kind: ScalarName, value: CqlValue): Uint8Array {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return mismatch(kind);
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigInt64(0, value);
  return bytes;
}

function dateBytes(value: CqlValue): Uint8Array {
  if (typeof value !== 'number' || !Number.isInteger(value)) return mismatch('date');
  if (value < -epochDay || value >= epochDay) return mismatch('date');
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value + epochDay);
  return bytes;
}

function floatingBytes(kind: 'float' | 'double', value: CqlValue): Uint8Array {
  if (typeof value !== 'number') return mismatch(kind);
  const bytes = new Uint8Array(kind === 'float' ? 4 : 8);
  if (kind === 'float') viewOf(bytes).setFloat32(0, value);
  else viewOf(bytes).setFloat64(0, value);
  return bytes;
}

/** Big-endian two's complement of the fewest bytes, as Java's BigInteger gives it. */
function varintBytes(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value - 1n : value;
  const hex = magnitude.toString(16);
  const padded = hex.length % 2 === 0 ? hex : `0${hex}`;
  const signFits = Number.parseInt(padded.slice(0, 2), 16) < 0x80;
  const bytes = hexBytes(signFits ? padded : `00${padded}`) ?? mismatch('varint');
  if (value < 0n) for (const [at, byte] of bytes.entries()) bytes[at] = ~byte;
  return bytes;
}

/** Up to so many bytes a number holds them exactly. */
const mostNumberBytes = 6;

function varintFromBytes(bytes: Uint8Array): bigint {
  if (bytes.length <= mostNumberBytes) {
    let value = ((bytes[0] ?? 0) << 24) >> 24;
    for (let at = 1; at < bytes.length; at += 1) value = value * 256 + (bytes[at] ?? 0);
    return BigInt(value);
  }
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hexText(bytes)}`));
}

function isDecimal(value: CqlValue): value is CqlDecimal {
  return typeof value === 'object' && value !== null && 'unscaled' in value;
}

function decimalBytes(value: CqlDecimal): Uint8Array {
  if (value.scale !== (value.scale | 0)) return mismatch('decimal');
  const unscaled = varintBytes(value.unscaled);
  const bytes = new Uint8Array(4 + unscaled.length);
  viewOf(bytes).setInt32(0, value.scale);
  bytes.set(unscaled, 4);
  return bytes;
}

/** Months, days and nanoseconds, one signed number of variable length after the other. */
export function durationBytes({ months, days, nanoseconds }: CqlDuration): Uint8Array {
  const parts = [BigInt(months), BigInt(days), nanoseconds].map(signedVintBytes);
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function durationFromBytes(bytes: Uint8Array): CqlDuration {
  let at = 0;
  const next = (): bigint => {
    const { value, length } = readSignedVint(bytes, at);
    at += length;
    return value;
  };
  const value = { months: Number(next()), days: Number(next()), nanoseconds: next() };
  return at === bytes.length && isDuration(value) ? value : mismatch('duration');
}

function uuidBytes(uuid: string): Uint8Array | undefined {
  const bytes = hexBytes(uuid.replaceAll('-', ''));
  return bytes?.length === 16 ? bytes : undefined;
}

function uuidText(bytes: Uint8Array): string {
  const hex = hexText(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
