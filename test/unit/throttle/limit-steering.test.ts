import { describe, expect, it } from 'vitest';
import type { LimitedOperation } from '../../../src/core/throttle/limit.ts';
import type { BookedLimit } from '../../../src/core/throttle/limit-book.ts';
import {
  inSteps,
  type LimitSteering,
  noSteering,
  slowedBy,
} from '../../../src/core/throttle/limit-steering.ts';
import { createLimitBook, type LiveLimitBook } from '../../../src/core/throttle/live-limit-book.ts';
import type { WrittenLimit } from '../../../src/core/throttle/settings-changes.ts';

const storefront = { name: 'storefront', className: 'frontend' };
const report = { name: 'nightly-report', className: 'backend' };
const slowed = (factor: number): LimitSteering => ({ factor, slows: ['backend'], rates: {} });
const lent = (read: number): LimitSteering => ({ factor: 1, slows: [], rates: { backend: { read } } });

function createBook(limits: Readonly<Record<string, WrittenLimit>>) {
  const book = createLimitBook();
  book.setFile(new Map(Object.entries(limits)), [storefront, report]);
  let changes = 0;
  book.onChange(() => {
    changes += 1;
  });
  return { book, changes: () => changes };
}

function shown(book: LiveLimitBook, operation: LimitedOperation, caller = report): readonly string[] {
  return book
    .chain(caller, operation)
    .map(({ policy, limit, slowed: part }) => `${policy} ${limit.rate}/${limit.burst} ${part ?? 'as set'}`);
}

describe('a factor', () => {
  const rates = {
    'nightly-report/scan': { rate: 100, burst: 500 },
    'class:backend/scan': { rate: 200 },
    'fleet:all/scan': { rate: 1_000 },
    'storefront/scan': { rate: 50 },
    'nightly-report/connect': { rate: 10 },
    'nightly-report/write': { rate: 0.002, burst: 1 },
  };

  it('slows the limits of the class and of its applications, and leaves their bursts', () => {
    const { book } = createBook(rates);
    book.setSteering(slowed(0.3));
    expect(shown(book, 'scan')).toEqual([
      'scan 30/500 0.3',
      'class-scan 60/200 0.3',
      'fleet-scan 1000/1000 as set',
    ]);
    expect(shown(book, 'scan', storefront)).toEqual(['scan 50/50 as set', 'fleet-scan 1000/1000 as set']);
  });

  it('never slows sessions, nor below the least rate that there is', () => {
    const { book } = createBook(rates);
    book.setSteering(slowed(0.1));
    expect(shown(book, 'connect')).toEqual(['connect 10/10 as set']);
    expect(shown(book, 'write')).toEqual(['write 0.001/1 0.1']);
  });

  it('shows nowhere else: what is set is shown as it is set', () => {
    const { book } = createBook(rates);
    const before = book.view();
    book.setSteering(slowed(0.1));
    expect(book.view()).toEqual(before);
    expect(book.limitOf('nightly-report/scan')?.rate).toBe(100);
  });

  it('holds over what is changed at run time, and is gone without a trace', () => {
    const { book } = createBook(rates);
    const before = book.chain(report, 'scan');
    book.setSteering(slowed(0.5));
    book.setRunTime({ version: 1, id: 'a', limits: { 'nightly-report/scan': { rate: 40 } }, paused: [] });
    expect(shown(book, 'scan')[0]).toBe('scan 20/500 0.5');
    book.setRunTime({ version: 2, id: 'b', limits: {}, paused: [] });
    book.setSteering(noSteering);
    expect(book.chain(report, 'scan')).toEqual(before);
    expect(book.chain(report, 'scan')[0]).not.toHaveProperty('slowed');
  });

  it('counts for the class that the request has', () => {
    const { book } = createBook(rates);
    book.setSteering(slowed(0.5));
    expect(shown(book, 'scan', { ...storefront, className: 'backend' })[0]).toBe('scan 25/50 0.5');
  });
});

