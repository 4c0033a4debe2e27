import { describe, expect, it } from 'vitest';
import { type History, isPresent, playHistory, titleOf } from '../../support/read-histories.ts';

interface Result {
  readonly status: string;
  readonly rows: readonly { readonly sku: string; readonly title: string }[];
  readonly reason?: string;
}

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
/** Each is played once, whichever test asks first. */
const played = new Map<number, Promise<History>>();
const historyOf = (seed: number): Promise<History> => {
  const known = played.get(seed) ?? playHistory(seed);
  played.set(seed, known);
  return known;
};
const refusals = ['not-ready', 'deadline-exceeded'];

describe('a history of look-ups while nodes freeze, fail, go, come and move', () => {
  it.each(seeds)('keeps every promise (seed %i)', async (seed) => {
    const { entries, firstMessages, retries } = await historyOf(seed);
    for (const { keys, deadlineMs, endedMs, outcome } of entries) {
      expect(endedMs).toBeLessThanOrEqual(deadlineMs + 50);
      if (refusals.includes(outcome)) continue;
      const { results } = JSON.parse(outcome) as { results: readonly Result[] };
      expect(results).toHaveLength(keys.length);
      results.forEach((result, index) => {
        const sku = keys[index] as string;
        if (result.status === 'found') expect(result.rows).toEqual([{ sku, title: titleOf(sku) }]);
        else if (result.status === 'missing') expect(isPresent(sku)).toBe(false);
        else expect(['error', 'unprocessed']).toContain(result.status);
      });
    }
    expect(retries).toBeLessThanOrEqual(20 + 0.2 * firstMessages);
  });

  it('is the same history again from the same seed', async () => {
    expect(await playHistory(7)).toEqual(await historyOf(7));
    expect((await historyOf(7)).entries).not.toEqual((await historyOf(8)).entries);
  });

  it('has found, missing, failed and late keys in it: the promises were put to the test', async () => {
    const outcomes = (await Promise.all(seeds.map(historyOf))).flatMap(({ entries }) =>
      entries.map((entry) => entry.outcome),
    );
    for (const word of [
      '"found"',
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
