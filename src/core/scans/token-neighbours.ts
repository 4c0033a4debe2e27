import { compareTokens, largestToken, smallestToken, type Token } from '../token/token.ts';

/** Behind the last token comes none: it stands for itself. */
export function nextToken({ hi, lo }: Token): Token {
  if (lo < 0xffffffff) return { hi, lo: lo + 1 };
  return hi === largestToken.hi ? largestToken : { hi: hi + 1, lo: 0 };
}

/** Before the first token comes none: it stands for itself. */
export function previousToken({ hi, lo }: Token): Token {
  if (lo > 0) return { hi, lo: lo - 1 };
  return hi === smallestToken.hi ? smallestToken : { hi: hi - 1, lo: 0xffffffff };
}

export function laterToken(a: Token, b: Token): Token {
  return compareTokens(a, b) < 0 ? b : a;
}
