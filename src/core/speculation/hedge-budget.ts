import type { TableSchema } from '../encoding/table-schema.ts';
import type { Clock } from '../ports.ts';

/**
 * Pays for hedges and probes from what ordinary messages earned: in the long run extras <= share x messages, whatever
 * fails. What was not used is kept up to the larger of 20 messages and one second's earnings.
 */
export interface HedgeBudget {
  /** So many ordinary messages were sent. */
  earn(messages: number): void;
  /** How many of so many extra messages are paid for: whole ones, the first. */
  take(messages: number): number;
  /** So many messages that were paid for were not sent. */
  giveBack(messages: number): void;
  /** So many were sent that nothing was left for: what is earned next pays for them. */
  owe(messages: number): void;
}

export interface TableHedgeBudget extends HedgeBudget {
  /** The share from now on. What was earned is kept, up to what is kept by the new one. */
  setShare(share: number): void;
}

const smallestBurst = 20;
const secondMs = 1_000;
/** Shares are decimal fractions: ten tenths are one message. */
const rounding = 1e-6;

/** `firstShare`: extra messages for each ordinary one; above 0, at most 1. */
export function createHedgeBudget(clock: Clock, firstShare: number): TableHedgeBudget {
  let share = firstShare;
  let credit = smallestBurst;
  let secondFromMs = clock.nowMs();
  let sentThisSecond = 0;
  let sentLastSecond = 0;

  const turnSecond = (): void => {
    const passedMs = clock.nowMs() - secondFromMs;
    if (passedMs < secondMs) return;
    sentLastSecond = passedMs < 2 * secondMs ? sentThisSecond : 0;
    sentThisSecond = 0;
    secondFromMs += Math.floor(passedMs / secondMs) * secondMs;
    holdToBurst();
  };

  const holdToBurst = (): void => {
    const burst = Math.max(smallestBurst, share * Math.max(sentLastSecond, sentThisSecond));
    credit = Math.min(credit, burst);
  };

  return {
    earn(messages) {
      turnSecond();
      sentThisSecond += messages;
      credit += share * messages;
      holdToBurst();
    },
    take(messages) {
      turnSecond();
      const paid = Math.max(0, Math.min(messages, Math.floor(credit + rounding)));
      credit -= paid;
      return paid;
    },
    giveBack(messages) {
      credit += messages;
      holdToBurst();
    },
    owe(messages) {
      credit -= messages;
    },
    setShare(newShare) {
      if (newShare === share) return;
      share = newShare;
      holdToBurst();
    },
  };
}

/** The budget of each table; it goes with the table. Batches with the old and the new share of a change share it. */
export function createHedgeBudgets(clock: Clock): (table: TableSchema, share: number) => HedgeBudget {
  const budgets = new WeakMap<TableSchema, TableHedgeBudget>();
  return (table, share) => {
    const known = budgets.get(table);
    if (known !== undefined) {
      known.setShare(share);
      return known;
    }
    const budget = createHedgeBudget(clock, share);
    budgets.set(table, budget);
    return budget;
  };
}
