import fc from 'fast-check';
import murmur3 from 'murmurhash3js-revisited';
import { describe, expect, it } from 'vitest';
import { murmur3Token } from '../../../src/core/token/murmur3.ts';
import { tokenToDecimal } from '../../../src/core/token/token.ts';
import vectors from './murmur3-vectors.json' with { type: 'json' };

const { blobs } = vectors;
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const tokenOf = (bytes: Uint8Array): string => tokenToDecimal(murmur3Token(bytes));

/** Murmur3 as published: every byte unsigned. */
const published = (bytes: Uint8Array): string =>
  BigInt.asIntN(64, BigInt(`0x${murmur3.x64.hash128(bytes).slice(0, 16)}`)).toString();

/** The bytes after the last full block of 16, the only ones that Cassandra sign-extends. */
const tailOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(bytes.length & ~15);

describe('the Murmur3 token', () => {
  it('is the one that a Cassandra node gives', () => {
    const tokens = blobs.map(({ key }) => ({ key, token: tokenOf(bytesOf(key)) }));
    expect(tokens).toEqual(blobs);
  });

  it('is tested with at least four keys of each length from 1 to 33, with and without high bytes', () => {
    for (let length = 1; length <= 33; length += 1) {
      const keys = blobs.map(({ key }) => bytesOf(key)).filter((key) => key.length === length);
      expect(keys.length).toBeGreaterThanOrEqual(4);
      expect(new Set(keys.map((key) => key.some((byte) => byte >= 0x80)))).toEqual(new Set([true, false]));
    }
  });

  it('of the empty key is the smallest', () => {
    expect(tokenOf(new Uint8Array())).toBe('-9223372036854775808');
  });

  it('of a key whose hash is the smallest is the largest', () => {
    expect(tokenOf(bytesOf('6695e3c7ba3f086354c52c5bc51e53c3'))).toBe('9223372036854775807');
  });

  it('agrees with Murmur3 as published where no byte of the tail is high', () => {
    const blocks = fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 4 });
    const tail = fc.uint8Array({ maxLength: 15, max: 0x7f });
    fc.assert(
      fc.property(blocks, tail, (head, rest) => {
        const key = Buffer.concat([...head, rest]);
        fc.pre(key.length > 0);
        expect(tokenOf(key)).toBe(published(key));
      }),
    );
  });

  it('differs from Murmur3 as published where a byte of the tail is high, and the node differs with it', () => {
    // A byte in the eighth place has no bits above it to spread its sign over.
    const keys = blobs.filter(({ key }) => {
      const tail = tailOf(bytesOf(key));
      return tail.some((byte, place) => byte >= 0x80 && place !== 7);
    });
    expect(keys.length).toBeGreaterThan(90);
    for (const { key, token } of keys) expect(published(bytesOf(key))).not.toBe(token);
  });

  it('reads only the bytes of the view that it is given', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (before, key, after) => {
        const whole = Uint8Array.from([...before, ...key, ...after]);
        const view = whole.subarray(before.length, before.length + key.length);
        expect(tokenOf(view)).toBe(tokenOf(key));
      }),
    );
  });
});
