import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GuardObservation } from '../../../src/core/guard/guard.ts';
import { decide, type GuardState, resume, unguarded } from '../../../src/core/guard/guard-control.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const settings = { targetMs: 100, min: 0.1 };

function seen(
  p95Ms: number | undefined,
  more: Partial<GuardObservation> = {},
  samples = 1_000,
): GuardObservation {
  return { latency: { samples: p95Ms === undefined ? 0 : samples, p95Ms }, slowedUse: 1, ...more };
}

/** Once a second, from the second after the state on. */
function pass(state: GuardState, seconds: number, observation: GuardObservation | undefined): GuardState {
  let now = state;
  for (let second = 0; second < seconds; second += 1) {
    now = decide(now, observation, now.decidedMs + 1_000, settings);
  }
  return now;
}

const at = (factor: number, more: Partial<GuardState> = {}): GuardState => ({
  ...unguarded(0),
  factor,
  phase: 'hold',
  ...more,
});

describe('the guard above its target', () => {
  it.each([
    [101, 0.9, 'at least a tenth'],
    [130, (95 / 130) ** 1.5, 'as far as the latency is beyond'],
    [240, 0.25, 'at most three quarters'],
    [5_000, 0.25, 'however far it is beyond'],
  ])('at %d ms cuts to %d of the factor: %s', (p95Ms, part) => {
    const cut = pass(at(0.8), 1, seen(p95Ms));
    expect(cut).toMatchObject({ phase: 'cut', ceiling: 0.8 });
    expect(cut.factor).toBeCloseTo(0.8 * part, 9);
  });

  it('cuts once, and again only when all it sees was admitted afterwards', () => {
    const cut = pass(unguarded(0), 1, seen(120));
    expect(pass(cut, 5, seen(120))).toEqual({ ...cut, decidedMs: 6_000 });
    expect(pass(cut, 6, seen(120)).factor).toBeLessThan(cut.factor);
  });

  it('goes to the least factor, and says there that it is helpless', () => {
    const low = pass(at(0.12), 1, seen(300));
    expect(low).toMatchObject({ factor: 0.1, phase: 'cut' });
    expect(pass(low, 20, seen(300))).toMatchObject({ factor: 0.1, phase: 'helpless' });
  });

  it.each<[number | undefined, string]>([
    [undefined, 'no limits'],
    [0, 'nothing of them used'],
    [0.049, 'hardly anything of them used'],
  ])('slows nobody with use %s: %s', (slowedUse) => {
    const alone = pass(unguarded(0), 30, seen(300, { slowedUse }));
    expect(alone).toMatchObject({ factor: 1, phase: 'helpless' });
    expect(pass(alone, 1, seen(300, { slowedUse: 0.3 })).phase).toBe('cut');
    expect(pass(alone, 1, seen(90, { slowedUse }))).toMatchObject({ factor: 1, phase: 'open' });
  });

  it('gives up after three cuts that left more than nine tenths of the latency', () => {
    const third = pass(unguarded(0), 13, seen(105));
    expect(third).toMatchObject({ phase: 'cut', trial: { cuts: 3, fromMs: 105 } });
    const helpless = pass(third, 6, seen(95 / 0.9));
    expect(helpless).toMatchObject({ phase: 'helpless', factor: third.factor, trial: { cuts: 2 } });
    expect(third.factor).toBeGreaterThan(0.6);
    expect(pass(helpless, 59, seen(105))).toMatchObject({ phase: 'helpless', factor: third.factor });
  });

  it('tries again a minute later, once', () => {
    const helpless = pass(pass(unguarded(0), 13, seen(105)), 6, seen(105));
    const retry = pass(helpless, 60, seen(105));
    expect(retry.phase).toBe('cut');
    expect(retry.factor).toBeLessThan(helpless.factor);
    expect(pass(retry, 6, seen(105))).toMatchObject({ phase: 'helpless', factor: retry.factor });
    expect(pass(retry, 6, seen(101)).phase, 'not enough').toBe('helpless');
  });

  it('goes on cutting where the cuts help, though the target is far', () => {
    const third = pass(pass(unguarded(0), 7, seen(130)), 6, seen(125));
    expect(third.trial).toEqual({ cuts: 3, fromMs: 130 });
    const fourth = pass(third, 6, seen(116));
    expect(fourth).toMatchObject({ phase: 'cut', trial: { cuts: 1, fromMs: 116 } });
    expect(fourth.factor).toBeLessThan(third.factor);
  });

  it('forgets cuts without gain once the target was kept', () => {
    const second = pass(unguarded(0), 7, seen(105));
    expect(second.trial?.cuts).toBe(2);
    expect(pass(second, 6, seen(99)).trial).toBeUndefined();
  });
});

