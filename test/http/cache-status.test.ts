import { describe, expect, it } from 'vitest';
import type { CacheAccount } from '../../src/core/reads/look-up.ts';
import { RowRefusal } from '../../src/core/reads/row.ts';
import { cacheStatusOf } from '../../src/http/cache-status.ts';
import { account, createDataApp, foundAnswer, foundRow } from './data-app-fixture.ts';

const read = (keys: number, stale = 0): CacheAccount => ({ use: 'read', keys, stale });

describe('Cache-Status', () => {
  it.each<[CacheAccount | undefined, { cacheHits: number; joined: number }, string | undefined, string]>([
    [undefined, { cacheHits: 0, joined: 0 }, undefined, 'the table has no cache'],
    [
      { use: 'off', keys: 1, stale: 0 },
      { cacheHits: 0, joined: 0 },
      'weir; fwd=bypass',
      'the class does without',
    ],
    [
      { use: 'refused', keys: 1, stale: 0 },
      { cacheHits: 0, joined: 0 },
      'weir; fwd=request',
      'the request said no-cache',
    ],
    [read(50), { cacheHits: 50, joined: 0 }, 'weir; hit', 'every key was fresh'],
    [read(50), { cacheHits: 0, joined: 0 }, 'weir; fwd=miss', 'none was there'],
    [
      read(50),
      { cacheHits: 30, joined: 0 },
      'weir; fwd=partial; detail="30 of 50 keys"',
      'the others went on',
    ],
    [read(1), { cacheHits: 0, joined: 1 }, 'weir; fwd=miss; collapsed', 'another request read it'],
    [
      read(50),
      { cacheHits: 30, joined: 20 },
      'weir; fwd=partial; collapsed; detail="30 of 50 keys"',
      'all that went on was read by others',
    ],
    [
      read(50),
      { cacheHits: 30, joined: 2 },
      'weir; fwd=partial; detail="30 of 50 keys, 2 joined"',
      'some of it was',
    ],
    [read(1, 1), { cacheHits: 0, joined: 0 }, 'weir; fwd=stale; detail="1 stale"', 'a kept row stands in'],
    [
      read(50, 4),
      { cacheHits: 30, joined: 0 },
      'weir; fwd=partial; detail="30 of 50 keys, 4 stale"',
      'stale keys are no hits: they went on, in vain',
    ],
    [
      read(2, 1),
      { cacheHits: 0, joined: 0 },
      'weir; fwd=miss; detail="1 stale"',
      'the other one was read, and there is no fresh one',
    ],
  ])('of %j with %j is %s: %s', (cache, counts, expected, _why) => {
    expect(cacheStatusOf({ ...account, ...counts, cache })).toBe(expected);
  });

  it('stands on look-ups', async () => {
    const cached = { ...account, cacheHits: 1, cache: read(1) };
    const { lookUp } = createDataApp(async () => ({ ...foundAnswer, account: cached }));
    expect((await lookUp()).headers['cache-status']).toBe('weir; hit');
  });

  it('stands on look-ups without an answer', async () => {
    const { lookUp } = createDataApp(async () => ({
      problem: 'overload',
      body: '{"type":"/problems/overload"}',
      account: { ...account, cache: read(1) },
    }));
    const { statusCode, headers } = await lookUp();
    expect([statusCode, headers['cache-status']]).toEqual([503, 'weir; fwd=miss']);
  });

  it('stands on rows, and on rows that are not there', async () => {
    const cached = { ...account, cacheHits: 1, cache: read(1) };
    const found = createDataApp(undefined, {
      readRow: async () => ({ body: foundRow, ageMs: 4, account: cached }),
    });
    const missing = createDataApp(undefined, {
      readRow: async () => {
        throw new RowRefusal('row-not-found', 'no row has this primary key', cached, { ageMs: 2_500 });
      },
    });
    for (const { get } of [found, missing]) expect((await get()).headers['cache-status']).toBe('weir; hit');
    expect((await missing.get()).headers['age']).toBe('2');
  });

  it('is absent where the table has no cache', async () => {
    const { lookUp, get } = createDataApp();
    expect((await lookUp()).headers).not.toHaveProperty('cache-status');
    expect((await get()).headers).not.toHaveProperty('cache-status');
  });
});

describe('Age', () => {
  const ageOf = async (ageMs: number | undefined, headers = {}) => {
    const { get } = createDataApp(undefined, { readRow: async () => ({ body: foundRow, ageMs, account }) });
    return get({ headers });
  };

  it.each([
    [0, '0'],
    [999, '0'],
    [61_500, '61'],
  ])('of a row that was read %d ms ago is %s whole seconds', async (ageMs, age) => {
    expect((await ageOf(ageMs)).headers['age']).toBe(age);
  });

  it('is absent from a row that was read for the request', async () => {
    expect((await ageOf(undefined)).headers).not.toHaveProperty('age');
  });

  it('leaves the tag of the row as it is, and stands beside it where the caller has the row', async () => {
    const tag = String((await ageOf(undefined)).headers.etag);
    const unchanged = await ageOf(5_000, { 'if-none-match': tag });
    expect([unchanged.statusCode, unchanged.headers['age'], unchanged.headers.etag]).toEqual([304, '5', tag]);
  });
});
