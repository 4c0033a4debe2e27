import { beforeEach, describe, expect, it } from 'vitest';
import type { ChargedLimit } from '../../src/core/throttle/limit-store.ts';
import type { PermitStore, PermitVerdict } from '../../src/core/throttle/permits.ts';

export interface PermitStoreFixture {
  readonly store: PermitStore;
  /** Moves the clock that counts. */
  readonly advance: (ms: number) => void;
}

/** A unit in a millisecond. */
const scan: ChargedLimit = { id: 'job/scan', rate: 1_000, burst: 100, enforced: true };
const ofClass: ChargedLimit = { id: 'class:backend/scan', rate: 1_000, burst: 60, enforced: true };
const ttlMs = 1_000;

/** What every `PermitStore` does. `create` gives an empty one. */
export function describePermitStore(name: string, create: () => Promise<PermitStoreFixture>): void {
  describe(name, () => {
    let store: PermitStore;
    let advance: PermitStoreFixture['advance'];
    beforeEach(async () => {
      ({ store, advance } = await create());
    });

    const take = (
      permitId: string,
      units: number,
      {
        application = 'job',
        limits = [scan],
        operation = 'scan',
      }: { application?: string; limits?: ChargedLimit[]; operation?: string } = {},
    ): Promise<PermitVerdict> => store.take({ application, permitId, operation, limits, units, ttlMs });
    const giveBack = (permitId: string, units: number, application = 'job') =>
      store.giveBack({ application, permitId, units });
    /** What the limit would still give. */
    const remaining = async (): Promise<number | undefined> => {
      const verdict = await take('peek', 100);
      return verdict.kind === 'granted' ? verdict.units : 0;
    };

    it('grants what there is, from every limit', async () => {
      expect(await take('a', 80, { limits: [scan, ofClass] })).toMatchObject({
        kind: 'granted',
        units: 60,
        expiresInMs: ttlMs,
        repeated: false,
        states: [
          { remaining: 40, near: false },
          { remaining: 0, near: true },
        ],
      });
      expect(await remaining()).toBe(40);
    });

    it('refuses where not even one is left, and says whom to blame and until when', async () => {
      await take('a', 60, { limits: [scan, ofClass] });
      expect(await take('b', 5, { limits: [scan, ofClass] })).toMatchObject({
        kind: 'refused',
        retryAfterMs: 1,
        violated: [1],
        states: [{ remaining: 40 }, { remaining: 0 }],
      });
      expect(await remaining()).toBe(40);
    });

    it('grants whole where there is no limit', async () => {
      expect(await take('a', 10_000_000, { limits: [] })).toMatchObject({
        kind: 'granted',
        units: 10_000_000,
        states: [],
      });
    });

    it('charges one id once, and tells again what it gave', async () => {
      await take('a', 30);
      advance(400);
      expect(await take('a', 30)).toMatchObject({
        kind: 'granted',
        units: 30,
        expiresInMs: 600,
        repeated: true,
        states: [{ remaining: 100 }],
      });
      expect(await take('a', 99)).toMatchObject({ units: 30, repeated: true });
      expect(await remaining()).toBe(100);
    });

    it('gives an id for no other operation than the first time, and charges nothing', async () => {
      const read: ChargedLimit = { ...scan, id: 'job/read' };
      await take('a', 40);
      const other = { operation: 'read', limits: [read] };
      expect(await take('a', 99, other)).toEqual({ kind: 'other-operation' });
      expect(await take('a', 40)).toMatchObject({ units: 40, repeated: true, states: [{ remaining: 60 }] });
      expect(await take('b', 100, other)).toMatchObject({ units: 100, repeated: false });
      expect(await giveBack('a', 40)).toMatchObject({ units: 40, operation: 'scan' });
    });

    it('charges once who asks several times at once', async () => {
      const verdicts = await Promise.all(Array.from({ length: 20 }, () => take('a', 30)));
      expect(verdicts.map((verdict) => verdict.kind === 'granted' && verdict.units)).toEqual(
        Array.from({ length: 20 }, () => 30),
      );
      expect(verdicts.filter((verdict) => verdict.kind === 'granted' && !verdict.repeated)).toHaveLength(1);
      expect(await remaining()).toBe(70);
    });

    it('knows the id beyond the time of the permit, whose units nobody may use any more', async () => {
      await take('a', 30);
      advance(ttlMs + 1);
      expect(await take('a', 30)).toMatchObject({ units: 30, expiresInMs: 0, repeated: true });
    });

    it('remembers no refusal', async () => {
      await take('a', 100);
      expect((await take('b', 10)).kind).toBe('refused');
      advance(10);
      expect(await take('b', 10)).toMatchObject({ units: 10, repeated: false });
    });

    it('tells the ids of two applications apart', async () => {
      await take('a', 30);
      expect(await take('a', 20, { application: 'other' })).toMatchObject({ units: 20, repeated: false });
      expect(await giveBack('a', 20, 'third')).toEqual({ kind: 'unknown' });
      expect(await giveBack('a', 20, 'other')).toMatchObject({ units: 20 });
    });

    it('takes back what was not used, once', async () => {
      await take('a', 80);
      expect(await giveBack('a', 50)).toEqual({ kind: 'returned', units: 50, operation: 'scan' });
      expect(await giveBack('a', 10)).toEqual({ kind: 'unknown' });
      expect(await remaining()).toBe(70);
    });

    it('takes back at most what was granted, to every limit that was charged', async () => {
      await take('a', 80, { limits: [scan, ofClass] });
      expect(await giveBack('a', 80)).toMatchObject({ units: 60 });
      expect(await take('b', 100, { limits: [scan, ofClass] })).toMatchObject({
        units: 60,
        states: [{ remaining: 40 }, { remaining: 0 }],
      });
    });

    it('takes nothing back when the time of the permit is over', async () => {
      await take('a', 80);
      advance(ttlMs);
      expect(await giveBack('a', 80)).toEqual({ kind: 'unknown' });
    });

    it('takes nothing back that was never granted', async () => {
      expect(await giveBack('a', 1)).toEqual({ kind: 'unknown' });
    });

    it('lets nobody use what was returned', async () => {
      await take('a', 80);
      await giveBack('a', 50);
      expect(await take('a', 80)).toMatchObject({ units: 80, expiresInMs: 0, repeated: true });
    });

    it('only counts where a limit is not enforced', async () => {
      const limits = [{ ...scan, burst: 10, enforced: false }];
      expect(await take('a', 15, { limits })).toMatchObject({ units: 15, states: [{ shadowRefused: 5 }] });
    });
  });
}
