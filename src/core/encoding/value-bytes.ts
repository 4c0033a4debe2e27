import type { Text } from '../ports.ts';
import type { CqlType } from './cql-type.ts';
import type { CqlValue } from './cql-value.ts';
import {
  type ElementBytes,
  joinElements,
  joinVector,
  splitCollection,
  splitTuple,
  splitVector,
} from './element-list.ts';
import { bytesFromScalar, scalarFromBytes } from './scalar-bytes.ts';
import { ValueFault } from './value-fault.ts';
import { orderedDistinct } from './value-order.ts';

/**
 * A value in CQL's native serialisation (protocol v4), as it is bound and as keys are compared. Sets and maps
 * come out in Cassandra's order. Throws a `ValueFault` for null, for a value that is not of the type, and for
 * a set or a map that holds a key twice.
 */
export function bytesFromValue(type: CqlType, value: CqlValue, text: Text): Uint8Array {
  if (value === null) throw new ValueFault('null has no bytes');
  switch (type.kind) {
    case 'unsupported':
      throw new ValueFault(`the type ${type.name} is not supported`);
    case 'list':
    case 'set': {
      const { element } = type;
      const given = elementsOf(type.kind, value);
      const items = type.kind === 'list' ? given : orderedDistinct(element, given, (item) => item);
      return joinElements(
        items.map((item) => bytesFromValue(element, item, text)),
        items.length,
      );
    }
    case 'map': {
      const pairs = elementsOf(type.kind, value).map((pair) => {
        const [key = null, held = null] = elementsOf(type.kind, pair);
        return { key, held };
      });
      const items = orderedDistinct(type.key, pairs, ({ key }) => key);
      const parts = items.flatMap(({ key, held }) => [
        bytesFromValue(type.key, key, text),
        bytesFromValue(type.value, held, text),
      ]);
      return joinElements(parts, items.length);
    }
    case 'tuple':
      return tupleBytes(type.kind, type.elements, value, text);
    case 'udt':
      return tupleBytes(type.name, fieldTypes(type), value, text);
    case 'vector': {
      const { element, dimension } = type;
      const elements = elementsOf(type.kind, value);
      if (elements.length !== dimension) throw mismatch(type.kind);
      return joinVector(
        element,
        elements.map((item) => bytesFromValue(element, item, text)),
      );
    }
    default:
      return bytesFromScalar(type.kind, value, text);
  }
}

function tupleBytes(name: string, types: readonly CqlType[], value: CqlValue, text: Text): Uint8Array {
  const elements = elementsOf(name, value);
  if (elements.length !== types.length) throw mismatch(name);
  return joinElements(
    types.map((type, at) => {
      const element = elements[at] ?? null;
      return element === null ? null : bytesFromValue(type, element, text);
    }),
  );
}

/**
 * The reverse of `bytesFromValue`. An empty value of a type other than text, ascii and blob is null, and so is
 * an element without bytes. A tuple or a user-defined type that was written before its type had all elements has null for the
 * others; of a user-defined type that has got more fields since, those that are known are read. Throws a `ValueFault`
 * for bytes that are not of the type.
 */
export function valueFromBytes(type: CqlType, bytes: Uint8Array, text: Text): CqlValue {
  switch (type.kind) {
    case 'unsupported':
      throw new ValueFault(`the type ${type.name} is not supported`);
    case 'list':
    case 'set':
      if (bytes.length === 0) return null;
      return splitCollection(bytes, 1).map((part) => elementValue(type.element, part, text));
    case 'map': {
      if (bytes.length === 0) return null;
      const parts = splitCollection(bytes, 2);
      return Array.from({ length: parts.length / 2 }, (_, at) => [
        elementValue(type.key, parts[2 * at], text),
        elementValue(type.value, parts[2 * at + 1], text),
      ]);
    }
    case 'tuple': {
      if (bytes.length === 0) return null;
      const { elements, isWhole } = splitTuple(bytes, type.elements.length);
      if (!isWhole) throw new ValueFault('the bytes of a tuple go on after its last element');
      return type.elements.map((element, at) => elementValue(element, elements[at], text));
    }
    case 'udt': {
      if (bytes.length === 0) return null;
      const { elements } = splitTuple(bytes, type.fields.length);
      return type.fields.map((field, at) => elementValue(field.type, elements[at], text));
    }
    case 'vector':
      if (bytes.length === 0) return null;
      return splitVector(type.element, type.dimension, bytes).map((part) =>
        valueFromBytes(type.element, part, text),
      );
    default:
      return scalarFromBytes(type.kind, bytes, text);
  }
}

function elementValue(type: CqlType, bytes: ElementBytes | undefined, text: Text): CqlValue {
  return bytes ? valueFromBytes(type, bytes, text) : null;
}

function fieldTypes(type: Extract<CqlType, { kind: 'udt' }>): readonly CqlType[] {
  return type.fields.map((field) => field.type);
}

function elementsOf(name: string, value: CqlValue): readonly CqlValue[] {
  if (Array.isArray(value)) return value;
  throw mismatch(name);
}

function mismatch(name: string): ValueFault {
  return new ValueFault(`this is not a value of the type ${name}`);
}
