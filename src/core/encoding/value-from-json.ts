import type { CqlType } from './cql-type.ts';
import type { CqlValue } from './cql-value.ts';
import { scalarFromJson } from './scalar-from-json.ts';
import { ValueFault } from './value-fault.ts';
import { orderedDistinct } from './value-order.ts';

/**
 * A value from parsed JSON, by the table of encodings. Null is null; inside a collection it is refused, as
 * Cassandra does. Sets and maps come out in Cassandra's order. Throws a `ValueFault`.
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
    default:
      return scalarFromJson(type.kind, json);
  }
}

function elementValue(type: CqlType, json: unknown): CqlValue {
  if (json === null || json === undefined) throw new ValueFault('a collection holds no null');
  return presentValue(type, json);
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
