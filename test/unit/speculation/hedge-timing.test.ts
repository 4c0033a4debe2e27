import { describe, expect, it } from 'vitest';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { type CostModel, createCostModel } from '../../../src/core/routing/cost-model.ts';
import {
  createHedgeTiming,
  createHedgeTimings,
  type HedgeTiming,
} from '../../../src/core/speculation/hedge-timing.ts';
import {
  defaultSpeculativeRetry,
  parseSpeculativeRetry,
  type SpeculativeRetry,
} from '../../../src/core/speculation/speculative-retry.ts';

function rule(text: string): SpeculativeRetry {
  const parsed = parseSpeculativeRetry(text);
  if (parsed === undefined) throw new Error(`${text} is no rule`);
  return parsed;
}

/** 1 ms for each key. */
const oneMsPerKey: CostModel = { observe() {}, expectedMs: (keys) => keys };
const unknownCost: CostModel = { observe() {}, expectedMs: () => undefined };

/** Of a hundred messages of one key the n-th took n ms: the q-th percentile is q. */
function known(): HedgeTiming {
  const timing = createHedgeTiming(oneMsPerKey);
  for (let ms = 1; ms <= 100; ms += 1) timing.observe(1, ms);
  return timing;
}

describe('the hedge time of a message', () => {
  it.each<[string[], number | undefined, string]>([
    [['NONE'], undefined, 'never'],
    [['ALWAYS'], 0, 'at once'],
    [['15ms'], 15, 'a time holds from the first message on'],
    [['99p'], undefined, 'nobody knows the percentile'],
    [['MIN(99p,15ms)'], 15, 'the part that is known'],
    [['MAX(15ms,99p)'], 15, 'the part that is known'],
    [['15ms', '40ms'], 40, 'the request asks for less'],
    [['15ms', '99p'], undefined, 'one of the two is not known'],
    [['15ms', 'NONE'], undefined, 'the request asks for none'],
    [[], undefined, 'nothing asks for it'],
  ])('by %j is %s before anything is known: %s', (rules, expected, _why) => {
    const timing = createHedgeTiming(unknownCost);
    expect(timing.hedgeAfterMs(10, rules.map(rule), 0.1)).toBe(expected);
  });

  it.each<[string[], number, number, number | undefined, string]>([
    [['NONE'], 1, 0.1, undefined, 'never'],
    [['99p'], 1, 0.1, 99, 'the percentile'],
    [['99p'], 8, 0.1, 792, 'of what so many keys lead to expect'],
    [['MIN(99p,95ms)'], 1, 0.1, 95, 'the sooner'],
    [['MAX(99p,120ms)'], 1, 0.1, 120, 'the later'],
    [['MIN(99p,15ms)'], 1, 0.1, 90, 'nine of ten messages are spared: the budget goes to the slowest'],
    [['50p'], 1, 0.3, 70, 'a larger budget reaches further'],
    [['ALWAYS'], 1, 1, 0, 'a budget of 1 spares nobody'],
    [['99p', '95ms'], 1, 0.1, 99, 'all rules must have come'],
    [['15ms', 'NONE'], 1, 0.1, undefined, 'one of them never comes'],
  ])('by %j for %d keys and a budget of %d is %s: %s', (rules, keys, budget, expected, _why) => {
    const due = known().hedgeAfterMs(keys, rules.map(rule), budget);
    if (expected === undefined) expect(due).toBeUndefined();
    else expect(due).toBeCloseTo(expected);
  });

  it('counts messages that were given up after what many an answer takes, and no others', () => {
    const timing = known();
    for (let index = 0; index < 100; index += 1) timing.unanswered(1, 5);
    expect(timing.hedgeAfterMs(1, [rule('50p')], 1)).toBe(50);
    for (let index = 0; index < 128; index += 1) timing.unanswered(1, 1_000);
    expect(timing.hedgeAfterMs(1, [rule('50p')], 1)).toBe(1_000);
  });

  it('knows the median', () => {
    expect(known().medianMs(2)).toBe(100);
    expect(createHedgeTiming(unknownCost).medianMs(2)).toBeUndefined();
  });
});

describe('the patience with a message', () => {
  it('is a second before anything is known', () => {
    expect(createHedgeTiming(unknownCost).patienceMs(1)).toBe(1_000);
  });

  it('is three times the slowest hundredth', () => {
    expect(known().patienceMs(1)).toBe(297);
  });

  it('is a tenth of a second at least', () => {
    const timing = createHedgeTiming(oneMsPerKey);
    for (let index = 0; index < 100; index += 1) timing.observe(1, 1);
    expect(timing.patienceMs(1)).toBe(100);
  });

  it('is a second at most where only a few are slower than that', () => {
    const timing = createHedgeTiming(oneMsPerKey);
    for (let index = 0; index < 100; index += 1) timing.observe(1, index < 5 ? 5_000 : 2);
    expect(timing.patienceMs(1)).toBe(1_000);
  });

  it('is longer where many messages need longer', () => {
    const timing = createHedgeTiming(oneMsPerKey);
    for (let index = 0; index < 100; index += 1) timing.observe(1, index < 50 ? 2_000 : 1_500);
    expect(timing.patienceMs(1)).toBe(6_000);
  });
});

