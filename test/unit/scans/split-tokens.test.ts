import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenBehind, tokensBetween } from '../../../src/core/scans/split-tokens.ts';
import { tokenFromDecimal, tokenToDecimal } from '../../../src/core/token/token.ts';
import { anyToken, largest, smallest } from '../../support/ring-states.ts';

const token = (value: bigint) => tokenFromDecimal(value.toString());

describe('the tokens between two', () => {
  it('are those of whole numbers, to 53 bits', () => {
    fc.assert(
      fc.property(anyToken, anyToken, (from, to) => {
        expect(tokensBetween(token(from), token(to))).toBe(Number(to - from));
      }),
    );
  });
});

describe('the token behind another', () => {
  it('is so far behind it', () => {
    fc.assert(
      fc.property(anyToken, fc.maxSafeNat(), (from, distance) => {
        const expected = from + BigInt(distance);
        fc.pre(expected <= largest);
        expect(tokenToDecimal(tokenBehind(token(from), distance))).toBe(expected.toString());
      }),
    );
  });

  it('is never beyond the end of the ring', () => {
    expect(tokenToDecimal(tokenBehind(token(smallest), 2 ** 64))).toBe(largest.toString());
  });
});
