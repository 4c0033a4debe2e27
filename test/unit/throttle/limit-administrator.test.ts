import { describe, expect, it } from 'vitest';
import type { LimitAdministration } from '../../../src/core/throttle/limit-administration.ts';
import { StoreError } from '../../../src/core/throttle/limit-store.ts';
import { changeOptions as options, refusalOf, startFleet, usualLimit } from '../../support/settings-fleet.ts';

describe('a change of limits', () => {
  it('is in force here at once and on the other instances within a second', async () => {
    const { fleet, a, b } = await startFleet();
    const difference = await a.limits.change({ 'storefront/read': { rate: 500 } }, options);
    expect(a.book.limitOf('storefront/read')?.rate).toBe(500);
    await fleet.clock.advance(1_000);
    expect(b.book.limitOf('storefront/read')?.rate).toBe(500);
    expect(b.limits.view()).toEqual(a.limits.view());
    expect(difference).toEqual({
      tag: a.limits.view().tag,
      version: 1,
      dryRun: false,
      limits: [
        { id: 'storefront/read', before: usualLimit, after: { ...usualLimit, rate: 500, burst: 500 } },
      ],
      paused: [],
    });
  });

  it('takes the place of what was set for this limit, and leaves the others', async () => {
    const { a } = await startFleet();
    await a.limits.change(
      { 'storefront/read': { rate: 500, mode: 'lease' }, 'fleet:all/read': { rate: 9_000 } },
      options,
    );
    await a.limits.change({ 'storefront/read': { burst: 7 } }, options);
    expect(a.keeper.settings().limits).toEqual({
      'fleet:all/read': { rate: 9_000 },
      'storefront/read': { burst: 7 },
    });
    const { limits } = await a.limits.change({ 'fleet:all/read': null, 'storefront/read': {} }, options);
    expect(limits.map(({ id, after }) => [id, after?.burst])).toEqual([
      ['fleet:all/read', undefined],
      ['storefront/read', 100],
    ]);
    expect(a.keeper.settings()).toMatchObject({ version: 3, limits: {} });
  });

  it('that says what is set already changes neither version nor audit', async () => {
    const { fleet, a } = await startFleet();
    const first = await a.limits.change({ 'storefront/read': { rate: 5, burst: 7 } }, options);
    const again = await a.limits.change({ 'storefront/read': { burst: 7, rate: 5 } }, options);
    expect(again).toEqual({ ...first, limits: [] });
    expect(await fleet.store.audit(10)).toHaveLength(1);
    expect((await a.limits.change({}, options)).version).toBe(1);
  });

  it('that comes to the same limit is kept and no difference', async () => {
    const { a } = await startFleet();
    const { version, limits } = await a.limits.change({ 'storefront/read': { rate: 100 } }, options);
    expect([version, limits]).toEqual([1, []]);
  });

  it('that is tried changes nothing', async () => {
    const { fleet, a } = await startFleet();
    const trial = await a.limits.change({ 'storefront/read': { rate: 5 } }, { ...options, dryRun: true });
    expect(trial).toMatchObject({ tag: '"0"', version: 0, dryRun: true });
    expect(trial.limits.map(({ after }) => after?.rate)).toEqual([5]);
    expect(a.book.limitOf('storefront/read')?.rate).toBe(100);
    expect((await fleet.store.readSettings()).version).toBe(0);
    expect(await fleet.store.audit(10)).toEqual([]);
  });

  it('is a line of the audit for each limit: who, when, what was set before and after', async () => {
    const { fleet, a } = await startFleet();
    await a.limits.change({ 'storefront/read': { rate: 5 } }, options);
    await fleet.clock.advance(60_500);
    await a.limits.change({ 'storefront/read': null, 'class:backend/scan': { burst: 7 } }, options);
    const by = options.by;
    expect(await a.limits.history(10)).toEqual([
      {
        version: 2,
        at: '2026-11-21T10:01:00.500Z',
        by,
        what: 'limit storefront/read',
        before: { rate: 5 },
        after: null,
      },
      {
        version: 2,
        at: '2026-11-21T10:01:00.500Z',
        by,
        what: 'limit class:backend/scan',
        before: null,
        after: { burst: 7 },
      },
      {
        version: 1,
        at: '2026-11-21T10:00:00.000Z',
        by,
        what: 'limit storefront/read',
        before: null,
        after: { rate: 5 },
      },
    ]);
    expect(await a.limits.history(1)).toHaveLength(1);
  });
});

