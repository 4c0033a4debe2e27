import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRatioWindow } from '../../../src/core/speculation/ratio-window.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const size = 1_024;
const twoMs = (): number => 2;

describe('the window of ratios', () => {
  it('knows nothing before it has seen enough', () => {
    const window = createRatioWindow(size, twoMs);
    for (let index = 0; index < 31; index += 1) window.observe(1, 4);
    expect(window.quantile(0.5)).toBeUndefined();
    window.observe(1, 4);
    expect(window.quantile(0.5)).toBe(2);
  });

  it('knows nothing while nothing is expected, and keeps what it saw meanwhile', () => {
    let expectedMs: number | undefined;
    const window = createRatioWindow(size, () => expectedMs);
    for (let index = 0; index < 40; index += 1) window.observe(1, 4);
    expect(window.quantile(0.5)).toBeUndefined();
    expectedMs = 4;
    expect(window.quantile(0.5)).toBe(1);
  });

  it('judges a message by its own number of keys', () => {
    const window = createRatioWindow(size, (keys) => 1 + keys);
    for (let index = 0; index < 64; index += 1) window.observe(index % 8, 1 + (index % 8));
    expect([window.quantile(0.01), window.quantile(0.99)]).toEqual([1, 1]);
  });

  it('judges old messages by what is expected now', () => {
    let expectedMs = 2;
    const window = createRatioWindow(size, () => expectedMs);
    for (let index = 0; index < 512; index += 1) window.observe(1, 20);
    expect(window.quantile(0.9)).toBe(10);
    expectedMs = 20;
    expect(window.quantile(0.9)).toBe(1);
  });

  it('forgets what is older than its size', () => {
    const window = createRatioWindow(size, twoMs);
    for (let index = 0; index < 100; index += 1) window.observe(1, 2_000);
    for (let index = 0; index < size; index += 1) window.observe(1, 2);
    expect(window.quantile(0.9999)).toBe(1);
  });

  it('is renewed when an eighth of it is new, not with each message', () => {
    const window = createRatioWindow(512, twoMs);
    for (let index = 0; index < 32; index += 1) window.observe(1, 2);
    expect(window.quantile(0.99)).toBe(1);
    for (let index = 0; index < 63; index += 1) window.observe(1, 8);
    expect(window.quantile(0.99)).toBe(1);
    window.observe(1, 8);
    expect(window.quantile(0.99)).toBe(4);
  });

  it('lets no more than the rest of the share be longer than a quantile, and is no longer than it must be', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 32, maxLength: 2_000 }),
        fc.integer({ min: 1, max: 999 }),
        (durations, permille) => {
          const window = createRatioWindow(size, () => 1);
          for (const duration of durations) window.observe(1, duration);
          const latest = durations.slice(-size);
          const quantile = window.quantile(permille / 1_000) ?? Number.NaN;
          const longer = latest.filter((duration) => duration > quantile).length;
          const notShorter = latest.filter((duration) => duration >= quantile).length;
          const rest = (latest.length * (1_000 - permille)) / 1_000;
          expect(longer).toBeLessThanOrEqual(rest + 1e-6);
          expect(notShorter).toBeGreaterThan(rest - 1e-6);
        },
      ),
      { numRuns: propertyRuns(200) },
    );
  });

  it('is 0 at a share of 0: every message may be longer', () => {
    const window = createRatioWindow(size, twoMs);
    for (let index = 0; index < 32; index += 1) window.observe(1, 2);
    expect(window.quantile(0)).toBe(0);
  });
});
