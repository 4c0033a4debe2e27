const minimumSamples = 32;
/** The sorted ratios are renewed when this part of them is new. */
const renewedPart = 1 / 8;
/** ... or when the expectation has changed by this part, so that ratios are never multiplied by another one's. */
const notableChange = 0.1;

/**
 * How the latest messages of one table compare with what was to be expected of them: quantiles of
 * duration ÷ expectation. Kept as durations and divided when asked, so that old messages are judged by what is expected
 * now: a table that becomes ten times slower is not taken for one with a tail.
 */
export interface RatioWindow {
  observe(keys: number, durationMs: number): void;
  /**
   * The smallest ratio that at least `share` of the messages do not exceed, so that at most `1 - share` are longer;
   * 0 for a share of 0. Undefined before there are 32 messages, or where nothing is expected yet.
   */
  quantile(share: number): number | undefined;
}

/** Bounded: the latest `size` messages, at least 32. */
export function createRatioWindow(
  size: number,
  expectedMs: (keys: number) => number | undefined,
): RatioWindow {
  const keysSeen = new Float64Array(size);
  const durations = new Float64Array(size);
  const ratios = new Float64Array(size);
  let observed = 0;
  let renewAt = minimumSamples;
  /** The expectation that the ratios were made with; 0: there are none yet. */
  let expectedThen = 0;
  let sorted = ratios.subarray(0, 0);

  const renew = (): void => {
    const count = Math.min(observed, size);
    for (let index = 0; index < count; index += 1) {
      ratios[index] = (durations[index] ?? 0) / (expectedMs(keysSeen[index] ?? 0) ?? 1);
    }
    sorted = ratios.subarray(0, count).sort();
    renewAt = observed + size * renewedPart;
  };

  return {
    observe(keys, durationMs) {
      keysSeen[observed % size] = keys;
      durations[observed % size] = durationMs;
      observed += 1;
    },
    quantile(share) {
      if (observed < minimumSamples) return undefined;
      const expectedNow = expectedMs(1);
      if (expectedNow === undefined) return undefined;
      if (observed >= renewAt || Math.abs(expectedNow - expectedThen) > expectedThen * notableChange) {
        expectedThen = expectedNow;
        renew();
      }
      if (share <= 0) return 0;
      // Past rounding: 0.9 of 1,000 is the 900th, not the 901st.
      const rank = Math.ceil(share * sorted.length - 1e-9);
      return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
    },
  };
}
