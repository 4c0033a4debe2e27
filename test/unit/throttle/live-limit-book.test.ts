import { describe, expect, it } from 'vitest';
import { noRunTimeSettings, type RunTimeSettings } from '../../../src/core/throttle/limit-book.ts';
import { createLimitBook } from '../../../src/core/throttle/live-limit-book.ts';
import { applications, fileLimits, usualLimit } from '../../support/settings-fleet.ts';

const storefront = { name: 'storefront', className: 'frontend' };
const report = { name: 'nightly-report', className: 'backend' };

function settings(limits: RunTimeSettings['limits'], paused: readonly string[] = []): RunTimeSettings {
  return { version: 1, id: 'a', limits, paused };
}

function createBook(run: RunTimeSettings = noRunTimeSettings, file = fileLimits) {
  const book = createLimitBook();
  book.setFile(file, applications);
  book.setRunTime(run);
  let changes = 0;
  book.onChange(() => {
    changes += 1;
  });
  return { book, changes: () => changes };
}

describe('the limits of a request', () => {
  it('are those of the application, its class and the fleet, in this order', () => {
    const { book } = createBook(
      settings({
        'fleet:all/scan': { rate: 7 },
        'class:backend/scan': { rate: 60 },
        'nightly-report/scan': { rate: 5 },
        'storefront/scan': { rate: 6 },
      }),
    );
    expect(book.chain(report, 'scan').map(({ id, policy, limit }) => [id, policy, limit.rate])).toEqual([
      ['nightly-report/scan', 'scan', 5],
      ['class:backend/scan', 'class-scan', 60],
      ['fleet:all/scan', 'fleet-scan', 7],
    ]);
  });

  it('are none where nobody set any', () => {
    expect(createLimitBook().chain(storefront, 'read')).toEqual([]);
    expect(createBook().book.chain(report, 'read')).toEqual([]);
  });

  it('are the same array until something changes, also for whom there are none', () => {
    const { book } = createBook();
    for (const [caller, operation] of [
      [storefront, 'read'],
      [report, 'write'],
    ] as const) {
      expect(book.chain(caller, operation)).toBe(book.chain(caller, operation));
    }
  });

  it('leave out those that are off', () => {
    const { book } = createBook(settings({ 'storefront/read': { enforce: 'off' } }));
    expect(book.chain(storefront, 'read')).toEqual([]);
    expect(book.limitOf('storefront/read')?.enforce).toBe('off');
  });

  it('are those of the class that the request has, should the file have another by now', () => {
    const { book } = createBook();
    expect(book.chain({ ...storefront, className: 'backend' }, 'scan').map(({ id }) => id)).toEqual([
      'class:backend/scan',
    ]);
    expect(book.chain(storefront, 'scan')).toEqual([]);
  });
});

describe('what is set at run time', () => {
  it('goes over the file, member by member, and the file over the default', () => {
    const { book } = createBook(settings({ 'class:backend/scan': { mode: 'lease', rate: 9 } }));
    expect(book.chain(report, 'scan')[0]?.limit).toEqual({
      ...usualLimit,
      rate: 9,
      burst: 500,
      mode: 'lease',
    });
  });

  it('takes along the burst that the file does not write', () => {
    const { book } = createBook(settings({ 'storefront/read': { rate: 2_000 } }));
    expect(book.limitOf('storefront/read')).toEqual({ ...usualLimit, rate: 2_000, burst: 2_000 });
  });

  it('has no effect without a rate once the file has lost the limit, and has it again when it is back', () => {
    const { book } = createBook(settings({ 'storefront/read': { burst: 7 } }));
    book.setFile(new Map(), applications);
    expect(book.chain(storefront, 'read')).toEqual([]);
    expect(book.view()).toEqual([
      {
        id: 'storefront/read',
        subject: 'storefront',
        operation: 'read',
        limit: null,
        file: null,
        change: { burst: 7 },
      },
    ]);
    book.setFile(fileLimits, applications);
    expect(book.limitOf('storefront/read')?.burst).toBe(7);
  });

  it('has no effect where it breaks a rule together with a new file', () => {
    const { book } = createBook(settings({ 'storefront/read': { burst: 1_000_000 } }));
    book.setFile(new Map([['storefront/read', { rate: 0.5 }]]), applications);
    expect(book.limitOf('storefront/read')).toEqual({ ...usualLimit, rate: 0.5, burst: 1 });
  });

  it('has no effect for whom the file does not have, and is shown', () => {
    const change = { rate: 5 };
    const { book } = createBook(
      settings({ 'nobody/read': change, 'class:nobody/read': change, 'storefront/write': change }),
    );
    expect(book.limitOf('nobody/read')).toBeUndefined();
    expect(book.limitOf('class:nobody/read')).toBeUndefined();
    expect(book.limitOf('storefront/write')?.rate).toBe(5);
    const shown = book.view().filter(({ change }) => change !== null);
    expect(shown.map(({ id, limit }) => [id, limit?.rate ?? null])).toEqual([
      ['class:nobody/read', null],
      ['nobody/read', null],
      ['storefront/write', 5],
    ]);
  });

  it('pauses applications', () => {
    const { book } = createBook(settings({}, ['nightly-report']));
    expect([book.isPaused('nightly-report'), book.isPaused('storefront')]).toEqual([true, false]);
    book.setRunTime(settings({}));
    expect(book.isPaused('nightly-report')).toBe(false);
  });
});

