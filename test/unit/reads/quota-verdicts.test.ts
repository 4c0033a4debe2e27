import { describe, expect, it } from 'vitest';
import { inWords } from '../../support/cached-reads.ts';
import { setUpLimitedReads, unitsAsked } from '../../support/limited-reads.ts';

describe('a verdict that takes its time', () => {
  it('keeps keys back until it is there', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(10, { isSlow: true });
    const asked = ask(['a', 'b']);
    expect(reads).toEqual([]);
    await throttle.decide();
    expect(reads.map(({ keys }) => keys)).toEqual([['a', 'b']]);
    reads[0]?.answer();
    expect(inWords(await asked)).toEqual(['cassandra a', 'cassandra b']);
  });

  it('does not keep back keys that somebody else reads: they are joined at once', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(1, { isSlow: true });
    void ask(['a']);
    await throttle.decide();
    const told: number[] = [];
    const second = ask(['b', 'a'], { onOutcome: (key) => void told.push(key) });
    reads[0]?.answer();
    expect(told).toEqual([1]);
    await throttle.decide();
    expect(inWords(await second)).toEqual(['quota', 'joined a']);
  });

  it('gives a unit back for a key that somebody else has begun to read meanwhile, and joins that read', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(3, { isSlow: true });
    const first = ask(['a', 'b']);
    const second = ask(['a'], { application: 'report' });
    expect(unitsAsked(throttle)).toEqual([2, 1]);
    await throttle.decide();
    await throttle.decide();
    expect(reads).toHaveLength(1);
    expect(throttle.left).toBe(0);
    reads[0]?.answer();
    expect((await Promise.all([first, second])).flatMap(inWords)).toEqual([
      'cassandra a',
      'cassandra b',
      'joined a',
    ]);
    expect(throttle.settled.toSorted()).toEqual([0, 2]);
    expect(throttle.left).toBe(1);
  });

  it('refuses no key that somebody else has begun to read meanwhile', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(1, { isSlow: true });
    void ask(['a']);
    const second = ask(['c', 'a'], { application: 'report' });
    await throttle.decide();
    await throttle.decide();
    reads[0]?.answer();
    expect(inWords(await second)).toEqual(['quota', 'joined a']);
  });

  it('spends its units on keys that nobody reads', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(2, { isSlow: true });
    void ask(['a']);
    const second = ask(['a', 'b', 'c'], { application: 'report' });
    await throttle.decide();
    await throttle.decide();
    expect(reads.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
    for (const read of reads) read.answer();
    expect(inWords(await second)).toEqual(['joined a', 'cassandra b', 'quota']);
  });

  it('that refuses a strict batch charges nothing, though some of it had been joined', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(1, { isSlow: true });
    void ask(['a']);
    await throttle.decide();
    const second = ask(['a', 'b'], { strict: true });
    reads[0]?.answer();
    await throttle.decide();
    expect(inWords(await second)).toEqual(['joined a', 'quota']);
    expect(throttle.settled.toSorted()).toEqual([0, 1]);
    expect(reads).toHaveLength(1);
  });
});
