import type { TableSchema } from '../encoding/table-schema.ts';
import type { CostModel } from '../routing/cost-model.ts';
import { createRatioWindow } from './ratio-window.ts';
import type { SpeculativeRetry } from './speculative-retry.ts';

/** When messages to one table are late. Times are of a message, from when it is sent. */
export interface HedgeTiming {
  /** A message was answered after so long, whoever won. Probes are left out: they go to nodes that are known to be sick. */
  observe(keys: number, durationMs: number): void;
  /** A message was still without an answer when its deadline came, so long after it was sent. */
  unanswered(keys: number, passedMs: number): void;
  /**
   * When all of the rules have come, but never so soon that more than `hedgeBudget` of the messages would be hedged:
   * the budget goes to the slowest. Undefined: never, or a percentile is asked for and nothing is known yet.
   */
  hedgeAfterMs(keys: number, rules: readonly SpeculativeRetry[], hedgeBudget: number): number | undefined;
  /** How long a node may take, however late or never its messages are hedged, before it is suspect. At least 100. */
  patienceMs(keys: number): number;
  /**
   * When a message says something against its node: at its hedge time or when the patience with it ends, whichever is
   * sooner, but not while a healthy node often needs that long. Where the patience does not end within `leftMs`, half
   * of that stands for it. May be beyond `leftMs`: then its deadline says nothing, but an answer that comes later still
   * is none in time. `hedgeAfterMs` as given by the method of that name.
   */
  overdueAfterMs(keys: number, hedgeAfterMs: number | undefined, leftMs: number): number;
  /** Undefined before there is enough to go by. */
  medianMs(keys: number): number | undefined;
}

/** The timing of each table; it goes with the table. */
export function createHedgeTimings(
  costOf: (table: TableSchema) => CostModel,
): (table: TableSchema) => HedgeTiming {
  const timings = new WeakMap<TableSchema, HedgeTiming>();
  return (table) => {
    let known = timings.get(table);
    if (known === undefined) {
      known = createHedgeTiming(costOf(table));
      timings.set(table, known);
    }
    return known;
  };
}

/** Enough for a percentile that a rule may ask for. */
const longWindow = 1_024;
/** Enough for the share that the budget spares, and soon full of what is new when everybody becomes slower. */
const shortWindow = 256;
const shortestPatienceMs = 100;
/** Of a table of which nothing is known, and the most that its slowest hundredth can ask for. */
const longPatienceMs = 1_000;
const patienceFactor = 3;
const ordinaryShare = 0.9;
/**
 * Half again what nine of ten messages need, and less, is no sign of sickness, however soon a rule hedges. Near
 * saturation the budget puts the hedge time there, and by that alone one message in ten would make a node suspect.
 */
const ordinaryFactor = 1.5;

/** `cost` is somebody else's to feed. */
export function createHedgeTiming(cost: CostModel): HedgeTiming {
  const messages = createRatioWindow(longWindow, cost.expectedMs);
  const latest = createRatioWindow(shortWindow, cost.expectedMs);

  const timesExpected = (ratio: number | undefined, keys: number): number | undefined => {
    const expectedMs = cost.expectedMs(keys);
    return ratio === undefined || expectedMs === undefined ? undefined : ratio * expectedMs;
  };
  const quantileMs = (share: number, keys: number): number | undefined =>
    timesExpected(messages.quantile(share), keys);
  const latestMs = (share: number, keys: number): number | undefined =>
    timesExpected(latest.quantile(share), keys);

  const observe = (keys: number, durationMs: number): void => {
    messages.observe(keys, durationMs);
    latest.observe(keys, durationMs);
  };

  const patienceMs = (keys: number): number => {
    const slowestMs = quantileMs(0.99, keys);
    const ordinaryMs = latestMs(ordinaryShare, keys);
    if (slowestMs === undefined || ordinaryMs === undefined) return longPatienceMs;
    // More than a hundredth may be messages to sick nodes; they must not buy these more than a second.
    const held = Math.min(slowestMs, Math.max(ordinaryMs, longPatienceMs / patienceFactor));
    return Math.max(shortestPatienceMs, patienceFactor * held);
  };

  return {
    observe,
    unanswered(keys, passedMs) {
      // What was given up sooner than many an answer comes says nothing about how long the answer would have taken.
      if (passedMs >= (latestMs(ordinaryShare, keys) ?? shortestPatienceMs)) observe(keys, passedMs);
    },
    hedgeAfterMs(keys, rules, hedgeBudget) {
      let allDueMs: number | undefined;
      for (const rule of rules) {
        const dueMs = ruleMs(rule, (share) => quantileMs(share, keys));
        if (dueMs === undefined) return undefined;
        allDueMs = Math.max(allDueMs ?? 0, dueMs);
      }
      if (allDueMs === undefined) return undefined;
      return Math.max(allDueMs, latestMs(1 - hedgeBudget, keys) ?? 0);
    },
    patienceMs,
    overdueAfterMs(keys, hedgeAfterMs, leftMs) {
      const ordinaryMs = latestMs(ordinaryShare, keys);
      const fullMs = patienceMs(keys);
      const dueMs = Math.min(hedgeAfterMs ?? Number.POSITIVE_INFINITY, fullMs < leftMs ? fullMs : leftMs / 2);
      const leastMs = ordinaryMs === undefined ? shortestPatienceMs : ordinaryFactor * ordinaryMs;
      return Math.max(dueMs, leastMs);
    },
    medianMs: (keys) => quantileMs(0.5, keys),
  };
}

/** Undefined: never, or not known yet. Of MIN and MAX the part that is not known yet is left out. */
function ruleMs(
  rule: SpeculativeRetry,
  quantileMs: (share: number) => number | undefined,
): number | undefined {
  switch (rule.kind) {
    case 'none':
      return undefined;
    case 'always':
      return 0;
    case 'percentile':
      return quantileMs(rule.percentile / 100);
    case 'fixed':
      return rule.delayMs;
    case 'min':
    case 'max': {
      const first = ruleMs(rule.first, quantileMs);
      const second = ruleMs(rule.second, quantileMs);
      if (first === undefined) return second;
      if (second === undefined) return first;
      return rule.kind === 'min' ? Math.min(first, second) : Math.max(first, second);
    }
  }
}