describe('two writers', () => {
  const changeWith = (limits: LimitAdministration, rate: number, ifMatch?: readonly string[]) =>
    limits.change({ 'storefront/read': { rate } }, { ...options, ifMatch });

  it('with the same tag: the second is refused, and may with the new one', async () => {
    const { fleet, a, b } = await startFleet();
    const { tag } = a.limits.view();
    await changeWith(a.limits, 5, [tag]);
    const refusal = await refusalOf(changeWith(b.limits, 6, [tag]));
    expect(refusal.slug).toBe('precondition-failed');
    expect((await fleet.store.readSettings()).limits).toEqual({ 'storefront/read': { rate: 5 } });
    // Refused, it has the settings that it did not know of.
    const second = await changeWith(b.limits, 6, [b.limits.view().tag]);
    expect(second.version).toBe(2);
  });

  it('may use a tag of the one on the other at once, before any pulse', async () => {
    const { a, b } = await startFleet();
    const { tag } = await changeWith(a.limits, 5, ['"0"']);
    expect((await changeWith(b.limits, 6, ['"unknown"', tag])).version).toBe(2);
  });

  it('one of them by trial: it is told of the other tag as well', async () => {
    const { a, b } = await startFleet();
    await changeWith(a.limits, 5);
    const trial = b.limits.change(
      { 'storefront/read': { rate: 6 } },
      { ...options, dryRun: true, ifMatch: ['"0"'] },
    );
    expect((await refusalOf(trial)).slug).toBe('precondition-failed');
  });

  it('without tags: both changes are made, one after the other', async () => {
    const { fleet, a, b } = await startFleet();
    const changes = Promise.all([
      a.limits.change({ 'storefront/read': { rate: 5 } }, options),
      b.limits.change({ 'fleet:all/read': { rate: 6 } }, options),
      a.limits.pause('storefront', true, options),
    ]);
    await fleet.clock.runUntil(changes);
    expect(await fleet.store.readSettings()).toMatchObject({
      version: 3,
      limits: { 'fleet:all/read': { rate: 6 }, 'storefront/read': { rate: 5 } },
      paused: ['storefront'],
    });
    expect(await fleet.store.audit(10)).toHaveLength(3);
  });

  it('one of whom is always faster: the other gives up', async () => {
    const { fleet, a } = await startFleet();
    let version = 0;
    fleet.disturb = (call) => {
      if (call !== 'changeSettings') return undefined;
      version += 1;
      const id = `faster-${version}`;
      void fleet.store.restoreSettings({ version, id, limits: {}, paused: [] });
      return undefined;
    };
    const refusal = await fleet.clock.runUntil(refusalOf(changeWith(a.limits, 5)));
    expect([refusal.slug, version]).toEqual(['precondition-failed', 20]);
    expect(refusal.detail).toContain('the settings change faster');
  });

  it('twelve at once over two instances, without tags: all changes are made', async () => {
    const { fleet, a, b } = await startFleet();
    const changes = Array.from({ length: 12 }, (_, rate) =>
      changeWith((rate % 2 === 0 ? a : b).limits, rate + 1),
    );
    await fleet.clock.runUntil(Promise.all(changes));
    expect((await fleet.store.readSettings()).version).toBe(12);
    expect(await fleet.store.audit(20)).toHaveLength(12);
  });
});

