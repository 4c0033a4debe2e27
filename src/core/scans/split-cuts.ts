import { compareTokens, largestToken, smallestToken, type Token } from '../token/token.ts';
import type { Weights } from './split-weights.ts';

/** The least and the most that a split may weigh, as a multiple of the mean. */
const least = 0.5;
const most = 1.5;

/** A cut that stands fast. `place` counts the cuts before it, `at` is where it stands, in splits of mean weight. */
interface FixedCut {
  readonly place: number;
  readonly at: number;
  readonly token: Token;
}

/**
 * Cuts the ring into `count` splits: their inner ends, one less than there are splits. Each weighs between half and
 * one and a half of the mean.
 *
 * An even cut that has a boundary nearby is moved there, the one nearest to it; the other cuts then divide what lies
 * between two that were moved evenly. Where every cut has a boundary nearby, all splits end at boundaries; where there
 * are more splits than ranges, nearly every boundary is an end.
 *
 * Undefined where the weights are too uneven for it: no token can be divided.
 *
 * @param boundaries in token order, neither the first nor the last token of the ring among them
 */
export function cutEvenly(
  weights: Weights,
  boundaries: readonly Token[],
  count: number,
): readonly Token[] | undefined {
  const cuts: Token[] = [];
  let from: Omit<FixedCut, 'token'> = { place: 0, at: 0 };
  const divideUpTo = ({ place, at }: Omit<FixedCut, 'token'>): void => {
    const parts = place - from.place;
    for (let part = 1; part < parts; part += 1) {
      cuts.push(weights.tokenAt((from.at + ((at - from.at) * part) / parts) / count));
    }
    from = { place, at };
  };
  for (const fixed of fixedCuts(weights, boundaries, count)) {
    divideUpTo(fixed);
    cuts.push(fixed.token);
  }
  divideUpTo({ place: count, at: count });
  const ends = [smallestToken, ...cuts, largestToken];
  const ascend = ends.every((end, index) => index === 0 || compareTokens(ends[index - 1] as Token, end) < 0);
  return ascend ? cuts : undefined;
}

/**
 * The cuts that can stand at boundaries. Each is at most half a split away from its even place, so that the splits
 * between two that are not neighbours come out even enough by themselves.
 */
function fixedCuts(weights: Weights, boundaries: readonly Token[], count: number): readonly FixedCut[] {
  const fixed: FixedCut[] = [];
  for (const candidate of nearest(weights, boundaries, count)) {
    const before = fixed.at(-1) ?? { place: 0, at: 0 };
    const weight = candidate.at - before.at;
    const isNext = candidate.place === before.place + 1;
    if (!isNext || (weight >= least && weight <= most)) fixed.push(candidate);
  }
  return fixed;
}

/** The boundary nearest to each even cut; none for a cut to which none is nearer than to its neighbours. */
function nearest(weights: Weights, boundaries: readonly Token[], count: number): readonly FixedCut[] {
  const candidates: FixedCut[] = [];
  for (const token of boundaries) {
    const at = weights.upTo(token) * count;
    const place = Math.round(at);
    if (place < 1 || place >= count) continue;
    const rival = candidates.at(-1);
    if (rival?.place !== place) candidates.push({ place, at, token });
    else if (Math.abs(at - place) < Math.abs(rival.at - place)) {
      candidates[candidates.length - 1] = { place, at, token };
    }
  }
  return candidates;
}
