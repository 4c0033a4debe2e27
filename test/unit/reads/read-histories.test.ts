import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../support/property-runs.ts';
import { type History, type HistoryEntry, playHistory } from '../../support/read-histories.ts';

interface Result {
  readonly status: string;
  readonly rows: readonly object[];
  readonly truncated?: true;
}

interface Answer {
  readonly type?: string;
  readonly results: readonly Result[];
}

const seeds = Array.from({ length: propertyRuns(40) }, (_, index) => index + 1);
/** Each is played once, whichever test asks first. */
const played = new Map<number, Promise<History>>();
const historyOf = (seed: number): Promise<History> => {
  const known = played.get(seed) ?? playHistory(seed);
  played.set(seed, known);
  return known;
};
const refusals = ['not-ready', 'deadline-exceeded'];

/** What is wrong with an answer: one text a key, compared at once since there are many. */
function faultsOf({ request, outcome }: HistoryEntry): readonly string[] {
  const { type, results } = JSON.parse(outcome) as Answer;
  const isComplete = results.every(({ status }) => status === 'found' || status === 'missing');
  const isWithheld = request.strict && !isComplete;
  const faults: string[] = [];
  if (results.length !== request.keys.length) faults.push('another number of results than of keys');
  if (request.strict && isComplete !== (type === undefined))
    faults.push('strict, and neither all nor nothing');
  for (const [index, { status, rows, truncated = false }] of results.entries()) {
    const expected = request.expected[index] ?? { rows: [], truncated: false };
    const given = JSON.stringify({ rows, truncated });
    const isRight =
      status === 'found'
        ? expected.rows.length > 0 && (isWithheld || given === JSON.stringify(expected))
        : status === 'missing'
          ? expected.rows.length === 0
          : ['error', 'unprocessed'].includes(status);
    const showsRows = rows.length > 0 && (isWithheld || status !== 'found');
    if (!isRight || showsRows)
      faults.push(`key ${index}: ${status} ${given}, not ${JSON.stringify(expected)}`);
  }
  return faults;
}

/** Retries and hedges beyond their budgets. Two tables have a budget of hedges each. */
function extrasOf({ firstMessages, retries, hedges, hedgeBudget }: History): readonly string[] {
  const extras: string[] = [];
  if (retries > 20 + 0.2 * firstMessages) extras.push(`${retries} retries for ${firstMessages} messages`);
  if (hedges > 2 * 20 + hedgeBudget * firstMessages) extras.push(`${hedges} hedges for ${firstMessages}`);
  return extras;
}

describe('a history of look-ups while nodes freeze, fail, go, come and move', () => {
  it.each(seeds)('keeps every promise (seed %i)', async (seed) => {
    const history = await historyOf(seed);
    for (const entry of history.entries) {
      expect(entry.endedMs).toBeLessThanOrEqual(entry.deadlineMs + 50);
      if (!refusals.includes(entry.outcome)) expect(faultsOf(entry)).toEqual([]);
    }
    expect(history.misreads).toEqual([]);
    expect(extrasOf(history)).toEqual([]);
  });

  it('keeps the budgets of extra messages when it is long', async () => {
    const history = await playHistory(1_001, 500);
    expect(history.firstMessages).toBeGreaterThan(1_000);
    expect(extrasOf(history)).toEqual([]);
  });

  it('is the same history again from the same seed', async () => {
    expect(await playHistory(7)).toEqual(await historyOf(7));
    expect((await historyOf(7)).entries).not.toEqual((await historyOf(8)).entries);
  });

  it('has retries in it, and hedges that won and lost', async () => {
    const histories = await Promise.all(seeds.map(historyOf));
    const sum = (count: (history: History) => number) =>
      histories.reduce((total, history) => total + count(history), 0);
    expect(sum(({ retries }) => retries)).toBeGreaterThan(0);
    expect(sum(({ hedgesWon }) => hedgesWon)).toBeGreaterThan(0);
    expect(sum(({ hedges, hedgesWon }) => hedges - hedgesWon)).toBeGreaterThan(0);
  });

  it('has found, missing, failed and late keys in it: the promises were put to the test', async () => {
    const outcomes = (await Promise.all(seeds.map(historyOf))).flatMap(({ entries }) =>
      entries.map((entry) => entry.outcome),
    );
    for (const word of [
      '"found"',
      '"truncated"',
      'strict: all or nothing',
      '"missing"',
      'replica-timeout',
      'no-replica',
      '"overload"',
      'connection-lost',
    ]) {
      expect(
        outcomes.some((outcome) => outcome.includes(word)),
        word,
      ).toBe(true);
    }
  });
});