describe('the view', () => {
  it('has the file and what was set on top, by id', () => {
    const { book } = createBook(settings({ 'storefront/read': { rate: 5, mode: 'lease' } }));
    expect(book.view().map(({ id }) => id)).toEqual([
      'class:backend/scan',
      'storefront/connect',
      'storefront/read',
    ]);
    expect(book.view()[2]).toEqual({
      id: 'storefront/read',
      subject: 'storefront',
      operation: 'read',
      limit: { ...usualLimit, rate: 5, burst: 5, mode: 'lease' },
      file: usualLimit,
      change: { rate: 5, mode: 'lease' },
    });
  });
});

describe('a change', () => {
  it('is told once, of whatever source, until nobody listens any more', () => {
    const { book, changes } = createBook();
    let others = 0;
    const stop = book.onChange(() => {
      others += 1;
    });
    book.setRunTime(settings({ 'storefront/read': { rate: 5 } }));
    book.setFile(new Map(), applications);
    stop();
    book.setRunTime(settings({}, ['storefront']));
    expect([changes(), others]).toEqual([3, 2]);
  });

  it('is not told where nothing holds otherwise', () => {
    const { book, changes } = createBook(settings({ 'storefront/read': { rate: 5 } }, ['storefront']));
    const chain = book.chain(storefront, 'read');
    book.setFile(new Map(fileLimits), [...applications]);
    book.setRunTime({
      version: 2,
      id: 'b',
      limits: { 'storefront/read': { rate: 5, mode: 'exact' }, 'nobody/read': { rate: 1 } },
      paused: ['storefront'],
    });
    expect(changes()).toBe(0);
    expect(book.chain(storefront, 'read')).toBe(chain);
    expect(book.view().map(({ id }) => id)).toContain('nobody/read');
  });

  it('leaves the array of those whom it does not concern, and no others', () => {
    const { book } = createBook(settings({ 'fleet:all/read': { rate: 1_000 } }));
    const kept = book.chain(report, 'scan');
    const changed = book.chain(storefront, 'read');
    const none = book.chain(report, 'write');
    book.setRunTime(settings({ 'fleet:all/read': { rate: 1_000 }, 'storefront/read': { rate: 5 } }));
    expect(book.chain(report, 'scan')).toBe(kept);
    expect(book.chain(report, 'write')).toBe(none);
    expect(book.chain(storefront, 'read')).not.toBe(changed);
    expect(book.chain(storefront, 'read')[1]).toEqual(changed[1]);
    expect(book.chain(storefront, 'read')[1]?.limit).toBe(changed[1]?.limit);
  });

  it('of the class of an application gives it other limits', () => {
    const { book, changes } = createBook();
    expect(book.chain({ ...storefront, className: 'backend' }, 'scan')).toHaveLength(1);
    book.setFile(fileLimits, [{ name: 'storefront', className: 'backend' }]);
    expect(changes()).toBe(1);
    const moved = { name: 'storefront', className: 'backend' };
    expect(book.chain(moved, 'scan').map(({ id }) => id)).toEqual(['class:backend/scan']);
    expect(book.chain(moved, 'scan')).toBe(book.chain(moved, 'scan'));
  });
});
