import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { createHedgeBudget, createHedgeBudgets } from '../../../src/core/speculation/hedge-budget.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const makeTable = (): TableSchema => ({
  keyspace: 'shop',
  name: 'products',
  partitionKey: [],
  clusteringKey: [],
  columns: [],
});

describe('the budget of hedges', () => {
  it('has twenty messages before anything was sent', () => {
    const budget = createHedgeBudget(createFakeClock(), 0.1);
    expect(budget.take(25)).toBe(20);
    expect(budget.take(1)).toBe(0);
  });

  it('pays a re-cover in part', () => {
    const budget = createHedgeBudget(createFakeClock(), 0.1);
    budget.take(18);
    expect(budget.take(5)).toBe(2);
  });

  it('earns its share of the messages, to the last tenth', () => {
    const budget = createHedgeBudget(createFakeClock(), 0.1);
    budget.take(20);
    for (let message = 0; message < 9; message += 1) budget.earn(1);
    expect(budget.take(1)).toBe(0);
    budget.earn(1);
    expect(budget.take(2)).toBe(1);
  });

  it('keeps one second of earnings where that is more than twenty', async () => {
    const clock = createFakeClock();
    const budget = createHedgeBudget(clock, 0.1);
    for (let second = 0; second < 10; second += 1) {
      budget.earn(1_000);
      await clock.advance(1_000);
    }
    expect(budget.take(1_000)).toBe(100);
  });

  it('loses the larger burst with the rate', async () => {
    const clock = createFakeClock();
    const budget = createHedgeBudget(clock, 0.1);
    budget.earn(1_000);
    await clock.advance(3_000);
    expect(budget.take(1_000)).toBe(20);
  });

  it('has again what was given back', () => {
    const budget = createHedgeBudget(createFakeClock(), 0.1);
    budget.take(20);
    budget.giveBack(1);
    expect(budget.take(2)).toBe(1);
  });

  it('pays nothing before what is owed has been earned', () => {
    const budget = createHedgeBudget(createFakeClock(), 0.1);
    budget.take(20);
    budget.owe(2);
    budget.earn(20);
    expect(budget.take(1)).toBe(0);
    budget.earn(10);
    expect(budget.take(2)).toBe(1);
  });

  it('pays each message with a share of 1', () => {
    const budget = createHedgeBudget(createFakeClock(), 1);
    for (let message = 0; message < 1_000; message += 1) {
      budget.earn(1);
      expect(budget.take(1)).toBe(1);
    }
  });

  it('pays in no stretch of any history more than its share and a burst', async () => {
    const step = fc.record({
      sends: fc.integer({ min: 0, max: 400 }),
      wants: fc.integer({ min: 0, max: 60 }),
      waitMs: fc.constantFrom(0, 0, 1, 90, 400, 1_000, 2_500),
    });
    const history = fc.array(step, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(history, fc.constantFrom(0.01, 0.1, 0.5, 1), async (steps, share) => {
        const clock = createFakeClock();
        const budget = createHedgeBudget(clock, share);
        const seen: { atMs: number; sends: number; paid: number }[] = [];
        for (const { sends, wants, waitMs } of steps) {
          budget.earn(sends);
          seen.push({ atMs: clock.nowMs(), sends, paid: budget.take(wants) });
          if (waitMs > 0) await clock.advance(waitMs);
        }
        const busiestSecond = Math.max(...seen.map(({ atMs }) => sentIn(seen, atMs, atMs + 1_000)));
        const burst = Math.max(20, share * busiestSecond);
        seen.forEach((_, from) => {
          let excess = 0;
          for (const { sends, paid } of seen.slice(from)) {
            excess += paid - share * sends;
            expect(excess).toBeLessThanOrEqual(burst + 1e-3);
          }
        });
        const all = seen.reduce((sum, { sends, paid }) => sum + paid - share * sends, 0);
        expect(all).toBeLessThanOrEqual(20 + 1e-3);
      }),
      { numRuns: propertyRuns(100) },
    );
  });
});

function sentIn(seen: readonly { atMs: number; sends: number }[], fromMs: number, toMs: number): number {
  return seen.reduce((sum, { atMs, sends }) => (atMs >= fromMs && atMs < toMs ? sum + sends : sum), 0);
}

describe('the budgets of the tables', () => {
  it('are one for each table', () => {
    const budgetOf = createHedgeBudgets(createFakeClock());
    const table = makeTable();
    budgetOf(table, 0.1).take(20);
    expect(budgetOf(table, 0.1).take(1)).toBe(0);
    expect(budgetOf(makeTable(), 0.1).take(1)).toBe(1);
  });

  it('have no burst for a change of the share, however often old and new batches alternate', () => {
    const budgetOf = createHedgeBudgets(createFakeClock());
    const table = makeTable();
    budgetOf(table, 0.1).take(20);
    for (const share of [0.2, 0.1, 0.2]) expect(budgetOf(table, share).take(1)).toBe(0);
    budgetOf(table, 0.2).earn(5);
    expect(budgetOf(table, 0.2).take(5)).toBe(1);
  });

  it('keep what was earned when the share is changed, up to what the new one keeps', () => {
    const budgetOf = createHedgeBudgets(createFakeClock());
    const table = makeTable();
    budgetOf(table, 1).earn(100);
    expect(budgetOf(table, 0.5).take(100)).toBe(50);
  });
});
