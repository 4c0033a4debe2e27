import { type Token, tokenFromDecimal, tokenToDecimal } from '../token/token.ts';

/** Tokens between two, the first one left out; below 0 where `to` comes first. Rounded once, to 53 bits. */
export function tokensBetween(from: Token, to: Token): number {
  return (to.hi - from.hi) * 0x1_0000_0000 + (to.lo - from.lo);
}

const last = 2n ** 63n - 1n;

/** The token so far behind `from`; `distance` is at least 0, and beyond the end of the ring stands its last token. */
export function tokenBehind(from: Token, distance: number): Token {
  const at = BigInt(tokenToDecimal(from)) + BigInt(Math.round(distance));
  return tokenFromDecimal((at > last ? last : at).toString());
}
