import { dateText, daysFromText, isTimeOfDay, timeFromText, timestampFromText } from './calendar-text.ts';
import type { ScalarName } from './cql-type.ts';
import type { CqlDecimal, CqlDuration, CqlValue } from './cql-value.ts';
import { decimalFromText, maxDigits } from './decimal-text.ts';
import { durationFromText } from './duration-text.ts';
import { doubleFromText } from './float-text.ts';
import { hexBytes } from './hex-text.ts';
import { inetFromText, inetText } from './inet-text.ts';
import { ValueFault } from './value-fault.ts';

/** A single value from parsed JSON other than null. Throws a `ValueFault`. */
export function scalarFromJson(kind: ScalarName, json: unknown): CqlValue {
  return readers[kind](json);
}

const readers: Readonly<Record<ScalarName, (json: unknown) => CqlValue>> = {
  ascii: readAscii,
  text: readText,
  tinyint: (json) => readWhole('a tinyint', json, 2 ** 7),
  smallint: (json) => readWhole('a smallint', json, 2 ** 15),
  int: (json) => readWhole('an int', json, 2 ** 31),
  bigint: (json) => readLong('a bigint', json),
  counter: (json) => readLong('a counter', json),
  varint: (json) =>
    readDigits(json, maxDigits + 1) ??
    refuse(
      `a varint is a string of at most ${maxDigits} digits or a safe whole number; write larger numbers as a string`,
    ),
  decimal: readDecimal,
  float: readFloat,
  double: (json) =>
    readReal(json) ?? refuse('a double is a number in its range, or "NaN", "Infinity", "-Infinity"'),
  boolean: (json) => (typeof json === 'boolean' ? json : refuse('a boolean is true or false')),
  blob: readBlob,
  uuid: (json) => readUuid(json) ?? refuse('a uuid is 32 hex digits with hyphens, 8-4-4-4-12'),
  timeuuid: readTimeUuid,
  inet: readInet,
  timestamp: readTimestamp,
  date: readDate,
  time: readTime,
  duration: readDuration,
};

function refuse(detail: string): never {
  throw new ValueFault(detail);
}

const beyondAscii = /[^\0-\x7f]/;
const digits = /^-?\d+$/;

function readAscii(json: unknown): string {
  if (typeof json !== 'string') return refuse('an ascii is a string');
  return beyondAscii.test(json) ? refuse('an ascii holds characters up to U+007F') : json;
}

function readText(json: unknown): string {
  if (typeof json !== 'string') return refuse('a text is a string');
  return json.isWellFormed() ? json : refuse('a text is well-formed Unicode: it holds no lone surrogate');
}

/** From -`bound` up to `bound` - 1. */
function readWhole(what: string, json: unknown, bound: number): number {
  const value = typeof json === 'string' && json.length <= 20 && digits.test(json) ? Number(json) : json;
  if (typeof value === 'number' && Number.isInteger(value) && value >= -bound && value < bound)
    return value + 0;
  return refuse(`${what} is a whole number from ${-bound} to ${bound - 1}`);
}

/** Undefined unless a string of digits or a safe whole number: others may have been rounded by whoever wrote or read the JSON. */
function readDigits(json: unknown, maxLength: number): bigint | undefined {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : undefined;
  return typeof json === 'string' && json.length <= maxLength && digits.test(json) ? BigInt(json) : undefined;
}

function readLong(what: string, json: unknown): bigint {
  const value = readDigits(json, 40);
  if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
  return refuse(
    `${what} is 64 bits, a string of digits or a safe whole number; write numbers beyond 9007199254740991 as a string`,
  );
}

function readDecimal(json: unknown): CqlDecimal {
  const text = typeof json === 'number' && isExactDecimal(json) ? `${json}` : json;
  const value = typeof text === 'string' ? decimalFromText(text) : undefined;
  return (
    value ??
    refuse(
      'a decimal is a string such as "19.90" or "1.10E-20", or a number of at most 15 digits; write longer ones as a string',
    )
  );
}

/** Fifteen digits survive the trip through a JSON number; a number with more may be what a longer one was rounded to. */
function isExactDecimal(value: number): boolean {
  if (Number.isInteger(value)) return Number.isSafeInteger(value);
  return Number.isFinite(value) && Number(value.toPrecision(15)) === value;
}

function readReal(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  return typeof json === 'string' ? doubleFromText(json) : undefined;
}

function readFloat(json: unknown): number {
  const value = readReal(json);
  if (value !== undefined) {
    const rounded = Math.fround(value);
    if (Number.isFinite(rounded) || !Number.isFinite(value)) return rounded;
  }
  return refuse('a float is a number in its range, or "NaN", "Infinity", "-Infinity"');
}

function readBlob(json: unknown): Uint8Array {
  const bytes = typeof json === 'string' && json.startsWith('0x') ? hexBytes(json.slice(2)) : undefined;
  return bytes ?? refuse('a blob is a string of 0x and an even number of hex digits');
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function readUuid(json: unknown): string | undefined {
  return typeof json === 'string' && uuidPattern.test(json) ? json.toLowerCase() : undefined;
}

function readTimeUuid(json: unknown): string {
  const uuid = readUuid(json);
  return uuid?.charAt(14) === '1' ? uuid : refuse('a timeuuid is a uuid of version 1');
}

function readInet(json: unknown): string {
  const bytes = typeof json === 'string' ? inetFromText(json) : undefined;
  return bytes
    ? inetText(bytes)
    : refuse('an inet is an IPv4 or IPv6 address without a zone or leading zeros');
}

function readTimestamp(json: unknown): bigint {
  const value = readDigits(json, 40) ?? (typeof json === 'string' ? timestampFromText(json) : undefined);
  if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
  return refuse('a timestamp is RFC 3339 with at most milliseconds, or whole milliseconds since the epoch');
}

/** Digits in a string are refused: Cassandra's own reading of them counts from another day than the epoch. */
function readDate(json: unknown): number {
  if (typeof json === 'string') {
    const days = daysFromText(json);
    if (days !== undefined) return days;
  } else if (typeof json === 'number' && Number.isInteger(json) && json >= -(2 ** 31) && json < 2 ** 31) {
    return json + 0;
  }
  return refuse(
    `a date is YYYY-MM-DD, or days since the epoch, from ${dateText(-(2 ** 31))} to ${dateText(2 ** 31 - 1)}`,
  );
}

function readTime(json: unknown): bigint {
  const value = readDigits(json, 20) ?? (typeof json === 'string' ? timeFromText(json) : undefined);
  if (value !== undefined && isTimeOfDay(value)) return value;
  return refuse('a time is HH:MM:SS with at most nanoseconds, or nanoseconds since midnight');
}

function readDuration(json: unknown): CqlDuration {
  const value = typeof json === 'string' ? durationFromText(json) : undefined;
  return (
    value ??
    refuse(
      'a duration is a string such as "1mo2d3h" or "P1M2DT3H"; months and days have 32 bits, the rest 64 bits of nanoseconds',
    )
  );
}
