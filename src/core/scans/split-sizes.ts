import type { SizeEstimate, TokenRange } from '../ports.ts';
import { compareTokens, largestToken, smallestToken, type Token } from '../token/token.ts';
import { tokensBetween } from './split-tokens.ts';

/** A part of the ring in which partitions are taken to lie evenly. */
export interface Stretch extends TokenRange {
  /** May be a fraction where it was concluded from others. */
  readonly partitions: number;
}

/**
 * The whole ring in stretches, in token order, none across its seam. What no node told of, such as the ranges of one
 * that is down, is taken to be as dense as all the rest together. Of estimates that overlap the first counts. Empty
 * where nothing is estimated.
 */
export function stretchesOf(estimates: readonly SizeEstimate[]): readonly Stretch[] {
  const told = disjoint(estimates);
  const known = told.reduce((sum, { partitions }) => sum + partitions, 0);
  if (known === 0) return [];
  const density = known / told.reduce((sum, { after, upTo }) => sum + tokensBetween(after, upTo), 0);
  const gap = (after: Token, upTo: Token): readonly Stretch[] => {
    const tokens = tokensBetween(after, upTo);
    return tokens > 0 ? [{ after, upTo, partitions: density * tokens }] : [];
  };
  let reached = smallestToken;
  const stretches = told.flatMap((stretch) => {
    const before = gap(reached, stretch.after);
    reached = stretch.upTo;
    return [...before, stretch];
  });
  return [...stretches, ...gap(reached, largestToken)];
}

function disjoint(estimates: readonly SizeEstimate[]): readonly Stretch[] {
  const inOrder = estimates.toSorted((a, b) => compareTokens(a.after, b.after));
  const kept: Stretch[] = [];
  let reached = smallestToken;
  for (const { after, upTo, partitions } of inOrder) {
    if (compareTokens(after, reached) < 0 || compareTokens(after, upTo) >= 0) continue;
    kept.push({ after, upTo, partitions });
    reached = upTo;
  }
  return kept;
}

/**
 * The partitions of each of the ranges, whole numbers whose sum is that of the stretches: what rounding down leaves
 * goes to the largest remainders. The ranges cover the ring once, in token order, as the stretches do. Undefined for
 * each where there are no stretches.
 */
export function apportion(
  stretches: readonly Stretch[],
  ranges: readonly TokenRange[],
): readonly (number | undefined)[] {
  if (stretches.length === 0) return ranges.map(() => undefined);
  const shares = sharesOf(stretches, ranges);
  const total = Math.round(stretches.reduce((sum, { partitions }) => sum + partitions, 0));
  const counts = shares.map(Math.floor);
  const left = total - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = [...shares.keys()].sort((a, b) => remainder(shares[b]) - remainder(shares[a]));
  for (const place of byRemainder.slice(0, Math.max(0, left))) counts[place] = (counts[place] ?? 0) + 1;
  return counts;
}

function remainder(share = 0): number {
  return share - Math.floor(share);
}

/** Of each range: the stretches that reach into it, each by the part of it that does. */
function sharesOf(stretches: readonly Stretch[], ranges: readonly TokenRange[]): readonly number[] {
  let next = 0;
  return ranges.map(({ after, upTo }) => {
    let share = 0;
    for (let stretch = stretches[next]; stretch !== undefined; stretch = stretches[next]) {
      const from = laterOf(after, stretch.after);
      const to = earlierOf(upTo, stretch.upTo);
      share += stretch.partitions * (tokensBetween(from, to) / tokensBetween(stretch.after, stretch.upTo));
      if (compareTokens(stretch.upTo, upTo) > 0) break;
      next += 1;
      if (compareTokens(stretch.upTo, upTo) === 0) break;
    }
    return share;
  });
}

function laterOf(a: Token, b: Token): Token {
  return compareTokens(a, b) < 0 ? b : a;
}

function earlierOf(a: Token, b: Token): Token {
  return compareTokens(a, b) < 0 ? a : b;
}
