import { describe, expect, it } from 'vitest';
import type { PolicyState } from '../../src/core/throttle/throttle.ts';
import { createRateLimitEncoder } from '../../src/http/rate-limit-headers.ts';

const standing: PolicyState = { policy: 'read', rate: 20_000, burst: 40_000, remaining: 39_950, fullInMs: 3 };
const holder = {};

describe('RateLimit-Policy', () => {
  it.each([
    [20_000, 40_000, '"read";q=40000;w=2', 'a burst of two seconds'],
    [20_000, 20_000, '"read";q=20000;w=1', 'of one'],
    [20_000, 50_000, '"read";q=50000;w=3', 'of two and a half: the window is whole, and not too short'],
    [1.5, 1, '"read";q=1;w=1', 'a burst below a second: what one second gives, rounded down'],
    [100.9, 10, '"read";q=100;w=1', 'a burst below a second'],
    [0.5, 1, '"read";q=1;w=2', 'less than one a second'],
    [0.001, 1, '"read";q=1;w=1000', 'much less'],
    [10_000_000, 1_000_000_000, '"read";q=1000000000;w=100', 'the largest'],
  ])('of %d a second, %d at once, is %s: %s', (rate, burst, expected, _why) => {
    const encoder = createRateLimitEncoder();
    expect(encoder.encode(holder, { ...standing, rate, burst }).policy).toBe(expected);
    const [, q, w] = /q=(\d+);w=(\d+)/.exec(expected) ?? [];
    expect(Number(q) / Number(w)).toBeLessThanOrEqual(rate);
  });

  it('follows a limit that is changed at run time', () => {
    const encoder = createRateLimitEncoder();
    encoder.encode(holder, standing);
    expect(encoder.encode(holder, { ...standing, burst: 60_000 }).policy).toBe('"read";q=60000;w=3');
    expect(encoder.encode(holder, { ...standing, rate: 10_000 }).policy).toBe('"read";q=40000;w=4');
    expect(encoder.encode(holder, { ...standing, policy: 'scan' }).policy).toBe('"scan";q=40000;w=2');
  });

  it('is of the one who has the limit', () => {
    const encoder = createRateLimitEncoder();
    encoder.encode({}, { ...standing, burst: 60_000 });
    expect(encoder.encode({}, standing).policy).toBe('"read";q=40000;w=2');
  });
});

describe('RateLimit', () => {
  it.each([
    [39_950, 3, undefined, 'r=39950;t=1', 'a part of a second is a second'],
    [40_000, 0, undefined, 'r=40000;t=0', 'all is there'],
    [12.9, 1_000, undefined, 'r=12;t=1', 'units are whole, and no more than there are'],
    [0, 2_001, undefined, 'r=0;t=3', 'never early'],
    [-5, 2_000, undefined, 'r=0;t=2', 'a debt shows as nothing left'],
    [0, 2_001, 40, 'r=0;t=1', 'no later than the time at which to come again: there are units from then on'],
    [0, 500, 4_000, 'r=0;t=1', 'whatever another limit says'],
  ])('with %d left, full in %d ms, retry %s, has %s: %s', (remaining, fullInMs, retry, expected, _why) => {
    const { limit } = createRateLimitEncoder().encode(holder, { ...standing, remaining, fullInMs }, retry);
    expect(limit).toBe(`"read";${expected}`);
  });
});
