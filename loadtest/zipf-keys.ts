import { itemKey } from './dataset.ts';
import { type RandomSource, seededRandom } from './random.ts';

/** Any; the same ranks are the same keys in every run. */
const scatterSeed = 20_261_121;

/**
 * For each rank from 0 the share of draws that fall on it or on a more popular one: rank r is drawn in proportion to
 * 1 ÷ (r + 1)^exponent. The last one is exactly 1.
 */
export function zipfCumulative(ranks: number, exponent: number): Float64Array {
  const sums = new Float64Array(ranks);
  let total = 0;
  for (let rank = 0; rank < ranks; rank += 1) {
    total += (rank + 1) ** -exponent;
    sums[rank] = total;
  }
  return sums.map((sum) => sum / total);
}

/** The rank that a uniform number of [0, 1) stands for: the inverse of the cumulative distribution. */
export function rankOf(cumulative: Float64Array, uniform: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 1) > uniform) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Keys of the data set, few of them asked for often: popularity by Zipf's law, and in no order of their names. */
export class ZipfKeys {
  readonly #cumulative: Float64Array;
  readonly #indexOfRank: Uint32Array;

  /** Over the first `rows` rows. */
  constructor(rows: number, exponent: number) {
    this.#cumulative = zipfCumulative(rows, exponent);
    this.#indexOfRank = scattered(rows);
  }

  /** The key of a rank, 0 being the most popular. */
  keyOf(rank: number): string {
    const index = this.#indexOfRank[rank];
    if (index === undefined)
      throw new RangeError(`there are ${this.#indexOfRank.length} ranks, none is ${rank}`);
    return itemKey(index);
  }

  /** Distinct ones: a rank that was drawn already is drawn again. */
  draw(count: number, random: RandomSource): readonly string[] {
    if (count > this.#indexOfRank.length / 2) {
      throw new RangeError(`${count} distinct keys of ${this.#indexOfRank.length} would take too many draws`);
    }
    const ranks = new Set<number>();
    while (ranks.size < count) ranks.add(rankOf(this.#cumulative, random()));
    return Array.from(ranks, (rank) => this.keyOf(rank));
  }
}

/** Source: Durstenfeld, "Algorithm 235: Random permutation" (1964). */
function scattered(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const random = seededRandom(scatterSeed);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const moved = order[other] ?? 0;
    order[other] = order[last] ?? 0;
    order[last] = moved;
  }
  return order;
}
