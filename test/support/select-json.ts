/**
 * What a node answers to `SELECT JSON`, as an oracle. It loses some of a value, and is compared under these rules:
 *
 * - numbers are bare, of any size: they are read from their digits;
 * - NaN and the infinities are `null`, as an element too;
 * - a timestamp is printed by the Julian calendar before 1582, and without era and sign: only later ones up to 9999 count;
 * - years of a date beyond 9999 have a sign and no leading zeros;
 * - a duration of nothing is an empty string;
 * - an IPv4-mapped address is printed as the IPv4 address;
 * - names of fields with upper-case letters, and keys of maps that are no strings, stand in quotes of their own.
 */
import type { CqlType } from '../../src/core/encoding/cql-type.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import { valueFromJson } from '../../src/core/encoding/value-from-json.ts';
import { compareValues } from '../../src/core/encoding/value-order.ts';

type Json = null | string | boolean | readonly Json[] | { readonly [name: string]: Json };

/** With numbers as the strings of their digits. */
export function parseSelectJson(text: string): Json {
  const keepDigits = (_name: string, value: unknown, { source }: { source: string }): unknown =>
    typeof value === 'number' ? source : value;
  return (JSON.parse as (text: string, reviver: typeof keepDigits) => Json)(text, keepDigits);
}

/** Under the name that `SELECT JSON` gives a column or a field. */
export function memberOf(json: Json, name: string): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('no JSON object');
  const members = json as { readonly [name: string]: Json };
  const printed = name === name.toLowerCase() ? name : `"${name}"`;
  if (!Object.hasOwn(members, printed)) throw new Error(`SELECT JSON has no ${printed}`);
  return members[printed] ?? null;
}

/** Whether the node's JSON says the same as the value, as far as it says anything. */
export function agrees(type: CqlType, value: CqlValue, json: Json): boolean {
  if (value === null || json === null) return value === json || isLostNumber(value);
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector': {
      const { element } = type;
      return areAll(value, json, (item, at) => agrees(element, item, at));
    }
    case 'tuple':
      return areAll(value, json, (item, at, index) => agrees(type.elements[index] as CqlType, item, at));
    case 'udt':
      return type.fields.every((field, at) =>
        agrees(field.type, (value as readonly CqlValue[])[at] ?? null, memberOf(json, field.name)),
      );
    case 'map':
      return agreesAsMap(type.key, type.value, value as readonly (readonly CqlValue[])[], json);
    default:
      return agreesAsScalar(type, value, json);
  }
}

function isLostNumber(value: CqlValue): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

function areAll(
  value: CqlValue,
  json: Json,
  isSame: (item: CqlValue, json: Json, index: number) => boolean,
): boolean {
  if (!Array.isArray(value) || !Array.isArray(json) || value.length !== json.length) return false;
  return value.every((item: CqlValue, index) =>
    isSame(item, (json as readonly Json[])[index] ?? null, index),
  );
}

/** By the order of the keys: an object of JavaScript moves names that are numbers to the front. */
function agreesAsMap(
  keyType: CqlType,
  valueType: CqlType,
  pairs: readonly (readonly CqlValue[])[],
  json: Json,
): boolean {
  const printed = Object.entries(json as object).map(([name, held]): readonly [CqlValue, Json] => [
    valueFromJson(keyType, memberName(keyType, name)),
    held as Json,
  ]);
  printed.sort(([one], [other]) => compareValues(keyType, one, other));
  return (
    printed.length === pairs.length &&
    pairs.every(([key = null, held = null], at) => {
      const [printedKey, printedValue] = printed[at] as readonly [CqlValue, Json];
      return compareValues(keyType, key, printedKey) === 0 && agrees(valueType, held, printedValue);
    })
  );
}

function memberName(type: CqlType, name: string): unknown {
  switch (type.kind) {
    case 'boolean':
    case 'list':
    case 'set':
    case 'map':
    case 'tuple':
    case 'vector':
    case 'udt':
      return parseSelectJson(name);
    case 'date':
      return paddedYear(name);
    default:
      return name;
  }
}

const gregorianMs = -12_219_292_800_000n;
const year10000Ms = 253_402_300_800_000n;

function agreesAsScalar(type: CqlType, value: CqlValue, json: Json): boolean {
  if (type.kind === 'timestamp') {
    const ms = value as bigint;
    if (ms < gregorianMs || ms >= year10000Ms) return true;
  }
  if (type.kind === 'inet')
    return json === (value as string).replace(/^::ffff:(?=.*\.)/, '') || sameAddress(value, json);
  let printed = json;
  if (type.kind === 'duration' && json === '') printed = '0s';
  if (type.kind === 'date') printed = paddedYear(json as string);
  return compareValues(type, value, valueFromJson(type, printed)) === 0;
}

function sameAddress(value: CqlValue, json: Json): boolean {
  return valueFromJson({ kind: 'inet' }, json) === value;
}

function paddedYear(date: string): string {
  const parts = /^([+-]?)(\d+)(-\d\d-\d\d)$/.exec(date);
  if (parts === null) return date;
  const [, sign = '', year = '', rest = ''] = parts;
  return sign === '' ? date : `${sign}${year.padStart(6, '0')}${rest}`;
}
