import type { Text } from '../ports.ts';
import type { CqlType } from './cql-type.ts';
import type { CqlValue } from './cql-value.ts';
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
      const items = elementsOf(type.kind, value).map((item) => ({
        key: item,
        parts: [bytesFromValue(element, item, text)],
      }));
      return joinItems(type.kind === 'list' ? items : orderedDistinct(element, items, (item) => item.key));
    }
    case 'map': {
      const items = elementsOf(type.kind, value).map((pair) => {
        const [key = null, held = null] = elementsOf(type.kind, pair);
        return { key, parts: [bytesFromValue(type.key, key, text), bytesFromValue(type.value, held, text)] };
      });
      return joinItems(orderedDistinct(type.key, items, (item) => item.key));
    }
    default:
      return bytesFromScalar(type.kind, value, text);
  }
}

/**
 * The reverse of `bytesFromValue`. An empty value of a type other than text, ascii and blob is null, and so is
 * an element without bytes. Throws a `ValueFault` for bytes that are not of the type.
 */
export function valueFromBytes(type: CqlType, bytes: Uint8Array, text: Text): CqlValue {
  switch (type.kind) {
    case 'unsupported':
      throw new ValueFault(`the type ${type.name} is not supported`);
    case 'list':
    case 'set':
      if (bytes.length === 0) return null;
      return splitItems(bytes, 1).map((part) => part && valueFromBytes(type.element, part, text));
    case 'map': {
      if (bytes.length === 0) return null;
      const parts = splitItems(bytes, 2);
      return Array.from({ length: parts.length / 2 }, (_, at) => {
        const key = parts[2 * at] ?? null;
        const held = parts[2 * at + 1] ?? null;
        return [key && valueFromBytes(type.key, key, text), held && valueFromBytes(type.value, held, text)];
      });
    }
    default:
      return scalarFromBytes(type.kind, bytes, text);
  }
}

function elementsOf(kind: 'list' | 'set' | 'map', value: CqlValue): readonly CqlValue[] {
  if (Array.isArray(value)) return value;
  throw new ValueFault(`this is not a value of the type ${kind}`);
}

/** A count, then each part after its length; all of them 32-bit big-endian. */
function joinItems(items: readonly { readonly parts: readonly Uint8Array[] }[]): Uint8Array {
  const parts = items.flatMap((item) => item.parts);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 4));
  const view = new DataView(bytes.buffer);
  view.setInt32(0, items.length);
  let at = 4;
  for (const part of parts) {
    view.setInt32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/** The parts of `partsPerItem` x count; null for a length below 0. The count is not believed before the bytes are there. */
function splitItems(bytes: Uint8Array, partsPerItem: number): (Uint8Array | null)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: (Uint8Array | null)[] = [];
  let at = 0;
  const readLength = (): number => {
    if (at + 4 > bytes.length) throw new ValueFault('the bytes of a collection end early');
    at += 4;
    return view.getInt32(at - 4);
  };
  const count = readLength() * partsPerItem;
  if (count < 0) throw new ValueFault('a collection has no negative number of elements');
  while (parts.length < count) {
    const length = readLength();
    if (at + length > bytes.length) throw new ValueFault('the bytes of a collection end early');
    parts.push(length < 0 ? null : bytes.subarray(at, at + length));
    at += Math.max(0, length);
  }
  if (at !== bytes.length) throw new ValueFault('the bytes of a collection go on after its last element');
  return parts;
}
