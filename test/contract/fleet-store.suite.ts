import { beforeEach, describe, expect, it } from 'vitest';
import type { FleetStore, SettingsAuditLine, UsageCount } from '../../src/core/throttle/fleet.ts';
import { fleetBounds } from '../../src/core/throttle/fleet-bounds.ts';
import { noRunTimeSettings, type RunTimeSettings } from '../../src/core/throttle/limit-book.ts';

export interface FleetStoreFixture {
  readonly store: FleetStore;
  /** Moves the clock by which the store counts; it stands otherwise. Back as well. */
  readonly advance: (ms: number) => void;
}

const aliveMs = 5_000;

export const firstSettings: RunTimeSettings = {
  version: 1,
  id: 'a1',
  limits: {
    'class:backend/scan': { rate: 0.5 },
    'fleet:all/read': { enforce: 'off' },
    'storefront/connect': { rate: 50, burst: 100, mode: 'exact', enforce: 'shadow', sessions: 7 },
    'storefront/read': { rate: 9_999_999.5, mode: 'lease', onOver: 'wait', onStoreDown: 'deny' },
  },
  paused: ['nightly-report', 'storefront'],
};

export function auditLine(version: number, what = 'limit storefront/read'): SettingsAuditLine {
  return {
    version,
    at: '2026-11-21T10:00:00.000Z',
    by: 'operator 0a1b2c3d',
    what,
    before: null,
    after: { rate: version },
  };
}

function counted(application: string, admitted: number, refused = 0): UsageCount {
  return { application, operation: 'read', admitted, refused };
}