describe('the time after which a message speaks against its node', () => {
  it.each<[number | undefined, number, number, string]>([
    [150, 1_000, 150, 'its hedge time'],
    [0, 1_000, 135, 'half again what nine of ten need, however soon a hedge is sent'],
    [undefined, 1_000, 297, 'its patience'],
    [undefined, 400, 297, 'its patience, though that is most of the time left'],
    [1_000, 1_000, 297, 'its patience: its hedge time comes with the deadline'],
    [5_000, 1_000, 297, 'its patience: its hedge time never comes'],
    [undefined, 290, 145, 'half of the time left, where the patience is longer'],
    [200, 290, 145, 'half of the time left, which is sooner than its hedge time'],
    [undefined, 140, 135, 'half of it is what many an answer takes'],
    [undefined, 50, 135, 'after its deadline, which healthy nodes miss: an answer then is late all the same'],
  ])('hedged after %s ms with %d ms left is %s: %s', (hedgeAfterMs, leftMs, expected, _why) => {
    expect(known().overdueAfterMs(1, hedgeAfterMs, leftMs)).toBe(expected);
  });

  it('is a tenth of a second or later before anything is known', () => {
    const timing = createHedgeTiming(unknownCost);
    expect(timing.overdueAfterMs(1, 15, 1_000)).toBe(100);
    expect(timing.overdueAfterMs(1, undefined, 1_000)).toBe(500);
    expect(timing.overdueAfterMs(1, 15, 80)).toBe(100);
  });
});

describe('the timings of the tables', () => {
  it('are one for each table', () => {
    const timingOf = createHedgeTimings(() => oneMsPerKey);
    const table: TableSchema = { keyspace: 'a', name: 'b', partitionKey: [], clusteringKey: [], columns: [] };
    expect(timingOf(table)).toBe(timingOf(table));
    expect(timingOf(table)).not.toBe(timingOf({ ...table }));
  });
});

/** Messages of 1 to 32 keys at 0.5 + 0.1 x keys ms and up to half as much again; `delay` may add to it. */
function run(timing: HedgeTiming, cost: CostModel, messages: number, delay: (ms: number) => number): number {
  const random = createSeededRandom(messages);
  let hedged = 0;
  for (let message = 0; message < messages; message += 1) {
    const keys = 1 + Math.floor(random.next() * 32);
    const durationMs = delay((0.5 + 0.1 * keys) * (1 + random.next() / 2));
    const dueMs = timing.hedgeAfterMs(keys, [defaultSpeculativeRetry], 0.1);
    if (dueMs !== undefined && durationMs > dueMs) hedged += 1;
    cost.observe(keys, durationMs);
    timing.observe(keys, durationMs);
  }
  return hedged;
}

describe('the hedge time under load', () => {
  const make = (): { timing: HedgeTiming; cost: CostModel } => {
    const cost = createCostModel();
    const timing = createHedgeTiming(cost);
    run(timing, cost, 1_500, (ms) => ms);
    return { timing, cost };
  };

  it('is not lifted by a node that freezes, while its share of the messages is below the budget', () => {
    const { timing, cost } = make();
    const random = createSeededRandom(5);
    const hedged = run(timing, cost, 2_000, (ms) => (random.next() < 0.05 ? ms + random.next() * 300 : ms));
    expect(timing.hedgeAfterMs(10, [defaultSpeculativeRetry], 0.1)).toBeLessThanOrEqual(15);
    expect(hedged).toBeGreaterThan(80);
    expect(hedged).toBeLessThan(200);
  });

  it('follows when everybody becomes ten times slower, within its latest messages', () => {
    const { timing, cost } = make();
    const hedgedAtFirst = run(timing, cost, 256, (ms) => ms * 10);
    const hedgedThen = run(timing, cost, 2_000, (ms) => ms * 10);
    expect(hedgedAtFirst).toBeLessThan(256 * 0.5);
    expect(hedgedThen).toBeLessThan(2_000 * 0.1);
    expect(timing.hedgeAfterMs(10, [defaultSpeculativeRetry], 0.1)).toBeGreaterThan(15);
    expect(timing.hedgeAfterMs(10, [defaultSpeculativeRetry], 0.1)).toBeLessThan(30);
  });

  it('comes back when everybody is fast again', () => {
    const { timing, cost } = make();
    run(timing, cost, 2_000, (ms) => ms * 10);
    run(timing, cost, 1_200, (ms) => ms);
    expect(timing.hedgeAfterMs(10, [defaultSpeculativeRetry], 0.1)).toBeLessThan(3);
  });

  it('hedges a tenth at most where a third of the messages is in the tail', () => {
    const { timing, cost } = make();
    const random = createSeededRandom(6);
    const heavy = (ms: number): number => ms * (random.next() < 0.33 ? 1 / (1 - random.next() * 0.999) : 1);
    run(timing, cost, 1_024, heavy);
    expect(run(timing, cost, 4_000, heavy)).toBeLessThan(4_000 * 0.12);
  });
});
