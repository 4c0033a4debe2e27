/**
 * How CQL's compound values hold their elements: collections as a count and then elements with their lengths,
 * tuples and user-defined types as elements with their lengths alone, vectors by what the element's type allows.
 * Lengths are 32 bits, big-endian, and below 0 for null.
 */
import type { CqlType } from './cql-type.ts';
import { ValueFault } from './value-fault.ts';
import { readUnsignedVint, unsignedVintBytes } from './variable-integer.ts';

export type ElementBytes = Uint8Array | null;

/** With `count` before the elements where it is given. */
export function joinElements(elements: readonly ElementBytes[], count?: number): Uint8Array {
  const start = count === undefined ? 0 : 4;
  const bytes = new Uint8Array(elements.reduce((sum, element) => sum + 4 + (element?.length ?? 0), start));
  const view = new DataView(bytes.buffer);
  if (count !== undefined) view.setInt32(0, count);
  let at = start;
  for (const element of elements) {
    view.setInt32(at, element?.length ?? -1);
    at += 4;
    if (element === null) continue;
    bytes.set(element, at);
    at += element.length;
  }
  return bytes;
}

/** The elements of a collection: `perItem` x the count. The count is not believed before the bytes are there. */
export function splitCollection(bytes: Uint8Array, perItem: number): ElementBytes[] {
  if (bytes.length < 4) throw endsEarly('collection');
  const count = viewOf(bytes).getInt32(0) * perItem;
  if (count < 0) throw new ValueFault('a collection has no negative number of elements');
  const { elements, end } = splitElements('collection', bytes, 4, count);
  if (elements.length < count) throw endsEarly('collection');
  if (end < bytes.length) throw goesOn('collection');
  return elements;
}

/** The elements of a tuple or a user-defined type; fewer than `count` where it was written before the type had them all. */
export function splitTuple(bytes: Uint8Array, count: number): { elements: ElementBytes[]; isWhole: boolean } {
  const { elements, end } = splitElements('tuple', bytes, 0, count);
  return { elements, isWhole: end === bytes.length };
}

function splitElements(
  what: string,
  bytes: Uint8Array,
  start: number,
  most: number,
): { elements: ElementBytes[]; end: number } {
  const view = viewOf(bytes);
  const elements: ElementBytes[] = [];
  let at = start;
  while (elements.length < most && at < bytes.length) {
    if (at + 4 > bytes.length) throw endsEarly(what);
    const length = view.getInt32(at);
    at += 4;
    if (at + length > bytes.length) throw endsEarly(what);
    elements.push(length < 0 ? null : bytes.subarray(at, at + length));
    at += Math.max(0, length);
  }
  return { elements, end: at };
}

/** Elements of a fixed length stand side by side; others follow their length as an unsigned number of variable length. */
export function joinVector(element: CqlType, elements: readonly Uint8Array[]): Uint8Array {
  const isFixed = fixedLength(element) !== undefined;
  const parts = elements.flatMap((part) =>
    isFixed ? [part] : [unsignedVintBytes(BigInt(part.length)), part],
  );
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function splitVector(element: CqlType, dimension: number, bytes: Uint8Array): Uint8Array[] {
  const fixed = fixedLength(element);
  const elements: Uint8Array[] = [];
  let at = 0;
  while (elements.length < dimension) {
    let length = fixed ?? 0;
    if (fixed === undefined) {
      const read = readUnsignedVint(bytes, at);
      at += read.length;
      // More than there can be, but still a number.
      length = Number(read.value);
    }
    if (at + length > bytes.length) throw endsEarly('vector');
    elements.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (at < bytes.length) throw goesOn('vector');
  return elements;
}

/** In bytes, for the types to which Cassandra gives one (`valueLengthIfFixed` of its types); undefined for others, however alike their values are. */
function fixedLength(type: CqlType): number | undefined {
  switch (type.kind) {
    case 'boolean':
      return 1;
    case 'int':
    case 'float':
      return 4;
    case 'bigint':
    case 'double':
    case 'timestamp':
      return 8;
    case 'uuid':
    case 'timeuuid':
      return 16;
    case 'vector': {
      const length = fixedLength(type.element);
      return length === undefined ? undefined : length * type.dimension;
    }
    default:
      return undefined;
  }
}

function endsEarly(what: string): ValueFault {
  return new ValueFault(`the bytes of a ${what} end early`);
}

function goesOn(what: string): ValueFault {
  return new ValueFault(`the bytes of a ${what} go on after its last element`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
