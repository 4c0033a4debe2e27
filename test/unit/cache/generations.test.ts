import { describe, expect, it } from 'vitest';
import { createGenerations, hashOf, hashSeed } from '../../../src/core/cache/generations.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('generations', () => {
  it('stand as they stood while nothing is invalidated', () => {
    const generations = createGenerations(createFakeClock());
    const before = generations.of(1);
    generations.bump(2, 0);
    expect(generations.of(1)).toBe(before);
  });

  it('differ after each invalidation', () => {
    const generations = createGenerations(createFakeClock());
    const seen = [0, 1, 2].map(() => {
      generations.bump(1, 0);
      return generations.of(1);
    });
    expect(new Set([...seen, 0]).size).toBe(4);
  });

  it('settle until they are told, and the end of it counts as an invalidation', async () => {
    const clock = createFakeClock();
    const generations = createGenerations(clock);
    generations.bump(1, 2_000);
    const during = generations.of(1);
    await clock.advance(1_999);
    expect([generations.isSettling(1), generations.of(1)]).toEqual([true, during]);
    await clock.advance(1);
    expect([generations.isSettling(1), generations.of(1) === during]).toEqual([false, false]);
  });

  it('settle for the longest of two invalidations', async () => {
    const clock = createFakeClock();
    const generations = createGenerations(clock);
    generations.bump(1, 2_000);
    generations.bump(1, 500);
    await clock.advance(1_000);
    expect(generations.isSettling(1)).toBe(true);
  });

  it('share a counter where the lowest 16 bits of hashes agree', () => {
    const generations = createGenerations(createFakeClock());
    const before = generations.of(1);
    generations.bump(1 + 65_536, 0);
    expect(generations.of(1)).not.toBe(before);
  });

  it('differ for all at once, now and once more when told', async () => {
    const clock = createFakeClock();
    const generations = createGenerations(clock);
    const seen = [generations.of(1)];
    generations.bumpAll(2_000);
    seen.push(generations.of(1), generations.of(1));
    await clock.advance(1_999);
    seen.push(generations.of(1));
    expect(generations.isSettling(1)).toBe(false);
    await clock.advance(1);
    seen.push(generations.of(1), generations.of(1));
    expect(seen.map((each) => each - (seen[0] as number))).toEqual([0, 1, 1, 1, 2, 2]);
  });

  it('are spread by the hash over the slots, about as chance would', () => {
    const counts = new Map<number, number>();
    for (let key = 0; key < 65_536; key += 1) {
      const slot = hashOf(`sku-${key}`, 0, hashSeed) & 0xffff;
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    // A fair hash leaves 37 % of the slots empty.
    expect(counts.size).toBeGreaterThan(0.6 * 65_536);
    expect(Math.max(...counts.values())).toBeLessThan(16);
  });
});
