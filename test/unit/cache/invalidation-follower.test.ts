import { describe, expect, it } from 'vitest';
import { createInvalidationFollower } from '../../../src/core/cache/invalidation-follower.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { drop, startInstance, startTwo } from '../../support/following-instances.ts';
import { createMemoryStream, type MemoryStreamServer } from '../../support/memory-invalidation-stream.ts';

describe('publishing', () => {
  it('applies here at once, and elsewhere as it comes, not here once more', async () => {
    const { clock, one, two } = await startTwo();
    const published = one.follower.publish({ ...drop('a', 'b'), settleMs: 2_000 });
    expect(one.since()).toEqual(['shop.products a b 2000']);
    expect(await published).toBe('fleet');
    await clock.advance(10);
    expect([one.since(), two.since()]).toEqual([[], ['shop.products a b 2000']]);
    expect([one.counts.invalidations, two.counts.invalidations]).toEqual([0, 1]);
  });

  it('keeps the order, and goes on', async () => {
    const { clock, one, two } = await startTwo();
    for (const key of ['a', 'b', 'c']) await one.follower.publish(drop(key));
    await clock.advance(5_000);
    await one.follower.publish({ ...drop(), partitions: 'all' });
    await clock.advance(10);
    const words = ['shop.products a 0', 'shop.products b 0', 'shop.products c 0', 'shop.products'];
    expect(two.since()).toEqual(words);
    expect(two.counts.gaps).toBe(0);
  });

  it('takes several entries for many partitions', async () => {
    const { clock, one, two } = await startTwo();
    await one.follower.publish(drop(...Array.from({ length: 2_001 }, (_, index) => `k${index}`)));
    await clock.advance(10);
    expect([one.link.calls.publish, two.since().length]).toEqual([3, 3]);
  });

  it('reaches this instance alone where the stream is away, and tells nobody later', async () => {
    const { clock, one, two } = await startTwo();
    one.link.isAway = true;
    expect(await one.follower.publish(drop('a'))).toBe('instance');
    expect(one.since()).toEqual(['shop.products a 0']);
    one.link.isAway = false;
    await clock.advance(10_000);
    expect(two.since()).toEqual([]);
    expect(await one.follower.publish(drop('b'))).toBe('fleet');
    expect([one.reaches, one.faults]).toEqual([['instance', 'fleet'], []]);
  });

  it('is bounded: beyond a thousand entries under way it reaches this instance alone', async () => {
    const clock = createFakeClock();
    const server = createMemoryStream(clock);
    const link = server.connect({ delayMs: () => 10 });
    const cache = { invalidatePartitions() {}, invalidateTable() {}, expireBefore() {}, countFleet() {} };
    const parts = { stream: link, cache, clock, random: { next: () => 0 }, instance: 'one' };
    const follower = createInvalidationFollower({ ...parts, onGap: () => 'expire' });
    const all = Promise.all(Array.from({ length: 1_003 }, () => follower.publish(drop('a'))));
    await clock.advance(50);
    expect((await all).filter((reach) => reach === 'instance')).toHaveLength(3);
    expect(link.calls.publish).toBe(1_000);
    expect(await clock.runUntil(follower.publish(drop('a')))).toBe('fleet');
  });
});

describe('the beginning', () => {
  it('is the end of the stream: what was before concerns nothing here, unless read while it settled', async () => {
    const clock = createFakeClock(1_000);
    const server = createMemoryStream(clock);
    await server.connect().publish('two', drop('a'));
    const { since, counts, states } = startInstance(server, clock, 'one');
    await clock.advance(5_000);
    expect(since()).toEqual(['expire 3000 over 8000']);
    expect([counts.gaps, states]).toEqual([0, ['following']]);
  });

  it('waits for the stream, with pauses that grow to two seconds', async () => {
    const clock = createFakeClock();
    const server = createMemoryStream(clock);
    const { link, since, states } = startInstance(server, clock, 'one', { isAway: true });
    await clock.advance(10_000);
    // After 0.1, 0.3, 0.7, 1.5, 3.1 s, then every two seconds.
    expect([link.calls.end, states, since()]).toEqual([9, [], []]);
    link.isAway = false;
    await clock.advance(2_000);
    expect(since()).toEqual(['expire 13100 over 8000']);
    expect(states).toEqual(['following']);
  });

  it('ends nothing later where it is stopped meanwhile', async () => {
    const clock = createFakeClock();
    const server = createMemoryStream(clock);
    const { follower, states } = startInstance(server, clock, 'one', { isAway: true });
    await clock.advance(500);
    follower.stop();
    await clock.advance(0);
    expect([clock.pending(), states]).toEqual([0, []]);
  });
});

