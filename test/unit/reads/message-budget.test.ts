import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';

describe('the budget of extra messages', () => {
  it('never pays for more than the burst and its share of the messages', () => {
    const action = fc.record({ earn: fc.boolean(), messages: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const budget = createMessageBudget(0.2, 20);
        let messages = 0;
        let extras = 0;
        for (const { earn, messages: count } of actions) {
          if (earn) {
            budget.earn(count);
            messages += count;
          } else if (budget.spend(count)) extras += count;
          expect(extras).toBeLessThanOrEqual(20 + 0.2 * messages + 1e-6);
        }
      }),
    );
  });

  it('pays the whole or nothing', () => {
    const budget = createMessageBudget(0.2, 3);
    expect(budget.spend(4)).toBe(false);
    expect(budget.spend(3)).toBe(true);
    expect(budget.spend(1)).toBe(false);
  });
});
