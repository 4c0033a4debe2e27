import { describe, expect, it } from 'vitest';
import { createLimitBook } from '../../../src/core/throttle/live-limit-book.ts';
import { createUsageBoard } from '../../../src/core/throttle/usage-board.ts';
import { viewUsage } from '../../../src/core/throttle/usage-view.ts';

describe('the board of an instance', () => {
  it('adds up by application and operation, and begins anew when it is taken', () => {
    const board = createUsageBoard();
    board.used('storefront', 'read', 5);
    board.used('storefront', 'read', 7);
    board.used('storefront', 'scan', 1);
    board.refused('storefront', 'read', 3, 'on');
    board.refused('jobs', 'write', 2, 'on');
    expect(board.take()).toEqual([
      { application: 'jobs', operation: 'write', admitted: 0, refused: 2 },
      { application: 'storefront', operation: 'read', admitted: 12, refused: 3 },
      { application: 'storefront', operation: 'scan', admitted: 1, refused: 0 },
    ]);
    expect(board.take()).toEqual([]);
  });

  it('does not count as refused what was only refused in the shadow', () => {
    const board = createUsageBoard();
    board.refused('storefront', 'read', 3, 'shadow');
    expect(board.take()).toEqual([]);
  });

  it('takes away what was given back, also of an earlier pulse', () => {
    const board = createUsageBoard();
    board.used('storefront', 'read', 5);
    board.used('storefront', 'read', -5);
    expect(board.take()).toEqual([]);
    board.used('storefront', 'read', -2);
    expect(board.take()).toEqual([
      { application: 'storefront', operation: 'read', admitted: -2, refused: 0 },
    ]);
  });

  it('adds what is put back to what was counted meanwhile', () => {
    const board = createUsageBoard();
    board.used('storefront', 'read', 5);
    const taken = board.take();
    board.used('storefront', 'read', 1);
    board.refused('storefront', 'read', 2, 'on');
    board.putBack(taken);
    expect(board.take()).toEqual([{ application: 'storefront', operation: 'read', admitted: 6, refused: 2 }]);
  });

  it('is bounded, should names come from elsewhere than the configuration', () => {
    const board = createUsageBoard();
    for (let name = 0; name < 10_050; name += 1) board.used(`app-${name}`, 'read', 1);
    board.used('app-0', 'read', 1);
    const taken = board.take();
    expect(taken).toHaveLength(10_000);
    expect(taken[0]).toMatchObject({ application: 'app-0', admitted: 2 });
  });
});

describe('the view of a window', () => {
  const count = (application: string, admitted: number, refused = 0) => ({
    application,
    operation: 'read' as const,
    admitted,
    refused,
  });

  it('has the sums, their mean over the whole window, and the rate of the own limit', () => {
    const book = createLimitBook();
    book.setFile(
      new Map([
        ['storefront/read', { rate: 9 }],
        ['off/read', { rate: 9, enforce: 'off' as const }],
      ]),
      [
        { name: 'storefront', className: 'frontend' },
        { name: 'off', className: 'frontend' },
      ],
    );
    const seconds = [
      { second: 100, counts: [count('storefront', 10, 5), count('off', 4)] },
      { second: 103, counts: [count('storefront', 30), count('gone', 0, 1)] },
    ];
    const view = viewUsage(seconds, { windowSeconds: 10, instances: 3, book });
    expect(view).toEqual({
      windowSeconds: 10,
      instances: 3,
      totals: [
        { ...count('gone', 0, 1), admittedPerSecond: 0, refusedPerSecond: 0.1, rate: null },
        { ...count('off', 4), admittedPerSecond: 0.4, refusedPerSecond: 0, rate: null },
        { ...count('storefront', 40, 5), admittedPerSecond: 4, refusedPerSecond: 0.5, rate: 9 },
      ],
      seconds,
    });
  });
});