describe('being away', () => {
  it('resumes where it was: nothing is lost, and no row expires', async () => {
    const { clock, one, two } = await startTwo();
    await one.follower.publish(drop('a'));
    await clock.advance(10);
    two.link.isAway = true;
    await clock.advance(3_000);
    await one.follower.publish(drop('b'));
    two.link.isAway = false;
    await clock.advance(2_000);
    expect(two.since()).toEqual(['shop.products a 0', 'shop.products b 0']);
    expect([two.states, two.counts.gaps]).toEqual([['following', 'away', 'following'], 0]);
  });

  it('for longer than the stream reaches back is a gap, and what is left is applied', async () => {
    const { clock, server, one, two } = await startTwo();
    two.link.isAway = true;
    await clock.advance(1_000);
    for (const key of ['a', 'b', 'c']) await one.follower.publish(drop(key));
    server.trim(2);
    two.link.isAway = false;
    await clock.advance(2_000);
    expect(two.since()).toEqual(['shop.products b 0', 'shop.products c 0', 'expire 3100 over 8000']);
    await one.follower.publish(drop('d'));
    await clock.advance(2_000);
    expect(two.counts.gaps).toBe(1);
  });

  it('reports what is no fault of the store', async () => {
    const { clock, one } = await startTwo();
    const fault = new TypeError('a bug');
    one.link.read = () => Promise.reject(fault);
    await clock.advance(1_500);
    expect(one.faults[0]).toBe(fault);
    expect(one.follower.state()).toBe('away');
  });
});

describe('a gap', () => {
  it('drops at once what was read before, and then what was read while the lost may have settled', async () => {
    const { clock, server, one, two } = await startTwo({ onGap: 'drop' });
    server.addUnreadable('one');
    await clock.advance(0);
    expect(two.since()).toEqual(['expire 0 over 0', 'expire 2000 over 0']);
    expect([one.counts.gaps, two.counts.gaps]).toEqual([1, 1]);
  });

  it('is an entry that cannot be read; those after it can', async () => {
    const { clock, server, one, two } = await startTwo();
    server.addUnreadable('three');
    await clock.advance(0);
    await one.follower.publish(drop('a'));
    await clock.advance(0);
    expect(two.since()).toEqual(['expire 2000 over 8000', 'shop.products a 0']);
    expect(two.counts.gaps).toBe(1);
  });

  it('is a stream that was flushed, once somebody publishes', async () => {
    const { clock, server, one, two } = await startTwo();
    server.flush();
    await one.follower.publish(drop('a'));
    await clock.advance(0);
    expect(two.since().slice(0, 2)).toEqual(['shop.products a 0', 'expire 2000 over 8000']);
    expect([one.counts.gaps, two.counts.gaps]).toEqual([1, 1]);
  });

  it.each([
    ['flushed', 400 * 2 + 1_000, (server: MemoryStreamServer) => server.flush()],
    ['set back by a failover', 400 * 2 + 1_000, (server: MemoryStreamServer) => server.loseSince(5_000)],
  ])('is a stream that was %s, also if nobody publishes: a pulse tells', async (_, withinMs, lose) => {
    const { clock, server, one, two } = await startTwo();
    for (const key of ['a', 'b', 'c']) await one.follower.publish(drop(key));
    await clock.advance(0);
    two.since();
    const pulse = (): void => {
      two.follower.noticeState(server.state());
      clock.after(400, pulse);
    };
    pulse();
    await clock.advance(1_000);
    expect(two.counts.gaps).toBe(0);
    lose(server);
    await clock.advance(withinMs);
    expect(two.counts.gaps).toBe(1);
    await one.follower.publish(drop('d'));
    await clock.advance(10);
    const done = two.since();
    // At the noticing, and again when it is known where to go on.
    expect(done.filter((words) => words.startsWith('expire'))).toHaveLength(2);
    expect(done).toContain('shop.products d 0');
    await clock.advance(20_000);
    expect(two.counts.gaps).toBe(1);
  });

  it('leaves out nothing that was published before it was known where to go on', async () => {
    const { clock, server, one, two } = await startTwo();
    await one.follower.publish(drop('a'));
    await clock.advance(10);
    two.link.isAway = true;
    await clock.advance(1_000);
    two.follower.noticeState(server.state());
    server.flush();
    two.follower.noticeState(server.state());
    await server.connect().publish('three', drop('b'));
    two.since();
    two.link.isAway = false;
    await clock.advance(2_000);
    expect(two.since()).toContain('shop.products b 0');
    expect(two.counts.gaps).toBe(1);
  });

  it('is noticed without pulses too, within some seconds', async () => {
    const { clock, server, one } = await startTwo();
    server.flush();
    await clock.advance(12_000);
    expect(one.counts.gaps).toBe(1);
  });

  it('is an entry that is told of and cannot be found', async () => {
    const { clock, server, one, two } = await startTwo();
    two.link.isAway = true;
    await clock.advance(1_000);
    await one.follower.publish(drop('a'));
    server.trim(0);
    two.follower.noticeState(server.state());
    two.link.isAway = false;
    await clock.advance(1_000);
    expect(two.counts.gaps).toBe(1);
  });

  it('is none where a pulse is late or early by what is under way', async () => {
    const { clock, server, one, two } = await startTwo();
    for (let round = 0; round < 20; round += 1) {
      const before = server.state();
      await one.follower.publish(drop('a'));
      two.follower.noticeState(round % 2 === 0 ? before : server.state());
      await clock.advance(400);
    }
    expect(two.counts.gaps).toBe(0);
  });
});

