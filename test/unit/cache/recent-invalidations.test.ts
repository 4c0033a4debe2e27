import { expect, it } from 'vitest';
import { createRecentInvalidations } from '../../../src/core/cache/recent-invalidations.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { drop } from '../../support/following-instances.ts';

function setUp() {
  const clock = createFakeClock();
  const recent = createRecentInvalidations(clock);
  const take = (): unknown[] => recent.take().map(({ partitions }) => partitions[0]);
  return { clock, recent, take };
}

it('gives what was published last, in its order, and once', () => {
  const { recent, take } = setUp();
  for (const key of ['a', 'b']) recent.add(drop(key));
  expect([take(), take()]).toEqual([['a', 'b'], []]);
});

it('counts the five seconds from the last one: a loss may be noticed later', async () => {
  const { clock, recent, take } = setUp();
  recent.add(drop('too early'));
  await clock.advance(1);
  recent.add(drop('a'));
  await clock.advance(5_000);
  recent.add(drop('b'));
  await clock.advance(54_999);
  expect(take()).toEqual(['a', 'b']);
});

it('forgets what is a minute old', async () => {
  const { clock, recent, take } = setUp();
  recent.add(drop('a'));
  await clock.advance(60_001);
  expect(take()).toEqual([]);
});

it('keeps the last of many, at least five hundred and at most a thousand', () => {
  const { recent, take } = setUp();
  for (let at = 0; at < 2_501; at += 1) recent.add(drop(`${at}`));
  const taken = take();
  expect(taken.at(-1)).toBe('2500');
  expect(taken.length).toBeGreaterThanOrEqual(500);
  expect(taken.length).toBeLessThanOrEqual(1_000);
});
