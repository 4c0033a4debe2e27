import { describe, expect, it } from 'vitest';
import {
  constantDelay,
  type Delay,
  exponentialDelay,
  logNormalDelay,
  uniformDelay,
} from '../../../src/adapters/embedded/delay.ts';
import { createSeededRandom } from '../../../src/core/random.ts';

function quantiles(delay: Delay): [tenth: number, median: number, ninetieth: number] {
  const random = createSeededRandom(5);
  const drawn = Array.from({ length: 20_000 }, () => delay(random)).sort((a, b) => a - b);
  expect(drawn[0]).toBeGreaterThanOrEqual(0);
  return [drawn[2_000] as number, drawn[10_000] as number, drawn[18_000] as number];
}

describe('delays', () => {
  it.each<[string, Delay, [number, number, number]]>([
    ['constant', constantDelay(3), [3, 3, 3]],
    ['uniform', uniformDelay(10, 20), [11, 15, 19]],
    // -mean x ln(1 - p)
    ['exponential', exponentialDelay(10), [1.0536, 6.9315, 23.026]],
    // median x exp(sigma x z), z = -1.2816, 0, 1.2816
    ['log-normal', logNormalDelay(8, 0.5), [4.2153, 8, 15.183]],
  ])('are spread as their name says: %s', (_name, delay, expected) => {
    for (const [index, quantile] of quantiles(delay).entries()) {
      expect(quantile / (expected[index] as number)).toBeCloseTo(1, 1);
    }
  });
});
