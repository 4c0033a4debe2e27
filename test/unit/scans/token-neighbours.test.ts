import fc from 'fast-check';
import { expect, it } from 'vitest';
import { laterToken, nextToken, previousToken } from '../../../src/core/scans/token-neighbours.ts';
import {
  largestToken,
  smallestToken,
  tokenFromDecimal,
  tokenToDecimal,
} from '../../../src/core/token/token.ts';
import { anyToken, largest, smallest } from '../../support/ring-states.ts';

it('the neighbours of a token are one away, and none is beyond the ends', () => {
  fc.assert(
    fc.property(anyToken, (value) => {
      const token = tokenFromDecimal(value.toString());
      const next = value === largest ? value : value + 1n;
      const previous = value === smallest ? value : value - 1n;
      expect(tokenToDecimal(nextToken(token))).toBe(next.toString());
      expect(tokenToDecimal(previousToken(token))).toBe(previous.toString());
    }),
  );
});

it('the later of two tokens is the one that comes second on the ring', () => {
  expect(laterToken(smallestToken, largestToken)).toBe(largestToken);
  expect(laterToken(largestToken, smallestToken)).toBe(largestToken);
});
