import { describe, expect, it } from 'vitest';
import type { LimitChanges } from '../../../src/core/throttle/limit-administration.ts';
import {
  createFleet,
  changeOptions as options,
  refusalOf,
  startFleet,
} from '../../support/settings-fleet.ts';

describe('a bad change is refused with the reason, and the old stays', () => {
  const cases: readonly (readonly [string, unknown, string, string, string])[] = [
    ['nobody/read', { rate: 1 }, 'not-found', '/limits/nobody~1read', 'an application that there is not'],
    ['class:nobody/read', { rate: 1 }, 'not-found', '/limits/class:nobody~1read', 'a class'],
    ['storefront/guess', { rate: 1 }, 'not-found', '/limits/storefront~1guess', 'an operation'],
    ['storefront', { rate: 1 }, 'not-found', '/limits/storefront', 'no operation'],
    ['fleet:some/read', { rate: 1 }, 'not-found', '/limits/fleet:some~1read', 'another fleet'],
    ['nobody/read', null, 'not-found', '/limits/nobody~1read', 'nothing to take back'],
    ['toString', null, 'not-found', '/limits/toString', 'a name that is something else in JavaScript'],
    ['storefront/read', 7, 'invalid-request', '/limits/storefront~1read', 'no object'],
    ['storefront/read', [], 'invalid-request', '/limits/storefront~1read', 'a list'],
    ['storefront/read', { rate: '5' }, 'invalid-request', '/limits/storefront~1read/rate', 'text'],
    ['storefront/read', { rate: 0 }, 'invalid-request', '/limits/storefront~1read/rate', 'no rate'],
    ['storefront/read', { burst: 1.5 }, 'invalid-request', '/limits/storefront~1read/burst', 'a fraction'],
    ['storefront/read', { 'a/b': 1 }, 'invalid-request', '/limits/storefront~1read/a~1b', 'unknown'],
    [
      'storefront/read',
      { sessions: 5 },
      'invalid-request',
      '/limits/storefront~1read/sessions',
      'no connect',
    ],
    ['storefront/connect', { mode: 'lease' }, 'invalid-request', '/limits/storefront~1connect/mode', 'exact'],
    [
      'storefront/write',
      { burst: 5 },
      'invalid-request',
      '/limits/storefront~1write/rate',
      'no rate anywhere',
    ],
    ['storefront/write', {}, 'invalid-request', '/limits/storefront~1write/rate', 'nothing at all'],
    [
      'class:backend/scan',
      { rate: 0.001 },
      'invalid-request',
      '/limits/class:backend~1scan/burst',
      'too slow for the burst of the file',
    ],
  ];

  it.each(cases)('%s: %j is %s at %s (%s)', async (id, change, slug, pointer) => {
    const { fleet, a } = await startFleet();
    await a.limits.change({ 'storefront/read': { rate: 5 } }, options);
    const changes = { 'class:backend/scan': { burst: 9 }, [id]: change } as LimitChanges;
    const refusal = await refusalOf(a.limits.change(changes, options));
    expect(refusal.slug).toBe(slug);
    expect(refusal.faults.map((fault) => fault.pointer)).toEqual([pointer]);
    expect(refusal.faults[0]?.detail).not.toBe('');
    expect(await fleet.store.readSettings()).toEqual(a.keeper.settings());
    expect(a.keeper.settings()).toMatchObject({ version: 1, limits: { 'storefront/read': { rate: 5 } } });
    expect(a.book.limitOf('class:backend/scan')?.burst).toBe(500);
    expect(await fleet.store.audit(10)).toHaveLength(1);
  });

  it('tells a hundred faults at most, and cuts long names', async () => {
    const { a } = await startFleet();
    const names = Array.from({ length: 150 }, (_, index) => `${'x'.repeat(10_000)}${index}/read`);
    const changes = Object.fromEntries(names.map((name) => [name, { rate: 1 }]));
    const { faults } = await refusalOf(a.limits.change(changes, options));
    expect(faults).toHaveLength(100);
    expect(faults[0]?.pointer.length).toBeLessThan(200);
  });

  it('refuses more settings than the store keeps', async () => {
    const fleet = createFleet();
    const { book, limits, keeper } = fleet.add('a');
    const names = Array.from({ length: 3_000 }, (_, index) => `${'application-'.repeat(4)}${index}`);
    book.setFile(
      new Map(),
      names.map((name) => ({ name, className: 'frontend' })),
    );
    const all = { rate: 1, burst: 1, mode: 'exact', enforce: 'shadow' } as const;
    const few = Object.fromEntries(names.slice(0, 1_000).map((name) => [`${name}/read`, all]));
    expect((await limits.change(few, options)).version).toBe(1);
    const many = Object.fromEntries(names.map((name) => [`${name}/read`, all]));
    const refusal = await refusalOf(limits.change(many, options));
    expect([refusal.slug, refusal.faults[0]?.pointer]).toEqual(['invalid-request', '/limits']);
    expect(refusal.faults[0]?.detail).toContain('262144');
    expect(keeper.settings().version).toBe(1);
  });

  it('takes back what was set for somebody whom the file has lost since', async () => {
    const { a } = await startFleet();
    await a.limits.change({ 'storefront/write': { rate: 5 } }, options);
    await a.limits.pause('storefront', true, options);
    a.book.setFile(new Map(), []);
    const other = a.limits.change({ 'storefront/write': { rate: 6 } }, options);
    expect((await refusalOf(other)).slug).toBe('not-found');
    await a.limits.change({ 'storefront/write': null }, options);
    await a.limits.pause('storefront', false, options);
    expect(a.keeper.settings()).toMatchObject({ version: 4, limits: {}, paused: [] });
  });
});
