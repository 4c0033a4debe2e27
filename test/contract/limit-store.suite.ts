import { beforeEach, describe, expect, it } from 'vitest';
import { type Ticks, ticksPerMs } from '../../src/core/throttle/gcra.ts';
import type { ChargedLimit, ChargeVerdict } from '../../src/core/throttle/limit-store.ts';
import type { TimedLimitStore } from '../support/limit-histories.ts';
import { describeLimitChanges } from './limit-changes.suite.ts';
import { describeLimitProperties } from './limit-properties.suite.ts';

/** A unit in a millisecond. */
const own: ChargedLimit = { id: 'storefront/read', rate: 1_000, burst: 100, enforced: true };
const ofClass: ChargedLimit = { id: 'class:frontend/read', rate: 1_000, burst: 60, enforced: true };
const shadow: ChargedLimit = { id: 'fleet:all/read', rate: 1_000, burst: 30, enforced: false };

/** What every `LimitStore` does. `create` gives an empty one, whose clock stands. */
export function describeLimitStore(name: string, create: () => Promise<TimedLimitStore>): void {
  describe(name, () => {
    let timed: TimedLimitStore;
    beforeEach(async () => {
      timed = await create();
    });

    const charge = (
      units: number,
      { limits = [own], atLeast = units }: { limits?: readonly ChargedLimit[]; atLeast?: number } = {},
    ): Promise<ChargeVerdict> => timed.store.charge({ limits, units, atLeast });
    const remaining = async (...limits: readonly ChargedLimit[]): Promise<readonly number[]> => {
      const verdict = await charge(0, { limits });
      return verdict.kind === 'granted' ? verdict.states.map((state) => state.remaining) : [];
    };
    const pass = (ms: number): void => {
      timed.now += ms * ticksPerMs;
    };

    describe('one limit', () => {
      it('gives its burst at once after a rest, and then as much as its rate', async () => {
        expect(await charge(100)).toEqual({
          kind: 'granted',
          units: 100,
          states: [{ remaining: 0, fullInMs: 100, near: true, shadowRefused: 0 }],
        });
        expect((await charge(1)).kind).toBe('refused');
        pass(3);
        expect(await charge(3)).toMatchObject({ kind: 'granted', units: 3 });
        expect((await charge(1)).kind).toBe('refused');
      });

      it('never has more than its burst', async () => {
        await charge(10);
        pass(1e9);
        expect(await remaining(own)).toEqual([100]);
      });

      it('is asked for no units at all: the state, and nothing changes', async () => {
        await charge(100);
        for (let times = 0; times < 2; times += 1) {
          expect(await charge(0)).toEqual({
            kind: 'granted',
            units: 0,
            states: [{ remaining: 0, fullInMs: 100, near: true, shadowRefused: 0 }],
          });
        }
        pass(1);
        expect(await remaining(own)).toEqual([1]);
      });

      it('grants what there is, if that is enough', async () => {
        await charge(90);
        expect(await charge(50, { atLeast: 10 })).toMatchObject({ kind: 'granted', units: 10 });
      });

      it('refuses what would be of no use, and charges nothing', async () => {
        await charge(90);
        expect(await charge(50, { atLeast: 11 })).toEqual({
          kind: 'refused',
          retryAfterMs: 1,
          violated: [0],
          states: [{ remaining: 10, fullInMs: 90, near: true, shadowRefused: 0 }],
        });
        expect(await remaining(own)).toEqual([10]);
      });

      it('is near from four fifths of its burst on', async () => {
        expect(await charge(79)).toMatchObject({ states: [{ remaining: 21, near: false }] });
        expect(await charge(1)).toMatchObject({ states: [{ remaining: 20, near: true }] });
      });

      it('can never give more than its burst at once', async () => {
        expect(await charge(101)).toEqual({ kind: 'oversize', violated: [0] });
        expect(await remaining(own)).toEqual([100]);
        expect(await charge(1_000, { atLeast: 100 })).toMatchObject({ kind: 'granted', units: 100 });
      });

      it('tells a refusal in microseconds that are not too few', async () => {
        const slow = { ...own, rate: 47_000, burst: 2 };
        await charge(2, { limits: [slow] });
        // 1/47,000 s are 21.2766 µs, in ticks 340.4, rounded up 341, rounded up to whole µs 22.
        expect(await charge(1, { limits: [slow] })).toMatchObject({ retryAfterMs: 0.022 });
      });
    });

    describe('several limits', () => {
      it('give what the least of them has, from all', async () => {
        expect(await charge(80, { limits: [own, ofClass], atLeast: 1 })).toEqual({
          kind: 'granted',
          units: 60,
          states: [
            { remaining: 40, fullInMs: 60, near: false, shadowRefused: 0 },
            { remaining: 0, fullInMs: 60, near: true, shadowRefused: 0 },
          ],
        });
        expect(await remaining(own, ofClass)).toEqual([40, 0]);
      });

      it('refuse together: none is charged, those to blame are named, and the longest wait counts', async () => {
        await charge(60, { limits: [own, ofClass] });
        await charge(40);
        const verdict = await charge(5, { limits: [shadow, own, ofClass] });
        expect(verdict).toMatchObject({ kind: 'refused', violated: [1, 2], retryAfterMs: 5 });
        await charge(20, { limits: [{ ...own, id: 'c', burst: 20, rate: 10 }] });
        const slower = { ...own, id: 'c', burst: 20, rate: 10 };
        expect(await charge(5, { limits: [slower, ofClass] })).toMatchObject({ retryAfterMs: 500 });
        expect(await remaining(shadow, own, ofClass)).toEqual([30, 0, 0]);
      });

      it('say oversize if one of them is too small, whatever the others have', async () => {
        await charge(100);
        const verdict = await charge(61, { limits: [own, ofClass, shadow] });
        expect(verdict).toEqual({ kind: 'oversize', violated: [1] });
        expect(await remaining(own, ofClass, shadow)).toEqual([0, 60, 30]);
      });

      it('are told apart by their ids', async () => {
        await charge(100);
        expect(await remaining(own, { ...own, id: 'storefront/reads' })).toEqual([0, 100]);
      });

      it('may be eight', async () => {
        const eight = [...Array(8).keys()].map((at) => ({ ...own, id: `limit-${at}`, burst: 10 + at }));
        expect(await charge(10, { limits: eight })).toMatchObject({ kind: 'granted', units: 10 });
        expect(await charge(2, { limits: eight })).toMatchObject({ violated: [0, 1] });
        expect(await charge(8, { limits: eight })).toMatchObject({ violated: [0, 1, 2, 3, 4, 5, 6, 7] });
      });
    });

    describe('a limit in its shadow', () => {
      it('refuses nobody, and counts what it would not have given', async () => {
        expect(await charge(40, { limits: [own, shadow], atLeast: 1 })).toEqual({
          kind: 'granted',
          units: 40,
          states: [
            { remaining: 60, fullInMs: 40, near: false, shadowRefused: 0 },
            { remaining: 0, fullInMs: 30, near: true, shadowRefused: 10 },
          ],
        });
      });

      it('would have given nothing of what is of no use in part', async () => {
        expect(await charge(40, { limits: [shadow] })).toMatchObject({
          kind: 'granted',
          units: 40,
          states: [{ remaining: 30, shadowRefused: 40 }],
        });
      });

      it('is not charged, and would have refused nothing, where another refuses', async () => {
        await charge(100);
        expect(await charge(40, { limits: [own, shadow] })).toMatchObject({
          kind: 'refused',
          violated: [0],
          states: [{ remaining: 0 }, { remaining: 30, shadowRefused: 0 }],
        });
      });
    });

    describe('an adjustment', () => {
      it('gives back, and never beyond the burst', async () => {
        await charge(50);
        await timed.store.adjust([own], -20);
        expect(await remaining(own)).toEqual([70]);
        await timed.store.adjust([own], -1_000);
        expect(await remaining(own)).toEqual([100]);
        await charge(100);
        expect(await remaining(own)).toEqual([0]);
      });

      it('gives nothing back to a limit that nobody used', async () => {
        await timed.store.adjust([own, ofClass], -20);
        expect(await remaining(own, ofClass)).toEqual([100, 60]);
      });

      it('takes a debt whatever is left, up to a burst beyond it', async () => {
        await charge(90);
        await timed.store.adjust([own, ofClass], 50);
        expect(await charge(1, { limits: [own, ofClass] })).toMatchObject({
          kind: 'refused',
          retryAfterMs: 41,
          states: [{ remaining: 0, fullInMs: 140 }, { remaining: 10 }],
        });
        await timed.store.adjust([own], 1_000_000);
        expect(await charge(1)).toMatchObject({ retryAfterMs: 101, states: [{ fullInMs: 200 }] });
      });

      it('of nothing changes nothing', async () => {
        await charge(50);
        await timed.store.adjust([own], 0);
        expect(await remaining(own)).toEqual([50]);
      });
    });

    describe('a clock that is set', () => {
      const hour: Ticks = 3_600_000 * ticksPerMs;

      it('forward: the limit is full, as after a rest', async () => {
        await charge(100);
        timed.now += hour;
        expect(await remaining(own)).toEqual([100]);
      });

      it('back: nobody is kept waiting for longer than two bursts take', async () => {
        await charge(100);
        timed.now -= hour;
        expect(await charge(100)).toMatchObject({ kind: 'refused', retryAfterMs: 100 });
        pass(100);
        expect(await charge(100)).toMatchObject({ kind: 'granted' });
      });

      it('back by no more than clocks differ: time stands until it is reached', async () => {
        await charge(100);
        timed.now -= 60_000 * ticksPerMs;
        expect(await charge(100)).toMatchObject({ kind: 'refused', retryAfterMs: 60_100 });
        timed.now -= 1;
        expect(await charge(100)).toMatchObject({ kind: 'refused', retryAfterMs: 100 });
      });
    });

    describe('a changed setting', () => {
      it('keeps the units that are used', async () => {
        await charge(100);
        const faster = { ...own, rate: 2_000 };
        expect(await charge(0, { limits: [faster] })).toMatchObject({
          states: [{ remaining: 0, fullInMs: 50 }],
        });
        pass(20);
        expect(await remaining(faster)).toEqual([40]);
      });

      it('to a smaller burst holds nobody longer than the larger one took to fill', async () => {
        await charge(100);
        const smaller = { ...own, burst: 10 };
        expect(await charge(1, { limits: [smaller] })).toMatchObject({ retryAfterMs: 91 });
      });

      it('to a larger burst gives the difference at once', async () => {
        await charge(100);
        expect(await remaining({ ...own, burst: 150 })).toEqual([50]);
      });
    });

    describeLimitChanges(create);
    describeLimitProperties(create);
  });
}
