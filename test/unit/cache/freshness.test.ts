import { describe, expect, it } from 'vitest';
import { freshnessOf, isAsStrong, lifeOf, reachesLimit } from '../../../src/core/cache/freshness.ts';
import type { Consistency } from '../../../src/core/ports.ts';

const settings = { ttlMs: 1_000, missingTtlMs: 100, staleIfErrorMs: 500 };

describe('how long a read is kept', () => {
  it.each([
    [
      'a row for its time, and stale after it',
      settings,
      true,
      0,
      { freshUntilMs: 1_050, usableUntilMs: 1_550 },
    ],
    ['a tenth less at most', settings, true, 1, { freshUntilMs: 950, usableUntilMs: 1_450 }],
    [
      'a missing row for its own time, and never stale',
      settings,
      false,
      0,
      { freshUntilMs: 150, usableUntilMs: 150 },
    ],
    ['no missing row where its time is 0', { ...settings, missingTtlMs: 0 }, false, 0, undefined],
  ] as const)('keeps %s', (_, given, found, chance, life) => {
    expect(lifeOf(given, found, 50, chance)).toEqual(life);
  });

  const read = { readAtMs: 0, freshUntilMs: 900, usableUntilMs: 1_400, rows: ['{}'] };
  const missing = { readAtMs: 0, freshUntilMs: 100, usableUntilMs: 100, rows: [] };
  it.each([
    ['before its end', read, settings, 899, 'fresh'],
    ['at its end, where stale rows may be used', read, settings, 900, 'stale'],
    ['at the end of that too', read, settings, 1_400, 'over'],
    ['where the time to live has been shortened since', read, { ...settings, ttlMs: 500 }, 600, 'stale'],
    ['beyond a shortened time to live and the stale time', read, { ...settings, ttlMs: 500 }, 1_000, 'over'],
    ['where stale rows are no longer wanted', read, { ...settings, staleIfErrorMs: 0 }, 950, 'over'],
    ['for a missing row in its time', missing, settings, 99, 'fresh'],
    ['for a missing row after its time', missing, settings, 100, 'over'],
    ['for a missing row where they are no longer kept', missing, { ...settings, missingTtlMs: 0 }, 1, 'over'],
  ] as const)('judges %s', (_, kept, given, nowMs, freshness) => {
    expect(freshnessOf(kept, given, nowMs)).toBe(freshness);
  });
});

describe('the strength of a read', () => {
  const cases: readonly (readonly [Consistency, Consistency, boolean, string])[] = [
    ['LOCAL_ONE', 'ONE', true, 'one replica is one replica'],
    ['ONE', 'LOCAL_ONE', true, 'any read is good enough for the weakest'],
    ['LOCAL_ONE', 'TWO', false, 'one is not two'],
    ['TWO', 'LOCAL_ONE', true, 'two are one'],
    ['THREE', 'TWO', true, 'three are two'],
    ['TWO', 'THREE', false, 'two are not three'],
    ['THREE', 'QUORUM', false, 'a quorum may be more than three'],
    ['QUORUM', 'TWO', false, 'a quorum of one replica is one'],
    ['QUORUM', 'LOCAL_QUORUM', false, 'a quorum of all need not be one here'],
    ['LOCAL_QUORUM', 'QUORUM', false, 'a quorum here need not be one of all'],
    ['LOCAL_QUORUM', 'ONE', true, 'a quorum has one'],
    ['LOCAL_QUORUM', 'LOCAL_QUORUM', true, 'the same, in the same datacenter'],
    ['ALL', 'QUORUM', true, 'all are a quorum'],
    ['ALL', 'LOCAL_QUORUM', true, 'all are a quorum of every datacenter'],
    ['ALL', 'THREE', true, 'all are as many as there are'],
    ['QUORUM', 'ALL', false, 'a quorum is not all'],
  ];
  it.each(cases)('%s for %s: %s, since %s', (consistency, asked, answers) => {
    expect(isAsStrong({ consistency, datacenter: 'front' }, asked, 'front')).toBe(answers);
  });

  it.each([
    ['LOCAL_QUORUM', 'LOCAL_QUORUM', false],
    ['ALL', 'LOCAL_QUORUM', true],
    ['LOCAL_ONE', 'LOCAL_ONE', true],
  ] as const)('%s read in another datacenter for %s: %s', (consistency, asked, answers) => {
    expect(isAsStrong({ consistency, datacenter: 'back' }, asked, 'front')).toBe(answers);
  });
});

describe('the rows of a read', () => {
  it.each([
    [10, false, 10, true, 'as many were asked for'],
    [10, true, 9, true, 'more were asked for'],
    [10, true, 11, false, 'there are more, and they were not read'],
    [10, false, 11, true, 'there are no more'],
  ])('limit %i, truncated %s, for %i: %s, since %s', (limit, truncated, asked, answers) => {
    expect(reachesLimit({ limit, truncated }, asked)).toBe(answers);
  });
});
