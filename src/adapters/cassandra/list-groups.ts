import type { CqlType } from '../../core/encoding/cql-type.ts';
import type { KeyBytes, ReadStatement } from '../../core/ports.ts';
import { listedComponent } from './statement-text.ts';

/**
 * Cuts the keys of a message into groups that may share one `IN ?`. Mostly that is one group.
 *
 * A node decodes the elements of a list and serialises them anew, then drops what its type compares as
 * equal. So 1.0 and 1.00 would come back as one of the two, and a key that is not serialised as Cassandra
 * itself would do it (an IPv4-mapped address, a varint with leading zeros) would not be found at all. With
 * `= ?` the bytes stay as they are.
 */
export function listGroups(
  statement: ReadStatement,
  keys: readonly KeyBytes[],
): readonly (readonly KeyBytes[])[] {
  const listed = listedComponent(statement);
  const type = statement.keyColumns[listed]?.type;
  if (keys.length < 2 || type === undefined || isListedAsIs(type)) return [keys];
  const groups = new Map<number, KeyBytes[]>();
  const alone: KeyBytes[][] = [];
  for (const key of keys) {
    const shared = sharedGroup(type, key[listed] ?? new Uint8Array(0));
    const group = shared === undefined ? undefined : groups.get(shared);
    if (group !== undefined) group.push(key);
    else if (shared === undefined) alone.push([key]);
    else groups.set(shared, [key]);
  }
  return [...groups.values(), ...alone];
}

/** Bytes of these types survive a list, and different bytes are different values. */
function isListedAsIs(type: CqlType): boolean {
  switch (type.kind) {
    case 'boolean':
    case 'decimal':
    case 'double':
    case 'duration':
    case 'float':
    case 'inet':
    case 'varint':
    case 'unsupported':
      return false;
    case 'list':
    case 'set':
      return isDecodable(type.element) && isListedAsIs(type.element);
    case 'map':
      return [type.key, type.value].every((part) => isDecodable(part) && isListedAsIs(part));
    case 'tuple':
      return type.elements.every(isListedAsIs);
    case 'vector':
      return isListedAsIs(type.element);
    case 'udt':
      return type.fields.every((field) => isListedAsIs(field.type));
    default:
      return true;
  }
}

/** What the driver cannot decode inside a collection cannot be told apart in the answer either. */
function isDecodable(type: CqlType): boolean {
  return type.kind !== 'timestamp' && type.kind !== 'date' && type.kind !== 'time';
}

/** Components with the same number differ in value wherever they differ in bytes; undefined has to be asked alone. */
function sharedGroup(type: CqlType, bytes: Uint8Array): number | undefined {
  switch (type.kind) {
    case 'boolean':
      return bytes.length === 1 && (bytes[0] ?? 2) < 2 ? 0 : undefined;
    case 'inet':
      return isIpv4Mapped(bytes) ? undefined : 0;
    case 'varint':
      return isShortest(bytes) ? 0 : undefined;
    case 'decimal':
      return isShortest(bytes.subarray(4)) ? viewOf(bytes).getInt32(0) : undefined;
    case 'float':
      return bytes.length === 4 && !Number.isNaN(viewOf(bytes).getFloat32(0)) ? 0 : undefined;
    case 'double':
      return bytes.length === 8 && !Number.isNaN(viewOf(bytes).getFloat64(0)) ? 0 : undefined;
    default:
      return undefined;
  }
}

function isIpv4Mapped(bytes: Uint8Array): boolean {
  return (
    bytes.length === 16 &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff &&
    bytes.subarray(0, 10).every((byte) => byte === 0)
  );
}

/** Two's complement without a first byte that only repeats the sign. */
function isShortest(bytes: Uint8Array): boolean {
  const [first = 0, second] = bytes;
  if (bytes.length === 0) return false;
  if (second === undefined) return true;
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
