import { describe, expect, it } from 'vitest';
import { isReached } from '../../../loadtest/report.ts';
import {
  errorTarget,
  summarizeTurns,
  type TailSummary,
  tailNames,
  tailTable,
  tailTargets,
} from '../../../loadtest/tail-summary.ts';
import type { Turn } from '../../../loadtest/tail-turns.ts';

function turn(variant: string, latenciesMs: readonly number[], change: Partial<Turn> = {}): Turn {
  return {
    variant,
    round: 1,
    latenciesMs: Float64Array.from(latenciesMs),
    lateMs: Float64Array.from([1]),
    errors: [],
    messages: { first: 100, hedges: 0, retries: 0, ended: 100 },
    freezes: 0,
    frozenMs: 0,
    ...change,
  };
}

/** Two turns, hedges and retries of the first one only. */
function summaryWith(messages: Turn['messages']): TailSummary | undefined {
  return summarizeTurns(['frozen'], [turn('frozen', [1], { messages }), turn('frozen', [1])])[0];
}

describe('the summary of turns', () => {
  it('takes the percentiles of all look-ups of a variant together', () => {
    const slowTurn = turn('a', [400, 300]);
    const quickTurn = turn(
      'a',
      Array.from({ length: 98 }, (_, index) => index + 1),
    );
    const [summary] = summarizeTurns(['a'], [slowTurn, quickTurn, turn('b', [9_999])]);
    expect(summary).toMatchObject({ samples: 100, p50Ms: 50, p95Ms: 95, p99Ms: 300, maxMs: 400 });
  });

  it('counts messages against those that the plans asked for', () => {
    const found = summaryWith({ first: 100, hedges: 6, retries: 2, ended: 108 });
    expect(found).toMatchObject({ hedgePercent: 3, retryPercent: 1, extraPercent: 4 });
  });

  it('counts as extra what was sent beside hedges and retries', () => {
    const found = summaryWith({ first: 100, hedges: 6, retries: 2, ended: 130 });
    expect(found).toMatchObject({ hedgePercent: 3, extraPercent: 15 });
  });

  it('counts hedges as extra also when they have not come to an end', () => {
    expect(summaryWith({ first: 100, hedges: 20, retries: 0, ended: 100 })?.extraPercent).toBe(10);
  });

  it('adds up the errors', () => {
    const failed = turn('a', [1], { errors: ['no answer', 'wrong row'] });
    const [summary] = summarizeTurns(['a'], [failed, turn('a', [1]), turn('a', [1], { errors: ['x'] })]);
    expect(summary?.errors).toBe(3);
  });

  it('is shown with a dash for what was not measured', () => {
    expect(
      tailTable(summarizeTurns(['a'], []))
        .split('\n')
        .at(-1),
    ).toContain('| a       |       0 |      - |');
  });
});

describe('the targets of the tail', () => {
  const base = {
    samples: 3_000,
    p50Ms: 10,
    maxMs: 300,
    hedgePercent: 2,
    retryPercent: 0,
    errors: 0,
    lateP99Ms: 1,
  };
  const reached: Readonly<Record<string, Partial<TailSummary>>> = {
    [tailNames.undisturbed]: { p95Ms: 20, p99Ms: 20, extraPercent: 10 },
    [tailNames.frozenAlone]: { p95Ms: 100, p99Ms: 300, extraPercent: 0 },
    [tailNames.frozen]: { p95Ms: 30, p99Ms: 45, extraPercent: 10 },
    [tailNames.slow]: { p95Ms: 30, p99Ms: 60, extraPercent: 10 },
    [tailNames.slowAlone]: { p95Ms: 80, p99Ms: 90, extraPercent: 0 },
  };

  const missed = (variant: string, change: Partial<TailSummary>): readonly string[] => {
    const summaries = Object.entries(reached).map(([name, own]) => {
      const summary = { ...base, variant: name, p95Ms: 0, p99Ms: 0, extraPercent: 0, ...own };
      return name === variant ? { ...summary, ...change } : summary;
    });
    return tailTargets(summaries)
      .filter((target) => !isReached(target))
      .map(({ name }) => name);
  };

  it('are reached on their bounds', () => {
    expect(missed('nobody', {})).toEqual([]);
  });

  it.each<[string, Partial<TailSummary>, string, string]>([
    [tailNames.frozen, { p99Ms: 45.1 }, 'p99 frozen ÷ frozen, NONE', 'above 0.15 of what it would be alone'],
    [tailNames.frozen, { p99Ms: 45.1 }, 'p99 ms frozen − undisturbed', 'more than 25 ms above undisturbed'],
    [tailNames.slow, { p95Ms: 30.1 }, 'p95 slow ÷ undisturbed', 'above 1.5 times undisturbed'],
    [tailNames.frozen, { extraPercent: 10.1 }, 'extra messages %, frozen', 'over the budget'],
    [tailNames.slow, { extraPercent: 10.1 }, 'extra messages %, slow', 'over the budget by slowness'],
    [tailNames.undisturbed, { extraPercent: 10.1 }, 'extra messages %, undisturbed', 'for nothing'],
    [tailNames.slowAlone, { samples: 2_999 }, 'samples of each variant', 'too few'],
    [tailNames.frozenAlone, { errors: 1 }, 'look-ups failed or answered wrongly, all variants', 'one error'],
  ])('for %s with %j miss "%s": %s', (variant, change, target) => {
    expect(missed(variant, change)).toContain(target);
  });

  it('are missed when nothing was measured', () => {
    expect(
      tailTargets([])
        .filter(isReached)
        .map(({ name }) => name),
    ).toEqual([]);
  });

  it('see an error of any variant', () => {
    const summaries = summarizeTurns(['a', 'b'], [turn('a', [1]), turn('b', [1], { errors: ['wrong row'] })]);
    expect(isReached(errorTarget(summaries))).toBe(false);
  });
});
