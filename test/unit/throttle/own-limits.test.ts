import { describe, expect, it } from 'vitest';
import type { BookedLimit, LimitChange } from '../../../src/core/throttle/limit-book.ts';
import { completeLimit } from '../../../src/core/throttle/limit-rules.ts';
import { createOwnLimits } from '../../../src/core/throttle/own-limits.ts';

const application = { name: 'storefront', className: 'frontend' };

function booked(id: string, policy: string, limit: LimitChange & { rate: number }): BookedLimit {
  return { id, policy, limit: completeLimit(limit) };
}

function tell(chains: Readonly<Record<string, readonly BookedLimit[]>>, remaining = 7.9) {
  return createOwnLimits(
    { chain: (_, operation) => chains[operation] ?? [], isPaused: (name) => name === 'storefront' },
    { standing: () => ({ policy: 'x', rate: 1, burst: 1, remaining, fullInMs: 2.1 }) },
  )(application);
}

describe('what an application is told of its limits', () => {
  it('has its own, and not those of its class or of all', () => {
    const { limits } = tell({
      read: [
        booked('storefront/read', 'read', { rate: 10 }),
        booked('class:frontend/read', 'class-read', { rate: 20 }),
      ],
      scan: [booked('fleet:all/scan', 'fleet-scan', { rate: 30 })],
    });
    expect(limits.map(({ operation, policy, rate }) => [operation, policy, rate])).toEqual([
      ['read', 'read', 10],
    ]);
  });

  it('is whole: no more units than there are, no sooner full than it is', () => {
    const { limits } = tell({ read: [booked('storefront/read', 'read', { rate: 10 })] });
    expect(limits).toMatchObject([{ burst: 10, remaining: 7, used: 3, fullInMs: 3 }]);
  });

  it('counts nothing for it of a limit that refuses nobody', () => {
    const { limits } = tell({ read: [booked('storefront/read', 'read', { rate: 10, enforce: 'shadow' })] });
    expect(limits).toMatchObject([{ enforce: 'shadow', remaining: null, used: null, fullInMs: null }]);
  });

  it('says how many sessions may be held, in the order of the operations', () => {
    const { limits } = tell({
      connect: [booked('storefront/connect', 'connect', { rate: 5, sessions: 3 })],
      write: [booked('storefront/write', 'write', { rate: 5 })],
    });
    expect(limits.map(({ operation, sessions }) => [operation, sessions])).toEqual([
      ['write', undefined],
      ['connect', 3],
    ]);
  });

  it('says that an operator has paused it', () => {
    expect(tell({})).toEqual({ application: 'storefront', limits: [], paused: true });
  });
});
