import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowanceOf,
  availableOf,
  costOf,
  isSlowed,
  msOfTicks,
  readFullAt,
  refundOf,
  setBack,
  stateOf,
  ticksPerMs,
  ticksPerSecond,
  untilGivenMs,
  waitOf,
} from '../../../src/core/throttle/gcra.ts';
import { laterThisYear as now } from '../../support/limit-histories.ts';

const limits = fc.record({
  rate: fc.oneof(
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.double({ min: 0.01, max: 1e9, noNaN: true, noDefaultInfinity: true }),
  ),
  burst: fc.integer({ min: 1, max: 1_000_000 }),
});

describe('what units take', () => {
  const rows = [
    { rate: 1_000, units: 1, ticks: 16_000, why: 'a unit in a millisecond' },
    { rate: 90_000, units: 1, ticks: 178, why: '177.8 rounded up' },
    { rate: 90_000, units: 9, ticks: 1_600, why: 'nine units take whole ticks' },
    { rate: 47_000, units: 50, ticks: 17_022, why: '17,021.3 rounded up, once for all' },
    { rate: 0.5, units: 1, ticks: 2 * ticksPerSecond, why: 'a unit in two seconds' },
    { rate: 1e9, units: 1, ticks: 1, why: 'faster than a unit in a tick: a tick all the same' },
    { rate: 1_000, units: 0, ticks: 0, why: 'nothing takes nothing' },
  ];
  it.each(rows)('is $ticks ticks for $units at $rate a second: $why', ({ rate, units, ticks }) => {
    expect(costOf({ rate, burst: 1 }, units)).toBe(ticks);
  });

  it('is never less than what they give back', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.integer({ min: 0, max: 1_000 })), (limit, parts) => {
        const all = parts.reduce((sum, part) => sum + part, 0);
        const partly = parts.reduce((sum, part) => sum + refundOf(limit, part), 0);
        expect(partly).toBeLessThanOrEqual(costOf(limit, all));
        const charged = parts.reduce((sum, part) => sum + costOf(limit, part), 0);
        expect(refundOf(limit, all)).toBeLessThanOrEqual(charged);
      }),
    );
  });
});

describe('what a limit gives at once', () => {
  it('is the most whose cost there is room for, and at most its burst', () => {
    fc.assert(
      fc.property(limits, fc.double({ min: 0, max: 2, noNaN: true }), (limit, used) => {
        const fullAt = now + Math.round(used * allowanceOf(limit));
        const room = now + allowanceOf(limit) - fullAt;
        const units = availableOf(limit, fullAt, now);
        expect(units).toBeGreaterThanOrEqual(0);
        expect(units).toBeLessThanOrEqual(limit.burst);
        if (units > 0) expect(costOf(limit, units)).toBeLessThanOrEqual(room);
        if (units < limit.burst) expect(costOf(limit, units + 1)).toBeGreaterThan(room);
      }),
    );
  });

  it('comes after the wait and not before it', () => {
    fc.assert(
      fc.property(limits, fc.nat(), fc.nat({ max: 1_000_000 }), (limit, some, debt) => {
        const units = 1 + (some % limit.burst);
        const fullAt = now + allowanceOf(limit) + debt;
        const wait = waitOf(limit, fullAt, units, now);
        expect(wait).toBeGreaterThan(0);
        expect(availableOf(limit, fullAt, now + wait)).toBeGreaterThanOrEqual(units);
        expect(availableOf(limit, fullAt, now + wait - 1)).toBeLessThan(units);
      }),
    );
  });
});

