import { beforeEach, describe, expect, it } from 'vitest';
import { type Decision, type GuardOverride, type Steering, unsteered } from '../../src/core/guard/guard.ts';
import { guardBounds } from '../../src/core/guard/guard-bounds.ts';
import type { BucketCounts, GuardStore } from '../../src/core/guard/guard-store.ts';
import { bucketCount } from '../../src/core/guard/latency-histogram.ts';

export interface GuardStoreFixture {
  readonly store: GuardStore;
  /** Moves the clock by which the store counts; it stands otherwise. */
  readonly advance: (ms: number) => void;
}

const leadMs = 3_000;
const windowSeconds = 5;

export const steering: Steering = {
  factor: 0.49,
  phase: 'cut',
  latency: { samples: 1_234, p95Ms: 71.25 },
  rates: { backend: { read: 12_000, scan: 0.5 }, reports: { read: 7 } },
};
const override: GuardOverride = { factor: 0.25, by: 'operator 0a1b2c3d', at: '2026-11-21T10:00:00.000Z' };

export function countsOf(counts: Readonly<Record<number, number>>): BucketCounts {
  return new Map(Object.entries(counts).map(([bucket, count]) => [Number(bucket), count]));
}

/** What every `GuardStore` does while it can be asked. The clock begins in the middle of a second. */
export function describeGuardStore(name: string, create: () => Promise<GuardStoreFixture>): void {
  describe(name, () => {
    let store: GuardStore;
    let advance: GuardStoreFixture['advance'];
    beforeEach(async () => {
      ({ store, advance } = await create());
    });
    const beat = (instance: string, counts: Readonly<Record<number, number>> = {}, factor = 1) =>
      store.beat({ instance, counts: countsOf(counts), factor, leadMs, windowSeconds });

    describe('the lead', () => {
      it('is taken by the first, and kept by it', async () => {
        expect(await beat('a')).toMatchObject({ isLeader: true, leader: 'a', epoch: 1 });
        expect(await beat('b')).toMatchObject({ isLeader: false, leader: 'a', epoch: 1, window: undefined });
        for (let second = 0; second < 10; second += 1) {
          advance(1_000);
          expect(await beat('b')).toMatchObject({ isLeader: false, leader: 'a', epoch: 1 });
          expect(await beat('a')).toMatchObject({ isLeader: true, leader: 'a', epoch: 1 });
        }
      });

      it('ends with its time, and is then the first one’s who comes', async () => {
        await beat('a');
        advance(leadMs / 2);
        expect(await beat('b')).toMatchObject({ leader: 'a', epoch: 1 });
        advance(leadMs / 2);
        expect(await beat('b')).toMatchObject({ isLeader: true, leader: 'b', epoch: 2 });
        expect(await beat('a')).toMatchObject({ isLeader: false, leader: 'b', epoch: 2 });
      });

      it('begins a new epoch also for whom it was before', async () => {
        await beat('a');
        advance(leadMs);
        expect(await beat('a')).toMatchObject({ isLeader: true, epoch: 2 });
      });

      it('is given up by who has it, and by nobody else', async () => {
        await beat('a');
        await store.resign('b');
        expect(await beat('b')).toMatchObject({ leader: 'a', epoch: 1 });
        await store.resign('a');
        expect(await beat('b')).toMatchObject({ leader: 'b', epoch: 2 });
        await store.resign('nobody');
      });

      it('is one’s of many who come at once', async () => {
        const names = Array.from({ length: 10 }, (_, at) => `instance-${at}`);
        const beats = await Promise.all(names.map((instance) => beat(instance)));
        expect(beats.filter(({ isLeader }) => isLeader)).toHaveLength(1);
        expect(new Set(beats.map(({ leader }) => leader)).size).toBe(1);
        expect(beats.map(({ epoch }) => epoch)).toEqual(names.map(() => 1));
      });
    });

    describe('a decision', () => {
      it('is none at first', async () => {
        expect((await beat('a')).stored).toBeUndefined();
      });

      it('is told as it was made, to all', async () => {
        await beat('a');
        expect(await store.steer('a', 1, 7, steering)).toBe(true);
        for (const name of ['a', 'b']) {
          expect((await beat(name)).stored).toMatchObject({ epoch: 1, sequence: 7, steering });
        }
        expect(await store.steer('a', 1, 8, unsteered)).toBe(true);
        expect((await beat('b')).stored).toMatchObject({ epoch: 1, sequence: 8, steering: unsteered });
      });

      it('may leave out what its leader cannot decide on', async () => {
        await beat('a');
        const partial: Decision = { ...steering, factor: undefined, rates: undefined };
        await store.steer('a', 1, 1, partial);
        expect((await beat('b')).stored?.steering).toEqual(partial);
      });

      it.each<[string, string, number]>([
        ['who does not lead', 'b', 1],
        ['an epoch that is over', 'a', 0],
        ['an epoch that has not begun', 'a', 2],
      ])('of %s is refused and changes nothing', async (_who, instance, epoch) => {
        await beat('a');
        await store.steer('a', 1, 1, steering);
        expect(await store.steer(instance, epoch, 2, unsteered)).toBe(false);
        expect((await beat('b')).stored).toMatchObject({ epoch: 1, sequence: 1, steering });
      });

      it('of who slept through its lead is refused, be there another leader or none yet', async () => {
        await beat('a');
        advance(leadMs);
        expect(await store.steer('a', 1, 1, steering)).toBe(false);
        await beat('b');
        expect(await store.steer('a', 1, 1, steering)).toBe(false);
        expect(await store.steer('a', 2, 1, steering)).toBe(false);
        expect((await beat('b')).stored).toBeUndefined();
      });

      it('outlives its leader, and is forgotten after a minute', async () => {
        await beat('a');
        await store.steer('a', 1, 7, steering);
        advance(guardBounds.steeringLifeMs / 2);
        expect(await beat('b')).toMatchObject({ epoch: 2, stored: { epoch: 1, sequence: 7 } });
        advance(guardBounds.steeringLifeMs / 2);
        expect((await beat('b')).stored).toBeUndefined();
      });
    });

    describe('the window', () => {
      it('adds up what all instances counted, for the leader', async () => {
        await beat('a', { 3: 1, 200: 4 });
        await beat('b', { 3: 2 });
        advance(1_000);
        await beat('b', { 0: 9 });
        expect((await beat('a', { 200: 1 })).window).toEqual(countsOf({ 0: 9, 3: 3, 200: 5 }));
      });

      it('is of the present second and of those before it', async () => {
        await beat('a');
        await beat('b', { 1: 1 });
        for (let second = 1; second < windowSeconds; second += 1) {
          advance(1_000);
          await beat('b', { 1: 1 });
          expect((await beat('a')).window).toEqual(countsOf({ 1: second + 1 }));
        }
        advance(499);
        expect((await beat('a')).window).toEqual(countsOf({ 1: windowSeconds }));
        advance(1);
        expect((await beat('a')).window).toEqual(countsOf({ 1: windowSeconds - 1 }));
        for (let second = 0; second < windowSeconds; second += 1) {
          advance(1_000);
          await beat('a');
        }
        expect((await beat('a')).window).toEqual(new Map());
      });

      it('leaves out buckets that there are not, and counts that are none', async () => {
        const counts = { [-1]: 5, 1.5: 5, 2: Number.NaN, 3: -1, 4: 1, [bucketCount]: 5 };
        expect((await beat('a', counts)).window).toEqual(countsOf({ 4: 1 }));
      });
    });

    describe('the factors in force', () => {
      it('are told by all, and the leader hears of the least of the window', async () => {
        expect((await beat('a', {}, 0.5)).leastFactor).toBe(0.5);
        expect((await beat('b', {}, 0.25)).leastFactor).toBeUndefined();
        for (let second = 1; second < windowSeconds; second += 1) {
          advance(1_000);
          expect((await beat('a', {}, 0.75)).leastFactor).toBe(0.25);
        }
        advance(1_000);
        expect((await beat('a')).leastFactor).toBe(0.75);
      });
    });

    describe('an override', () => {
      it('is none at first', async () => {
        expect((await beat('a')).override).toEqual({ version: 0, override: undefined });
      });

      it('is told to all, until it is taken back', async () => {
        expect(await store.setOverride(override, 0)).toBe(1);
        for (const name of ['a', 'b']) expect((await beat(name)).override).toEqual({ version: 1, override });
        advance(guardBounds.steeringLifeMs * 60 * 24);
        expect((await beat('b')).override).toEqual({ version: 1, override });
        expect(await store.setOverride({ ...override, factor: 1 }, 0)).toBe(2);
        expect((await beat('b')).override.override?.factor).toBe(1);
        expect(await store.setOverride(undefined, 2)).toBe(3);
        expect(await store.setOverride(undefined, 3)).toBe(4);
        expect((await beat('a')).override).toEqual({ version: 4, override: undefined });
      });

      it('is newer than what the operator’s instance knows, where the store has lost that', async () => {
        expect(await store.setOverride(override, 7)).toBe(8);
      });

      it('is put back only in place of an older one, also one that was taken back', async () => {
        expect(await store.restoreOverride({ version: 3, override })).toBe(true);
        expect((await beat('a')).override).toEqual({ version: 3, override });
        expect(await store.restoreOverride({ version: 3, override: undefined })).toBe(false);
        expect(await store.restoreOverride({ version: 2, override: undefined })).toBe(false);
        expect((await beat('a')).override).toEqual({ version: 3, override });
        expect(await store.restoreOverride({ version: 4, override: undefined })).toBe(true);
        expect((await beat('a')).override).toEqual({ version: 4, override: undefined });
      });
    });
  });
}
