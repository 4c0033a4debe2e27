import { describe, expect, it } from 'vitest';
import { inWords, setUpCachedReads } from '../../support/cached-reads.ts';

describe('deadlines of joiners', () => {
  it('come before that of the read that they joined', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const first = ask(['a']);
    const second = ask(['a', 'b'], { deadlineMs: 100 });
    reads[1]?.answer();
    const result = await clock.runUntil(second);
    expect(clock.nowMs()).toBe(100);
    expect(inWords(result)).toEqual(['replica-timeout', 'cassandra b']);
    expect(result.report.expired).toBe(true);
    reads[0]?.answer();
    expect(inWords(await first)).toEqual(['cassandra a']);
  });

  it('come after it: the key is read again in the time that is left', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const first = ask(['a', 'b'], { deadlineMs: 100 });
    const second = ask(['a', 'b']);
    await clock.advance(100);
    expect(inWords(await first)).toEqual(['replica-timeout', 'replica-timeout']);
    expect(reads[1]?.keys).toEqual(['a', 'b']);
    expect(reads[1]?.batch.deadlineMs).toBe(1_000);
    reads[1]?.answer();
    const result = await second;
    expect(inWords(result)).toEqual(['cassandra a', 'cassandra b']);
    expect(result.report).toMatchObject({ joined: 0, groups: [2], expired: false });
  });

  it('are the same: nothing is sent at the deadline', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const asked = [ask(['a']), ask(['a'])];
    await clock.advance(1_000);
    expect((await Promise.all(asked)).flatMap(inWords)).toEqual(['replica-timeout', 'replica-timeout']);
    expect(reads).toHaveLength(1);
  });

  it('decide who reads again: the one with the latest, whom the others join', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const asked = [50, 60, 1_000].map((deadlineMs) => ask(['a'], { deadlineMs }));
    await clock.advance(50);
    expect(reads.map(({ batch }) => batch.deadlineMs)).toEqual([50, 1_000]);
    await clock.advance(20);
    reads[1]?.answer();
    expect((await Promise.all(asked)).flatMap(inWords)).toEqual([
      'replica-timeout',
      'replica-timeout',
      'cassandra a',
    ]);
  });

  it('are not cut short by whoever began to read again before', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    void ask(['a', 'b'], { deadlineMs: 50 });
    // Woken by `a`, and so before the one that waits for `b` alone.
    void ask(['a', 'b'], { deadlineMs: 60 });
    const patient = ask(['b']);
    await clock.advance(60);
    expect(reads.map(({ keys }) => keys)).toEqual([['a', 'b'], ['a', 'b'], ['b']]);
    reads[2]?.answer();
    expect(inWords(await patient)).toEqual(['cassandra b']);
  });

  it('have passed: nothing is joined', async () => {
    const { ask, reads } = setUpCachedReads();
    void ask(['a']);
    void ask(['a'], { deadlineMs: 0 });
    expect(reads).toHaveLength(2);
  });
});
