import { dateText, timestampText, timeText } from './calendar-text.ts';
import { type CqlType, isNameLike, type ScalarName, type UdtField } from './cql-type.ts';
import type { CqlDecimal, CqlValue } from './cql-value.ts';
import { decimalText, wholeNumberText } from './decimal-text.ts';
import { durationText, isDuration } from './duration-text.ts';
import { doubleText, floatText } from './float-text.ts';
import { hexText } from './hex-text.ts';
import { ValueFault } from './value-fault.ts';

/** JSON text of one value of one type. Throws a `ValueFault` for a value that could not be decoded or has no JSON form. */
export type JsonWriter = (value: CqlValue) => string;

/** A value as JSON text, by the table of encodings. Null, and with it the empty value of a type that has one, is `null`. */
export function jsonFromValue(type: CqlType, value: CqlValue): string {
  return createJsonWriter(type)(value);
}

/** Made once a column: scalars share one function a type. */
export function createJsonWriter(type: CqlType): JsonWriter {
  switch (type.kind) {
    case 'unsupported':
      return (value) => (value === null ? 'null' : unreadable(type.name));
    case 'list':
    case 'set':
    case 'vector':
      return sequenceWriter(type.kind, createJsonWriter(type.element));
    case 'map':
      return isNameLike(type.key)
        ? objectWriter(createJsonWriter(type.key), createJsonWriter(type.value))
        : sequenceWriter('map', pairWriter(createJsonWriter(type.key), createJsonWriter(type.value)));
    case 'tuple':
      return tupleWriter(type.elements.map(createJsonWriter));
    case 'udt':
      return fieldWriter(type.fields);
    default:
      return scalarWriters[type.kind];
  }
}

function sequenceWriter(kind: 'list' | 'set' | 'map' | 'vector', writeElement: JsonWriter): JsonWriter {
  return (value) => {
    if (value === null) return 'null';
    let json = '';
    for (const element of arrayOf(value, kind)) json += `${json === '' ? '' : ','}${writeElement(element)}`;
    return `[${json}]`;
  };
}

function pairWriter(writeKey: JsonWriter, writeValue: JsonWriter): JsonWriter {
  return (pair) => {
    const [key = null, value = null] = arrayOf(pair, 'map');
    return `[${writeKey(key)},${writeValue(value)}]`;
  };
}

function tupleWriter(writers: readonly JsonWriter[]): JsonWriter {
  return (value) => {
    if (value === null) return 'null';
    const elements = arrayOf(value, 'tuple');
    let json = '';
    for (let at = 0; at < writers.length; at += 1)
      json += (at === 0 ? '' : ',') + (writers[at]?.(elements[at] ?? null) ?? 'null');
    return `[${json}]`;
  };
}

/** Text, never an object: a field may be named `__proto__`. Names are quoted here, once, not a value. */
function fieldWriter(fields: readonly UdtField[]): JsonWriter {
  const names = fields.map(({ name }, at) => `${at === 0 ? '' : ','}${JSON.stringify(name)}:`);
  const writers = fields.map(({ type }) => createJsonWriter(type));
  return (value) => {
    if (value === null) return 'null';
    const held = arrayOf(value, 'user-defined type');
    let json = '';
    for (let at = 0; at < names.length; at += 1)
      json += names[at] + (writers[at]?.(held[at] ?? null) ?? 'null');
    return `{${json}}`;
  };
}

/** Text, never an object: a key may be named `__proto__`. */
function objectWriter(writeKey: JsonWriter, writeValue: JsonWriter): JsonWriter {
  return (value) => {
    if (value === null) return 'null';
    let json = '';
    for (const pair of arrayOf(value, 'map')) {
      const [key = null, held = null] = arrayOf(pair, 'map');
      if (key === null) unreadable('map');
      json += `${json === '' ? '' : ','}${writeKey(key)}:${writeValue(held)}`;
    }
    return `{${json}}`;
  };
}

function arrayOf(value: CqlValue, kind: string): readonly CqlValue[] {
  return Array.isArray(value) ? value : unreadable(kind);
}

function unreadable(kind: string): never {
  throw new ValueFault(`the stored value cannot be read as the type ${kind}`);
}

const scalarWriters: Readonly<Record<ScalarName, JsonWriter>> = {
  ascii: stringWriter('ascii', quoted),
  text: stringWriter('text', quoted),
  uuid: stringWriter('uuid', quoted),
  timeuuid: stringWriter('timeuuid', quoted),
  inet: stringWriter('inet', quoted),
  tinyint: wholeWriter('tinyint'),
  smallint: wholeWriter('smallint'),
  int: wholeWriter('int'),
  float: numberWriter('float', floatText),
  double: numberWriter('double', doubleText),
  date: numberWriter('date', (value) => `"${dateText(value)}"`),
  bigint: bigintWriter('bigint', (value) => `"${value}"`),
  counter: bigintWriter('counter', (value) => `"${value}"`),
  varint: bigintWriter('varint', (value) => `"${wholeNumberText(value, 'varint')}"`),
  timestamp: bigintWriter('timestamp', (value) => `"${timestampText(value)}"`),
  time: bigintWriter('time', (value) => `"${timeText(value)}"`),
  boolean: (value) =>
    value === null ? 'null' : typeof value === 'boolean' ? `${value}` : unreadable('boolean'),
  blob: (value) =>
    value === null ? 'null' : value instanceof Uint8Array ? `"0x${hexText(value)}"` : unreadable('blob'),
  decimal: (value) =>
    value === null ? 'null' : isDecimal(value) ? `"${decimalText(value)}"` : unreadable('decimal'),
  duration: (value) =>
    value === null ? 'null' : isDuration(value) ? `"${durationText(value)}"` : unreadable('duration'),
};

function quoted(value: string): string {
  return JSON.stringify(value);
}

function stringWriter(kind: ScalarName, write: (value: string) => string): JsonWriter {
  return (value) => (typeof value === 'string' ? write(value) : value === null ? 'null' : unreadable(kind));
}

function wholeWriter(kind: ScalarName): JsonWriter {
  return (value) =>
    typeof value === 'number' && (value | 0) === value
      ? `${value}`
      : value === null
        ? 'null'
        : unreadable(kind);
}

function numberWriter(kind: ScalarName, write: (value: number) => string): JsonWriter {
  return (value) => (typeof value === 'number' ? write(value) : value === null ? 'null' : unreadable(kind));
}

function bigintWriter(kind: ScalarName, write: (value: bigint) => string): JsonWriter {
  return (value) => (typeof value === 'bigint' ? write(value) : value === null ? 'null' : unreadable(kind));
}

function isDecimal(value: CqlValue): value is CqlDecimal {
  return typeof value === 'object' && value !== null && 'unscaled' in value;
}
