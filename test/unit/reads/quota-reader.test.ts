import { describe, expect, it } from 'vitest';
import type { ReadResult } from '../../../src/core/reads/key-reader.ts';
import { createQuotaReader } from '../../../src/core/reads/quota-reader.ts';
import { cachedBatch, inWords, noRow } from '../../support/cached-reads.ts';
import { setUpLimitedReads, unitsAsked } from '../../support/limited-reads.ts';

describe('a batch that asks for units', () => {
  it.each([
    [10, false, ['a', 'b', 'c'], ['cassandra a', 'cassandra b', 'cassandra c'], 7, 'all are granted'],
    [2, false, ['a', 'b'], ['cassandra a', 'cassandra b', 'quota'], 0, 'the first ones are'],
    [0, false, undefined, ['quota', 'quota', 'quota'], 0, 'none is'],
    [10, true, ['a', 'b', 'c'], ['cassandra a', 'cassandra b', 'cassandra c'], 7, 'strict: all'],
    [2, true, undefined, ['quota', 'quota', 'quota'], 2, 'strict: all or nothing, and nothing is charged'],
  ])('with %i left, strict %s: %s are read', async (left, strict, sent, words, leftThen, _why) => {
    const { ask, reads, throttle } = setUpLimitedReads(left);
    const asked = ask(['a', 'b', 'c'], { strict });
    expect(reads.map(({ keys }) => keys)).toEqual(sent === undefined ? [] : [sent]);
    for (const read of reads) read.answer();
    expect(inWords(await asked)).toEqual(words);
    expect(unitsAsked(throttle)).toEqual([3]);
    expect(throttle.left).toBe(leftThen);
  });

  it('is read in the same turn in which it was asked, so that nobody asks for the same key meanwhile', () => {
    const { askTogether, reads } = setUpLimitedReads(1);
    askTogether([['a']]);
    expect(reads).toHaveLength(1);
  });

  it('asks for none of the keys that the cache has', async () => {
    const { fill, ask, throttle } = setUpLimitedReads(10);
    await fill(['a', 'b']);
    expect(inWords(await ask(['a', 'b']))).toEqual(['cache a', 'cache b']);
    expect(unitsAsked(throttle)).toEqual([2]);
    void ask(['a', 'c']);
    expect(unitsAsked(throttle)).toEqual([2, 1]);
  });

  it('without units still has what the cache has, and what somebody else reads', async () => {
    const { fill, ask, reads, throttle } = setUpLimitedReads(2);
    await fill(['a']);
    void ask(['b']);
    expect(throttle.left).toBe(0);
    const second = ask(['a', 'b', 'c']);
    reads.at(-1)?.answer();
    expect(inWords(await second)).toEqual(['cache a', 'joined b', 'quota']);
    expect(unitsAsked(throttle)).toEqual([1, 1, 1]);
  });

  it('asks nobody where others read all of it', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(1);
    void ask(['a']);
    const second = ask(['a']);
    expect(unitsAsked(throttle)).toEqual([1]);
    reads[0]?.answer();
    expect(inWords(await second)).toEqual(['joined a']);
  });

  it('that is strict and refused joins nobody, either: it is refused at once and as a whole', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(1);
    void ask(['a']);
    const second = await ask(['a', 'b'], { strict: true });
    expect(inWords(second)).toEqual(['quota', 'quota']);
    expect([reads.length, ...throttle.settled]).toEqual([1, 0]);
  });

  it('passes keys on as one batch, in their order, whether they are paid for or join', async () => {
    const { ask, reads } = setUpLimitedReads(10);
    void ask(['b']);
    const told: number[] = [];
    const second = ask(['a', 'b', 'c'], { onOutcome: (key) => void told.push(key) });
    expect(reads.map(({ keys }) => keys)).toEqual([['b'], ['a', 'c']]);
    reads[1]?.answer();
    reads[0]?.answer();
    expect(inWords(await second)).toEqual(['cassandra a', 'joined b', 'cassandra c']);
    expect(told).toEqual([0, 2, 1]);
  });

  it('tells each outcome once, also of what was refused', async () => {
    const { ask, reads } = setUpLimitedReads(1);
    const told: string[] = [];
    const asked = ask(['a', 'b'], { onOutcome: (key, { status }) => void told.push(`${key} ${status}`) });
    reads[0]?.answer();
    await asked;
    expect(told.toSorted()).toEqual(['0 found', '1 unprocessed']);
  });

  it('of a request without a bill is nobody’s business', async () => {
    const { parts, throttle } = setUpLimitedReads(0);
    const read = createQuotaReader(parts, async ({ keys }) => ({
      outcomes: keys.map(() => noRow),
      report: {} as ReadResult['report'],
    }));
    expect(inWords(await read(cachedBatch(['a'])))).toEqual(['cassandra nothing']);
    expect(throttle.asks).toEqual([]);
  });
});

