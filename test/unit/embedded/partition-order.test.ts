import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PartitionOrder } from '../../../src/adapters/embedded/partition-order.ts';
import { largestToken, smallestToken, type Token } from '../../../src/core/token/token.ts';

/** A token that the text says itself: its part before the dot. */
function tokenOf(identity: string): Token {
  const value = Number.parseInt(identity, 10);
  return { hi: value, lo: 0 };
}

describe('the order of partitions', () => {
  it('is by token and then by key, however they came and whenever it was asked for', () => {
    const identities = fc.uniqueArray(
      fc.tuple(fc.integer({ min: -5, max: 5 }), fc.nat(9)).map(([token, rest]) => `${token}.${rest}`),
      { maxLength: 40 },
    );
    const cuts = fc.array(fc.nat(40), { maxLength: 5 });
    fc.assert(
      fc.property(identities, cuts, (all, looks) => {
        const order = new PartitionOrder(tokenOf);
        for (const [index, identity] of all.entries()) {
          order.add(identity);
          if (looks.includes(index)) order.all();
        }
        const sorted = all.toSorted(
          (a, b) => tokenOf(a).hi - tokenOf(b).hi || (a < b ? -1 : a === b ? 0 : 1),
        );
        expect(order.all().map(({ identity }) => identity)).toEqual(sorted);
        for (const [index, identity] of sorted.entries()) {
          expect(order.countBefore({ identity, token: tokenOf(identity) })).toBe(index);
          const upTo = sorted.filter((other) => tokenOf(other).hi <= tokenOf(identity).hi).length;
          expect(order.countUpTo(tokenOf(identity))).toBe(upTo);
        }
        expect(order.countUpTo(largestToken)).toBe(all.length);
        expect(order.countUpTo(smallestToken)).toBe(0);
      }),
    );
  });

  it('hashes each partition once, and sorts nothing anew while none is added', () => {
    let hashed = 0;
    const order = new PartitionOrder((identity) => {
      hashed += 1;
      return tokenOf(identity);
    });
    for (let number = 0; number < 500; number += 1) order.add(`${(number * 7) % 500}.`);
    const first = order.all();
    expect(order.all()).toBe(first);
    order.countUpTo(tokenOf('250.'));
    expect(order.all()).toBe(first);
    order.add('1000.');
    expect(order.all()).toHaveLength(501);
    expect(hashed).toBe(501);
  });
});
