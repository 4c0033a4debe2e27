import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareTokens,
  largestToken,
  smallestToken,
  tokenFromDecimal,
  tokenToDecimal,
} from '../../../src/core/token/token.ts';

const anyLong = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('a token', () => {
  it('is the same after a round trip through decimal text', () => {
    fc.assert(
      fc.property(
        anyLong,
        (value) => tokenToDecimal(tokenFromDecimal(value.toString())) === value.toString(),
      ),
    );
  });

  it('is ordered as its number is', () => {
    fc.assert(
      fc.property(anyLong, anyLong, (a, b) => {
        const order = compareTokens(tokenFromDecimal(a.toString()), tokenFromDecimal(b.toString()));
        return Math.sign(order) === (a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it.each([
    ['-9223372036854775808', smallestToken],
    ['9223372036854775807', largestToken],
    ['-1', { hi: -1, lo: 0xffffffff }],
    ['4294967296', { hi: 1, lo: 0 }],
    ['-4294967297', { hi: -2, lo: 0xffffffff }],
  ])('keeps %s in a signed and an unsigned half', (text, token) => {
    expect(tokenFromDecimal(text)).toEqual(token);
  });

  it.each([
    ['9223372036854775808', 'one above the largest'],
    ['-9223372036854775809', 'one below the smallest'],
    ['85070591730234615865843651857942052864', 'a token of RandomPartitioner'],
    ['6d61', 'a token of ByteOrderedPartitioner'],
    ['', 'no number at all'],
    ['1.0', 'a fraction'],
    [' 1', 'a space'],
  ])('refuses %j: %s', (text) => {
    expect(() => tokenFromDecimal(text)).toThrow(RangeError);
  });
});