describe('a pause', () => {
  it('holds on all instances until it is taken back, and is audited', async () => {
    const { fleet, a, b } = await startFleet();
    const { paused } = await a.limits.pause('storefront', true, options);
    expect(paused).toEqual([{ application: 'storefront', before: false, after: true }]);
    await fleet.clock.advance(1_000);
    expect([a.book.isPaused('storefront'), b.book.isPaused('storefront')]).toEqual([true, true]);
    await b.limits.pause('storefront', false, options);
    expect(b.book.isPaused('storefront')).toBe(false);
    const lines = await b.limits.history(10);
    expect(lines.map(({ what, before, after }) => [what, before, after])).toEqual([
      ['resume storefront', true, false],
      ['pause storefront', false, true],
    ]);
  });

  it('of who is paused already changes nothing', async () => {
    const { a } = await startFleet();
    const first = await a.limits.pause('storefront', true, options);
    expect(await a.limits.pause('storefront', true, options)).toEqual({ ...first, paused: [] });
    await a.limits.pause('nightly-report', true, options);
    expect(a.limits.view().paused).toEqual(['nightly-report', 'storefront']);
  });

  it.each([true, false])('of nobody is not found: %s', async (paused) => {
    const { a } = await startFleet();
    expect((await refusalOf(a.limits.pause('nobody', paused, options))).slug).toBe('not-found');
  });

  it('heeds tags and trials', async () => {
    const { a } = await startFleet();
    const refusal = await refusalOf(a.limits.pause('storefront', true, { ...options, ifMatch: ['"1-x"'] }));
    expect(refusal.slug).toBe('precondition-failed');
    await a.limits.pause('storefront', true, { ...options, dryRun: true });
    expect(a.book.isPaused('storefront')).toBe(false);
  });
});

describe('while the store is away', () => {
  it('nothing is changed, and the caller is told', async () => {
    const { a } = await startFleet();
    a.gate.isOpen = true;
    const asks = [
      a.limits.change({ 'storefront/read': { rate: 5 } }, options),
      a.limits.change({ 'storefront/read': { rate: 5 } }, { ...options, dryRun: true }),
      a.limits.pause('storefront', true, options),
      a.limits.usage(10),
      a.limits.history(10),
    ];
    for (const ask of asks) expect((await refusalOf(ask)).slug).toBe('limiter-unavailable');
    expect(a.limits.view()).toMatchObject({ version: 0, tag: '"0"' });
  });

  it('a change whose reply is lost counts where it was made', async () => {
    const { fleet, a } = await startFleet();
    fleet.disturb = (call, [change]) => {
      if (call !== 'changeSettings') return undefined;
      void fleet.store.changeSettings(change as Parameters<typeof fleet.store.changeSettings>[0]);
      return new StoreError('timeout');
    };
    expect((await a.limits.change({ 'storefront/read': { rate: 5 } }, options)).version).toBe(1);
    expect(a.book.limitOf('storefront/read')?.rate).toBe(5);
  });

  it.each([
    ['was not made', false, 'nothing is changed'],
    ['may have been made', true, 'whether the change was made is seen'],
  ])('a change that %s is told as that', async (_what, isAway, detail) => {
    const { fleet, a } = await startFleet();
    let tried = false;
    fleet.disturb = (call) => {
      tried ||= call === 'changeSettings';
      if (call === 'changeSettings') return new StoreError('timeout');
      return tried && isAway ? new StoreError('timeout') : undefined;
    };
    const refusal = await refusalOf(a.limits.change({ 'storefront/read': { rate: 5 } }, options));
    expect(refusal.slug).toBe('limiter-unavailable');
    expect(refusal.detail).toContain(detail);
    expect(a.keeper.settings().version).toBe(0);
  });

  it('what it lost is put back before the next change', async () => {
    const { fleet, a } = await startFleet();
    a.keeper.adopt({ version: 7, id: 'a7', limits: { 'storefront/write': { rate: 3 } }, paused: [] });
    await a.limits.change({ 'storefront/read': { rate: 5 } }, options);
    expect(await fleet.store.readSettings()).toMatchObject({
      version: 8,
      limits: { 'storefront/read': { rate: 5 }, 'storefront/write': { rate: 3 } },
    });
  });
});

describe('the usage', () => {
  it('is that of all instances, with how many there are', async () => {
    const { fleet, a, b } = await startFleet();
    a.board.used('storefront', 'read', 30);
    b.board.used('storefront', 'read', 10);
    b.board.refused('storefront', 'read', 5, 'on');
    await fleet.clock.advance(2_000);
    expect(await a.limits.usage(10)).toMatchObject({
      windowSeconds: 10,
      instances: 2,
      totals: [{ application: 'storefront', admitted: 40, refused: 5, admittedPerSecond: 4, rate: 100 }],
    });
  });
});