describe('what is lent', () => {
  const fleet = { 'fleet:all/read': { rate: 60_000, burst: 90_000, mode: 'lease', onOver: 'wait' } } as const;
  const read = (limits: Readonly<Record<string, WrittenLimit>>, rate: number) => {
    const { book } = createBook(limits);
    book.setSteering(lent(rate));
    return book;
  };

  it('is a limit of the class as the fleet’s is, where it has none', () => {
    const [first, second, ...others] = read(fleet, 20_000).chain(report, 'read');
    const { rate, burst, ...rest } = first?.limit ?? { rate: 0, burst: 0 };
    expect([first?.id, first?.policy, second?.policy, others]).toEqual([
      'class:backend/read',
      'class-read',
      'fleet-read',
      [],
    ]);
    expect(rest).toEqual({ mode: 'lease', enforce: 'on', onOver: 'wait', onStoreDown: 'local' });
    expect(rate).toBeGreaterThan(20_000 / 1.01);
    expect(rate).toBeLessThanOrEqual(20_000);
    expect(burst).toBe(Math.ceil(rate));
  });

  it.each<[string, Readonly<Record<string, WrittenLimit>>, number, readonly string[]]>([
    [
      'takes the place of a higher rate',
      { 'class:backend/read': { rate: 500, burst: 7 } },
      0.001,
      ['class-read 0.001/7 as set', 'fleet-read 60000/90000 as set'],
    ],
    [
      'and not of a lower one',
      { 'class:backend/read': { rate: 50, burst: 7 } },
      100,
      ['class-read 50/7 as set', 'fleet-read 60000/90000 as set'],
    ],
    [
      'holds where the class’ own is off',
      { 'class:backend/read': { rate: 50, enforce: 'off' } },
      0.5,
      ['class-read 0.498', 'fleet-read 60000/90000 as set'],
    ],
    [
      'holds where the class’ own is a shadow',
      { 'class:backend/read': { rate: 50, enforce: 'shadow' } },
      0.5,
      ['class-read 0.498', 'fleet-read 60000/90000 as set'],
    ],
    ['is nothing where the fleet’s is off', { 'fleet:all/read': { rate: 9, enforce: 'off' } }, 0.5, []],
  ])('%s', (_what, limits, rate, chain) => {
    const found = shown(read({ ...fleet, ...limits }, rate), 'read');
    expect(found).toHaveLength(chain.length);
    for (const [at, words] of chain.entries()) expect(found[at]).toContain(words);
  });

  it('is enforced in place of a shadow, and in its shadow where the fleet’s is one, too', () => {
    const ofClass = { 'class:backend/read': { rate: 50, enforce: 'shadow' } } as const;
    expect(read({ ...fleet, ...ofClass }, 0.5).chain(report, 'read')[0]?.limit.enforce).toBe('on');
    const shadows = {
      ...ofClass,
      'fleet:all/read': { ...fleet['fleet:all/read'], enforce: 'shadow' },
    } as const;
    expect(read(shadows, 0.5).chain(report, 'read')[0]?.limit).toMatchObject({
      enforce: 'shadow',
      mode: 'exact',
    });
  });

  it('is slowed as well', () => {
    const { book } = createBook(fleet);
    book.setSteering({ ...lent(20_000), factor: 0.5, slows: ['backend'] });
    const [first] = book.chain(report, 'read');
    expect(first?.slowed).toBe(0.5);
    expect(first?.limit.rate).toBeLessThanOrEqual(10_000);
  });

  it('is for nobody else', () => {
    expect(shown(read(fleet, 20_000), 'read', storefront)).toEqual(['fleet-read 60000/90000 as set']);
    expect(shown(read(fleet, 20_000), 'scan')).toEqual([]);
  });
});

describe('a chain', () => {
  const limits = {
    'nightly-report/scan': { rate: 100 },
    'storefront/scan': { rate: 5 },
    'fleet:all/read': { rate: 60_000 },
  };

  it('is the same while the factor moves by less than a step', () => {
    const { book, changes } = createBook(limits);
    book.setSteering(slowed(0.7));
    const before = book.chain(report, 'scan');
    for (const factor of [0.704, 0.696, 0.7]) book.setSteering(slowed(factor));
    expect([book.chain(report, 'scan') === before, changes()]).toEqual([true, 1]);
    book.setSteering(slowed(0.71));
    expect(book.chain(report, 'scan')).not.toBe(before);
  });

  it('is the same while what is lent moves by less than a hundredth', () => {
    const { book, changes } = createBook(limits);
    book.setSteering(lent(1.01 ** 900 * 1.0001));
    const before = book.chain(report, 'read');
    book.setSteering(lent(1.01 ** 900 * 1.009));
    expect([book.chain(report, 'read') === before, changes()]).toEqual([true, 1]);
    book.setSteering(lent(1.01 ** 901 * 1.0001));
    expect(book.chain(report, 'read')).not.toBe(before);
  });

  it('is the same for whom nothing changes', () => {
    const { book } = createBook(limits);
    const others = [book.chain(storefront, 'scan'), book.chain(storefront, 'read')];
    const sessions = book.chain(report, 'connect');
    book.setSteering({ ...slowed(0.2), rates: { backend: { read: 10 } } });
    expect(book.chain(storefront, 'scan')).toBe(others[0]);
    expect(book.chain(storefront, 'read')).toBe(others[1]);
    expect(book.chain(report, 'connect')).toBe(sessions);
  });

  it('is the same where something else is set', () => {
    const { book, changes } = createBook(limits);
    book.setSteering(slowed(0.2));
    const before = book.chain(report, 'scan');
    book.setRunTime({ version: 1, id: 'a', limits: { 'storefront/scan': { rate: 6 } }, paused: [] });
    expect([book.chain(report, 'scan') === before, changes()]).toEqual([true, 2]);
  });
});

describe('steps', () => {
  it('are hundredths of the factor, at least one, and never lend more', () => {
    expect([0.001, 0.014, 0.995, 1].map((factor) => inSteps(slowed(factor)).factor)).toEqual([
      0.01, 0.01, 1, 1,
    ]);
    for (let rate = 0.001; rate < 1e7; rate *= 1.37) {
      const stepped = inSteps(lent(rate)).rates['backend']?.read ?? 0;
      expect(stepped).toBeLessThanOrEqual(rate * (1 + 1e-9));
      expect(stepped).toBeGreaterThan(rate / 1.021);
    }
  });
});

describe('the blame', () => {
  it('is on slowed limits alone, and on the one that is slowed most', () => {
    const { book } = createBook({ 'nightly-report/scan': { rate: 1 }, 'fleet:all/scan': { rate: 9 } });
    book.setSteering(slowed(0.3));
    const chain = book.chain(report, 'scan');
    expect(slowedBy(chain, ['scan'])).toBe(0.3);
    expect(slowedBy(chain, ['fleet-scan', 'scan'])).toBe(0.3);
    expect(slowedBy(chain, ['fleet-scan'])).toBeUndefined();
    expect(slowedBy(chain, [])).toBeUndefined();
    const more: BookedLimit = { ...(chain[0] as BookedLimit), policy: 'class-scan', slowed: 0.2 };
    expect(slowedBy([...chain, more], ['scan', 'class-scan'])).toBe(0.2);
  });
});
