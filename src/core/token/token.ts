/**
 * A Murmur3 token: a signed 64-bit number in two 32-bit halves, since the hash is computed in halves and
 * a bigint for each key would cost more than the hash.
 */
export interface Token {
  /** Signed: the upper 32 bits. */
  readonly hi: number;
  /** Unsigned: the lower 32 bits. */
  readonly lo: number;
}

/** -2^63: the token of the empty key, and of nothing else. */
export const smallestToken: Token = { hi: -0x80000000, lo: 0 };
/** 2^63 - 1. */
export const largestToken: Token = { hi: 0x7fffffff, lo: 0xffffffff };

const decimal = /^-?[0-9]{1,19}$/;

/** Throws a `RangeError` for text that is no signed 64-bit number, such as a token of another partitioner. */
export function tokenFromDecimal(text: string): Token {
  const value = decimal.test(text) ? BigInt(text) : undefined;
  if (value === undefined || BigInt.asIntN(64, value) !== value) throw new RangeError('not a Murmur3 token');
  return { hi: Number(value >> 32n), lo: Number(value & 0xffffffffn) };
}

export function tokenToDecimal(token: Token): string {
  return ((BigInt(token.hi) << 32n) | BigInt(token.lo)).toString();
}

/** Below 0 when `a` comes first on the ring, 0 when they are the same token. */
export function compareTokens(a: Token, b: Token): number {
  return a.hi - b.hi || a.lo - b.lo;
}