/** What every `FleetStore` does while it can be asked. The clock begins within a second, not at its edge. */
export function describeFleetStore(name: string, create: () => Promise<FleetStoreFixture>): void {
  describe(name, () => {
    let store: FleetStore;
    let advance: FleetStoreFixture['advance'];
    beforeEach(async () => {
      ({ store, advance } = await create());
    });
    const pulse = (instance: string, counts: readonly UsageCount[] = []) =>
      store.pulse({ instance, aliveMs, counts });
    const change = (after: RunTimeSettings, before: RunTimeSettings = noRunTimeSettings) =>
      store.changeSettings({ before, after, audit: [auditLine(after.version)] });

    describe('the members', () => {
      it('are those that were heard of, each once', async () => {
        expect((await pulse('a')).instances).toBe(1);
        expect((await pulse('b')).instances).toBe(2);
        expect((await pulse('a')).instances).toBe(2);
      });

      it('end when they have not been heard of for too long', async () => {
        await pulse('a');
        advance(aliveMs);
        expect((await pulse('b')).instances).toBe(2);
        advance(1);
        expect((await pulse('b')).instances).toBe(1);
      });

      it('are gone at once when they leave, and back when they pulse', async () => {
        await pulse('a');
        await pulse('b');
        await store.leave('a');
        await store.leave('unheard of');
        expect((await pulse('b')).instances).toBe(1);
        expect((await pulse('a')).instances).toBe(2);
      });

      it('do not stay for ever where the clock is set back', async () => {
        await pulse('dead');
        advance(-aliveMs - 1);
        expect((await pulse('a')).instances).toBe(1);
      });
    });

    describe('the settings', () => {
      it('are none at first', async () => {
        expect(await store.readSettings()).toEqual(noRunTimeSettings);
        expect((await pulse('a')).settings).toEqual({ version: 0, id: '' });
      });

      it('are read as they were set, and told of by each pulse', async () => {
        expect(await change(firstSettings)).toBe(true);
        expect(await store.readSettings()).toEqual(firstSettings);
        expect((await pulse('a')).settings).toEqual({ version: 1, id: 'a1' });
      });

      it('are taken back whole', async () => {
        await change(firstSettings);
        const after = { version: 2, id: 'b2', limits: {}, paused: [] };
        expect(await change(after, firstSettings)).toBe(true);
        expect(await store.readSettings()).toEqual(after);
      });

      it.each([
        ['another version', { version: 2, id: 'a1' }],
        ['another id', { version: 1, id: 'b1' }],
        ['none', { version: 0, id: '' }],
      ])('stay where the change was made over %s, and so does the audit', async (_what, name) => {
        await change(firstSettings);
        const before = { ...firstSettings, ...name };
        expect(await change({ ...firstSettings, version: 3, id: 'c3' }, before)).toBe(false);
        expect(await store.readSettings()).toEqual(firstSettings);
        expect(await store.audit(10)).toEqual([auditLine(1)]);
      });

      it('are changed by one of many that come at once', async () => {
        const changes = Array.from({ length: 10 }, (_, index) =>
          change({ ...firstSettings, id: `from-${index}` }),
        );
        const done = await Promise.all(changes);
        expect(done.filter((isDone) => isDone)).toHaveLength(1);
        expect(await store.audit(10)).toHaveLength(1);
        expect((await store.readSettings()).id).toBe(`from-${done.indexOf(true)}`);
      });
    });

    describe('settings that were lost', () => {
      const lost = { ...firstSettings, version: 7, id: 'a7' };

      it('are put back where there are none', async () => {
        expect(await store.restoreSettings(lost)).toBe(true);
        expect(await store.readSettings()).toEqual(lost);
        expect(await store.audit(10)).toEqual([]);
      });

      it('are put back over an older version', async () => {
        await change({ ...firstSettings, version: 6, id: 'b6' });
        expect(await store.restoreSettings(lost)).toBe(true);
        expect(await store.readSettings()).toEqual(lost);
      });

      it.each([
        ['the same', 'a7', 7],
        ['others of the same version', 'b7', 7],
        ['a later version', 'b8', 8],
        ['a version of more digits', 'b10', 10],
      ])('are not put over %s', async (_what, id, version) => {
        const held = { ...firstSettings, version, id, paused: [] };
        await change(held);
        expect(await store.restoreSettings(lost)).toBe(false);
        expect(await store.readSettings()).toEqual(held);
      });
    });

    describe('the audit', () => {
      it('is empty at first', async () => {
        expect(await store.audit(10)).toEqual([]);
      });

      it('has the newest line first, and as many as are asked for', async () => {
        await store.changeSettings({
          before: noRunTimeSettings,
          after: firstSettings,
          audit: [auditLine(1, 'first'), auditLine(1, 'second')],
        });
        await change({ ...firstSettings, version: 2 }, firstSettings);
        const lines = [auditLine(2), auditLine(1, 'second'), auditLine(1, 'first')];
        expect(await store.audit(10)).toEqual(lines);
        expect(await store.audit(2)).toEqual(lines.slice(0, 2));
        expect(await store.audit(0)).toEqual([]);
      });

      it('keeps the newest thousand', async () => {
        const audit = Array.from({ length: fleetBounds.auditLines + 5 }, (_, at) => auditLine(1, `${at}`));
        await store.changeSettings({ before: noRunTimeSettings, after: firstSettings, audit });
        const kept = await store.audit(5_000);
        expect(kept.map(({ what }) => what)).toEqual(
          audit
            .map(({ what }) => what)
            .slice(5)
            .toReversed(),
        );
      });
    });

    describe('the board', () => {
      it('adds up what the instances counted in one second, once it is over', async () => {
        await pulse('a', [counted('storefront', 5, 2)]);
        await pulse('b', [counted('storefront', 7), { ...counted('jobs', 3, 1), operation: 'scan' }]);
        expect(await store.usage(10)).toEqual([]);
        advance(1_000);
        const [second, ...others] = await store.usage(10);
        expect(others).toEqual([]);
        expect(second?.counts).toEqual([
          { application: 'jobs', operation: 'scan', admitted: 3, refused: 1 },
          { application: 'storefront', operation: 'read', admitted: 12, refused: 2 },
        ]);
      });

      it('has seconds in their order, without those in which nothing was counted', async () => {
        await pulse('a', [counted('storefront', 1)]);
        advance(1_000);
        await pulse('a');
        advance(1_000);
        await pulse('a', [counted('storefront', 3)]);
        advance(1_000);
        const seconds = await store.usage(10);
        expect(seconds.map(({ counts }) => counts[0]?.admitted)).toEqual([1, 3]);
        const [first, last] = seconds;
        expect((last?.second ?? 0) - (first?.second ?? 0)).toBe(2);
      });

      it('takes away what is given back', async () => {
        await pulse('a', [counted('storefront', 5)]);
        await pulse('a', [counted('storefront', -2)]);
        await pulse('a', [counted('jobs', 4)]);
        await pulse('a', [counted('jobs', -4)]);
        advance(1_000);
        expect((await store.usage(1))[0]?.counts).toEqual([counted('storefront', 3)]);
      });

      it.each([1, 9, 10, 11, 20, 25, 300])('goes back by %i seconds and no more', async (seconds) => {
        await pulse('a', [counted('storefront', 1)]);
        advance(seconds * 1_000);
        expect(await store.usage(seconds)).toHaveLength(1);
        advance(1_000);
        expect(await store.usage(seconds)).toEqual([]);
      });

      it('has each second once, and the last 300 at most', async () => {
        for (let second = 0; second < 320; second += 1) {
          await pulse('a', [counted('storefront', second + 1)]);
          advance(1_000);
        }
        const admitted = (await store.usage(1_000)).map(({ counts }) => counts[0]?.admitted);
        expect(admitted).toEqual(Array.from({ length: 300 }, (_, at) => at + 21));
        expect(await store.usage(0)).toEqual([]);
      });
    });

    it('knows of no invalidations where nobody wrote any', async () => {
      expect((await pulse('a')).invalidations).toEqual({ sequence: 0, epoch: '' });
    });
  });
}