describe('a stored time', () => {
  const limit = { rate: 1_000, burst: 10 };
  const ms = ticksPerMs;
  it.each([
    { why: 'its own rate', rate: 1_000, fullIn: 15 * ms, readIn: 15 * ms },
    { why: 'its own rate and a larger burst', rate: 1_000, fullIn: 90 * ms, readIn: 90 * ms },
    { why: 'a slower rate: as many units', rate: 100, fullIn: 90 * ms, readIn: 9 * ms },
    { why: 'a faster rate: as many units', rate: 2_000, fullIn: 5 * ms, readIn: 10 * ms },
    { why: 'as many units, rounded up', rate: 1_001, fullIn: 1, readIn: 2 },
    { why: 'all but two bursts of them at the faster rate', rate: 2_000, fullIn: 50 * ms, readIn: 60 * ms },
  ])('is read as the units that are used, by the reader: $why', ({ rate, fullIn, readIn }) => {
    expect(readFullAt(limit, { fullAt: now + fullIn, rate, at: now })).toBe(now + readIn);
  });

  it.each([
    { why: 'behind the clock', ahead: -5, moved: 0 },
    { why: 'ahead by what clocks differ', ahead: 60_000, moved: 0 },
    { why: 'ahead by more', ahead: 60_001, moved: 60_001 },
  ])('is set back with its clock: $why', ({ ahead, moved }) => {
    const stored = { fullAt: now + (ahead + 7) * ms, rate: 1_000, at: now + ahead * ms };
    const expected = { fullAt: stored.fullAt - moved * ms, rate: 1_000, at: stored.at - moved * ms };
    expect(setBack(stored, now)).toEqual(expected);
  });

  it.each([
    { why: 'as fast', rate: 1_000, fullIn: 5, slowed: false },
    { why: 'slower', rate: 100, fullIn: 5, slowed: false },
    { why: 'faster', rate: 2_000, fullIn: 20, slowed: true },
    { why: 'faster, and it is full', rate: 2_000, fullIn: 0, slowed: false },
    { why: 'faster, and more than two bursts are used', rate: 2_000, fullIn: 21, slowed: false },
  ])('is stored again by a reader where it was $why: $slowed', ({ rate, fullIn, slowed }) => {
    expect(isSlowed(limit, rate, now + fullIn * ms, now)).toBe(slowed);
  });
});

describe('the state of a limit', () => {
  it.each([
    { burst: 100, used: 79, remaining: 21, near: false },
    { burst: 100, used: 80, remaining: 20, near: true },
    { burst: 1, used: 0, remaining: 1, near: false },
    { burst: 1, used: 1, remaining: 0, near: true },
    { burst: 3, used: 2, remaining: 1, near: false },
    { burst: 100, used: 150, remaining: 0, near: true },
  ])('with $used of $burst used has $remaining and near is $near', ({ burst, used, remaining, near }) => {
    const state = stateOf({ rate: 1_000, burst }, now + used * ticksPerMs, now, 0);
    expect(state).toEqual({ remaining, near, fullInMs: used, shadowRefused: 0 });
  });

  it('tells how long units take that it does not have, as the store would', () => {
    fc.assert(
      fc.property(limits, fc.nat(), fc.double({ min: 0, max: 2, noNaN: true }), (limit, some, used) => {
        const units = 1 + (some % limit.burst);
        const fullAt = now + Math.round(used * allowanceOf(limit));
        const told = untilGivenMs(limit, stateOf(limit, fullAt, now, 0), units);
        const exact = Math.max(0, waitOf(limit, fullAt, units, now));
        expect(Math.round(told * ticksPerMs)).toBeGreaterThanOrEqual(exact);
        // The state has whole microseconds, and so has the answer.
        expect(Math.round(told * ticksPerMs)).toBeLessThanOrEqual(exact + 32);
      }),
    );
  });
});

describe('ticks in milliseconds', () => {
  it.each([
    { ticks: 0, ms: 0 },
    { ticks: 1, ms: 0.001 },
    { ticks: 16, ms: 0.001 },
    { ticks: 17, ms: 0.002 },
    { ticks: ticksPerMs, ms: 1 },
    { ticks: ticksPerSecond + 1, ms: 1_000.001 },
  ])('$ticks are $ms, rounded up to what the clock of Redis can tell', ({ ticks, ms }) => {
    expect(msOfTicks(ticks)).toBe(ms);
  });
});