describe('what may have been lost before others read it', () => {
  it('is published once more by whoever published it, when it is back or notices the loss', async () => {
    const { clock, server, one, two } = await startTwo();
    two.link.isAway = true;
    await clock.advance(1_500);
    await one.follower.publish(drop('a', 'b'));
    // The stream goes on with the same numbers: nobody who has not read them can tell.
    server.loseSince(1_000);
    one.link.isAway = true;
    await clock.advance(1_500);
    one.link.isAway = false;
    await clock.advance(500);
    two.link.isAway = false;
    await clock.advance(3_000);
    expect(two.since()).toEqual(['shop.products a b 0']);
    expect(two.counts.gaps).toBe(0);
  });

  it('is not what was published long before, nor what is repeated already', async () => {
    const { clock, one, two } = await startTwo();
    await one.follower.publish(drop('old'));
    await clock.advance(6_000);
    await one.follower.publish(drop('late'));
    await clock.advance(10);
    two.since();
    for (let round = 0; round < 3; round += 1) {
      one.link.isAway = true;
      await clock.advance(2_000);
      one.link.isAway = false;
      await clock.advance(5_000);
    }
    expect(two.since()).toEqual(['shop.products late 0']);
    expect(one.states.filter((state) => state === 'away')).toHaveLength(3);
  });

  it('is not told again because of entries that cannot be read', async () => {
    const { clock, server, one } = await startTwo();
    await one.follower.publish(drop('a'));
    await clock.advance(10);
    server.addUnreadable('three');
    await clock.advance(1_000);
    expect([one.counts.gaps, one.link.calls.publish]).toEqual([1, 1]);
  });
});

it('asks little while nothing happens, and ends with stop', async () => {
  const { clock, one, two } = await startTwo();
  await clock.advance(100_000);
  const { end, read } = one.link.calls;
  expect(read).toBeLessThanOrEqual(102);
  expect(end).toBeLessThanOrEqual(11);
  for (const { follower } of [one, two]) follower.stop();
  await clock.advance(2_000);
  expect(clock.pending()).toBe(0);
  expect(one.link.calls.read).toBe(read);
});
