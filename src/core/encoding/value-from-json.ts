import type { CqlType, UdtField } from './cql-type.ts';
import type { CqlValue } from './cql-value.ts';
import { scalarFromJson } from './scalar-from-json.ts';
import { ValueFault } from './value-fault.ts';
import { orderedDistinct } from './value-order.ts';

/**
 * A value from parsed JSON, by the table of encodings. Null is null, also as an element of a tuple and as a field;
 * inside a collection or a vector it is refused, as Cassandra does. A field that is left out is null. Sets and maps come out in Cassandra's order. Throws a `ValueFault`.
 */
export function valueFromJson(type: CqlType, json: unknown): CqlValue {
  return json === null ? null : presentValue(type, json);
}

function presentValue(type: CqlType, json: unknown): CqlValue {
  switch (type.kind) {
    case 'unsupported':
      throw new ValueFault(`the type ${type.name} is not supported`);
    case 'list':
    case 'set': {
      if (!Array.isArray(json)) throw new ValueFault(`a ${type.kind} is a JSON array`);
      const { element } = type;
      const elements = json.map((item) => elementValue(element, item));
      return type.kind === 'list' ? elements : orderedDistinct(element, elements, (item) => item);
    }
    case 'map': {
      const pairs = pairsOf(json).map(([key, value]): [CqlValue, CqlValue] => [
        elementValue(type.key, key),
        elementValue(type.value, value),
      ]);
      return orderedDistinct(type.key, pairs, ([key]) => key);
    }
    case 'tuple': {
      const { elements } = type;
      if (!Array.isArray(json) || json.length !== elements.length)
        throw new ValueFault(`this tuple is a JSON array of ${elements.length}`);
      return elements.map((element, at) => valueFromJson(element, json[at] ?? null));
    }
    case 'vector': {
      const { element, dimension } = type;
      if (!Array.isArray(json) || json.length !== dimension)
        throw new ValueFault(`this vector is a JSON array of ${dimension}`);
      return json.map((item) => elementValue(element, item));
    }
    case 'udt':
      return fieldValues(type.name, type.fields, json);
    default:
      return scalarFromJson(type.kind, json);
  }
}

function elementValue(type: CqlType, json: unknown): CqlValue {
  if (json === null || json === undefined) throw new ValueFault('a collection or vector holds no null');
  return presentValue(type, json);
}

function fieldValues(name: string, fields: readonly UdtField[], json: unknown): readonly CqlValue[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new ValueFault(`a value of the type ${name} is a JSON object`);
  // A name that is given is an own property, `__proto__` included: the JSON was parsed.
  const given = json as Readonly<Record<string, unknown>>;
  const values = fields.map((field) =>
    Object.hasOwn(given, field.name) ? valueFromJson(field.type, given[field.name]) : null,
  );
  const known = fields.filter((field) => Object.hasOwn(given, field.name)).length;
  if (Object.keys(given).length > known)
    throw new ValueFault(`the type ${name} has no such field; it has ${namesOf(fields)}`);
  return values;
}

/** Told of one type at once. */
const maxNames = 20;

function namesOf(fields: readonly UdtField[]): string {
  const names = fields.slice(0, maxNames).map((field) => field.name);
  return names.join(', ') + (fields.length > maxNames ? ', and more' : '');
}

/** Either form, whatever the type of the keys: a key that is a property name is read as a string. */
function pairsOf(json: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(json)) return json.map(pairOf);
  if (typeof json === 'object' && json !== null) return Object.entries(json);
  throw new ValueFault('a map is a JSON object, or an array of [key, value]');
}

function pairOf(json: unknown): readonly [unknown, unknown] {
  if (Array.isArray(json) && json.length === 2) return [json[0], json[1]];
  throw new ValueFault('a map is a JSON object, or an array of [key, value]');
}
