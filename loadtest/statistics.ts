/**
 * The smallest value that at least `share` (0 to 1) of the values do not exceed: the nearest-rank method, so
 * the result is always a value that was measured. NaN for no values.
 */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * ascending.length));
  return ascending[rank - 1] ?? Number.NaN;
}

/** Of an even number of values, the mean of the two in the middle. NaN for no values. */
export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const half = ascending.length / 2;
  const upper = ascending[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? (upper + (ascending[half - 1] ?? Number.NaN)) / 2 : upper;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** How much more the busiest does than the average one: 1 is perfectly even. NaN when nobody did anything. */
export function busiestOverMean(values: readonly number[]): number {
  return (Math.max(...values) * values.length) / sum(values);
}
