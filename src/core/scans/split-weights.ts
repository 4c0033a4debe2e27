import { compareTokens, largestToken, smallestToken, type Token } from '../token/token.ts';
import type { Stretch } from './split-sizes.ts';
import { tokenBehind, tokensBetween } from './split-tokens.ts';

/** How the work of a scan lies along the ring: 0 before its first token, 1 at its last one. */
export interface Weights {
  upTo(token: Token): number;
  /** The token up to which there is this weight. */
  tokenAt(weight: number): Token;
}

/**
 * By width this part, by estimates the rest: estimates are as old as the last look of the nodes, and a range that
 * they say is empty must not become one split however wide it is.
 */
const partByWidth = 1 / 8;

const wholeRing: readonly Stretch[] = [{ after: smallestToken, upTo: largestToken, partitions: 0 }];

/** By width alone where there are no stretches; where there are, they have partitions. */
export function weighRing(stretches: readonly Stretch[]): Weights {
  const total = stretches.reduce((sum, { partitions }) => sum + partitions, 0);
  const isEstimated = stretches.length > 0;
  const parts = isEstimated ? stretches : wholeRing;
  const byWidth = isEstimated ? partByWidth : 1;
  const tokens = tokensBetween(smallestToken, largestToken);
  const ends = new Float64Array(parts.length);
  let sum = 0;
  for (const [index, { after, upTo, partitions }] of parts.entries()) {
    sum += byWidth * (tokensBetween(after, upTo) / tokens);
    if (isEstimated) sum += (1 - byWidth) * (partitions / total);
    ends[index] = sum;
  }
  // Whatever rounding has made of it.
  ends[parts.length - 1] = 1;
  const startOf = (part: number): number => ends[part - 1] ?? 0;
  return {
    upTo: (token) => {
      const index = firstFrom(parts.length, (part) => compareTokens(token, endOf(parts, part)) <= 0);
      const { after, upTo } = parts[index] ?? (parts[0] as Stretch);
      const start = startOf(index);
      const within = tokensBetween(after, token) / tokensBetween(after, upTo);
      return start + within * ((ends[index] ?? 1) - start);
    },
    tokenAt: (weight) => {
      const index = firstFrom(parts.length, (part) => (ends[part] ?? 1) >= weight);
      const { after, upTo } = parts[index] ?? (parts[0] as Stretch);
      const start = startOf(index);
      const within = (weight - start) / ((ends[index] ?? 1) - start);
      return tokenBehind(after, within * tokensBetween(after, upTo));
    },
  };
}

function endOf(parts: readonly Stretch[], part: number): Token {
  return parts[part]?.upTo ?? largestToken;
}

/** The first of `count` places for which it holds; it holds for all behind that one, and for the last. */
function firstFrom(count: number, holds: (place: number) => boolean): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
