import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lease } from '../../../src/core/throttle/lease.ts';
import { propertyRuns } from '../../support/property-runs.ts';

describe('a lease', () => {
  it('spends what expires first, and tells when', () => {
    const lease = new Lease();
    lease.add(5, 500);
    lease.add(5, 300);
    expect(lease.spend(3, 0)).toBe(300);
    expect(lease.spend(4, 0)).toBe(300);
    expect(lease.spend(3, 0)).toBe(500);
    expect(lease.units(0)).toBe(0);
  });

  it('does not spend what has expired, and gives it out once', () => {
    const lease = new Lease();
    lease.add(5, 300);
    lease.add(7, 500);
    expect(lease.units(299)).toBe(12);
    expect(lease.units(300)).toBe(7);
    expect(lease.spend(7, 300)).toBe(500);
    expect(lease.takeExpired(300)).toBe(5);
    expect(lease.takeExpired(300)).toBe(0);
  });

  it('keeps every unit, and none beyond its time, whatever is done', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'spend', 'expire'),
      units: fc.integer({ min: 1, max: 50 }),
      lifeMs: fc.integer({ min: 1, max: 500 }),
      passMs: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lease = new Lease();
        let nowMs = 0;
        let added = 0;
        let left = 0;
        let longestMs = 0;
        for (const { kind, units, lifeMs, passMs } of steps) {
          nowMs += passMs;
          if (kind === 'add') {
            lease.add(units, nowMs + lifeMs);
            added += units;
            longestMs = Math.max(longestMs, nowMs + lifeMs);
          } else if (kind === 'spend') {
            const spent = Math.min(units, lease.units(nowMs));
            if (spent > 0) expect(lease.spend(spent, nowMs)).toBeGreaterThan(nowMs);
            left += spent;
          } else left += lease.takeExpired(nowMs);
        }
        expect(lease.units(longestMs)).toBe(0);
        expect(left + lease.takeAll()).toBe(added);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});