describe('a request of two batches', () => {
  it('has one verdict, of which the first one takes first', async () => {
    const { askTogether, reads, throttle } = setUpLimitedReads(3);
    const { results, bill } = askTogether([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(unitsAsked(throttle)).toEqual([4]);
    for (const read of reads) read.answer();
    expect((await results).flatMap(inWords)).toEqual(['cassandra a', 'cassandra b', 'cassandra c', 'quota']);
    expect(throttle.settled).toEqual([3]);
    expect(bill?.account()).toMatchObject({ asked: 4, refused: 1, used: 3 });
  });

  it('is all or nothing where it is strict', async () => {
    const { askTogether, reads, throttle } = setUpLimitedReads(3);
    const { results } = askTogether(
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      { strict: true },
    );
    expect((await results).flatMap(inWords)).toEqual(['quota', 'quota', 'quota', 'quota']);
    expect([reads.length, throttle.left]).toEqual([0, 3]);
  });

  it('asks only for the one that the cache does not answer', async () => {
    const { fill, askTogether, throttle } = setUpLimitedReads(10);
    await fill(['a']);
    askTogether([['a'], ['b', 'c']]);
    expect(unitsAsked(throttle)).toEqual([1, 2]);
  });
});

describe('a refusal by the limits of one application', () => {
  it('never reaches another: a refused read is joined by nobody', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(0);
    const refused = await ask(['a'], { application: 'poor' });
    expect(inWords(refused)).toEqual(['quota']);
    throttle.left = 5;
    const rich = ask(['a'], { application: 'rich' });
    expect(reads).toHaveLength(1);
    reads[0]?.answer();
    expect(inWords(await rich)).toEqual(['cassandra a']);
  });

  it('never reaches another that waits for the same key while the verdict is awaited', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(0, { isSlow: true });
    const poor = ask(['a'], { application: 'poor' });
    const rich = ask(['a'], { application: 'rich' });
    await throttle.decide();
    expect(inWords(await poor)).toEqual(['quota']);
    throttle.left = 1;
    await throttle.decide();
    reads[0]?.answer();
    expect(inWords(await rich)).toEqual(['cassandra a']);
    expect(throttle.asks.map(({ application }) => application.name)).toEqual(['poor', 'rich']);
  });

  it('never reaches those who joined a part that was paid for', async () => {
    const { ask, reads } = setUpLimitedReads(1);
    const poor = ask(['a', 'b'], { application: 'poor' });
    const other = ask(['a'], { application: 'other' });
    reads[0]?.answer();
    expect((await Promise.all([poor, other])).flatMap(inWords)).toEqual(['cassandra a', 'quota', 'joined a']);
  });

  it('hides no kept row behind itself, and is not hidden behind one', async () => {
    const cache = { ttlMs: 1_000, missingTtlMs: 1_000, staleIfErrorMs: 60_000 };
    const { fill, ask, clock } = setUpLimitedReads(1);
    await fill(['a'], { cache });
    await clock.advance(2_000);
    expect(inWords(await ask(['a'], { cache }))).toEqual(['quota']);
  });
});
