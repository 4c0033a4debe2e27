import type { KeyBytes } from '../ports.ts';
import { murmur3Token } from './murmur3.ts';
import type { Token } from './token.ts';

/** What the two bytes of a component's length can say. */
const longestComponentBytes = 0xffff;

/**
 * The partition key as Cassandra stores and hashes it. One component is itself (no copy); of several each
 * is written as its length in two bytes, the bytes, and a zero.
 *
 * Throws a `RangeError` for a component of several that is longer than `longestComponentBytes`.
 */
export function partitionKeyBytes(components: KeyBytes): Uint8Array {
  const [only] = components;
  if (only !== undefined && components.length === 1) return only;
  let length = 0;
  for (const component of components) {
    if (component.length > longestComponentBytes) throw new RangeError('a key component is too long');
    length += component.length + 3;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const component of components) {
    bytes[offset] = component.length >>> 8;
    bytes[offset + 1] = component.length;
    bytes.set(component, offset + 2);
    offset += component.length + 3;
  }
  return bytes;
}

/** The token of a partition key given by its components, all of them and in key order. */
export function tokenOfKey(components: KeyBytes): Token {
  return murmur3Token(partitionKeyBytes(components));
}