describe('the guard below its target', () => {
  it.each([
    [30, 0.05, 'far below'],
    [80, 0.05, 'where it is calm'],
    [87.5, 0.025, 'half way to the aim'],
    [95, 0, 'at the aim'],
    [99.9, 0, 'between the aim and the target'],
  ])('at %d ms rises by %d of the factor: %s', (p95Ms, part) => {
    const state = pass(at(0.4), 1, seen(p95Ms));
    expect(state.factor).toBeCloseTo(0.4 * (1 + part), 9);
    expect(state.phase).toBe(part > 0 ? 'rise' : 'hold');
  });

  it('rises from a low factor as from a fifth', () => {
    expect(pass(at(0.1), 1, seen(50)).factor).toBeCloseTo(0.11, 9);
  });

  it('rises three times as fast up to 0.7 of what was too much', () => {
    expect(pass(at(0.3, { ceiling: 0.5 }), 1, seen(50)).factor).toBeCloseTo(0.3 * 1.15, 9);
    expect(pass(at(0.36, { ceiling: 0.5 }), 1, seen(50)).factor).toBeCloseTo(0.36 * 1.05, 9);
  });

  it('is open again within 45 s of the least factor, and stays there', () => {
    expect(pass(at(0.1), 45, seen(50))).toMatchObject({ factor: 1, phase: 'open' });
    expect(pass(at(0.1), 40, seen(50)).phase).toBe('rise');
    expect(pass(unguarded(0), 300, seen(99))).toMatchObject({ factor: 1, phase: 'open' });
  });

  it.each([
    [seen(undefined), 'no look-up'],
    [seen(500, {}, 49), 'too few look-ups, however slow'],
  ])('rises with %j: %s', (observation) => {
    expect(pass(at(0.4), 1, observation)).toMatchObject({ factor: expect.closeTo(0.42, 9), phase: 'rise' });
  });

  it('does not make up for seconds in which it did not decide', () => {
    const late = decide(at(0.4), seen(50), 60_000, settings);
    expect(late.factor).toBeCloseTo(0.4 * 1.1, 9);
  });
});

describe('the guard', () => {
  it('keeps everything where nothing was learnt', () => {
    const state = at(0.4, { trial: { cuts: 2, fromMs: 130 } });
    expect(pass(state, 10, undefined)).toEqual({ ...state, decidedMs: 10_000 });
  });

  it('goes on, as a new leader, from the factor that it finds, after a look at a whole window', () => {
    const found = resume({ factor: 0.3 }, 50_000);
    expect(pass(found, 5, seen(500))).toMatchObject({ factor: 0.3, phase: 'hold' });
    expect(pass(found, 5, seen(20))).toMatchObject({ factor: 0.3, phase: 'hold' });
    expect(pass(found, 6, seen(500))).toMatchObject({ factor: 0.1, phase: 'cut' });
    expect(pass(found, 6, seen(20)).phase).toBe('rise');
  });

  it('follows a new least factor at once', () => {
    expect(decide(at(0.1), undefined, 1_000, { ...settings, min: 0.3 }).factor).toBe(0.3);
  });

  it('stays between its bounds, and never cuts twice in a window', () => {
    const observation = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          p95Ms: fc.integer({ min: 1, max: 900 }),
          use: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      },
      { weight: 1, arbitrary: fc.constant(undefined) },
    );
    fc.assert(
      fc.property(
        fc.array(observation, { maxLength: 120 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (all, min) => {
          let state = unguarded(0);
          let cutMs = Number.NEGATIVE_INFINITY;
          for (const each of all) {
            const next = decide(
              state,
              each && seen(each.p95Ms, { slowedUse: each.use }),
              state.decidedMs + 1_000,
              {
                targetMs: 100,
                min,
              },
            );
            expect(next.factor).toBeGreaterThanOrEqual(min);
            expect(next.factor).toBeLessThanOrEqual(1);
            if (next.factor < state.factor) {
              expect(next.decidedMs - cutMs).toBeGreaterThanOrEqual(5_500);
              cutMs = next.decidedMs;
            }
            state = next;
          }
        },
      ),
      { numRuns: propertyRuns(300) },
    );
  });
});
