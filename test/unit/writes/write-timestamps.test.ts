import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWriteTimestamps } from '../../../src/core/writes/write-timestamps.ts';
import { propertyRuns } from '../../support/property-runs.ts';

describe('timestamps for rows that came without', () => {
  it('are the time of day while that goes on fast enough', () => {
    let now = 1_000n;
    const timestamps = createWriteTimestamps(() => now);
    expect(timestamps.take(5)).toBe(1_000n);
    now = 2_000n;
    expect(timestamps.take(5)).toBe(2_000n);
  });

  it('are never shared and never go back, whatever the clock does', () => {
    const step = fc.record({ now: fc.bigInt(0n, 3_000n), rows: fc.integer({ min: 1, max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        let now = 0n;
        const timestamps = createWriteTimestamps(() => now);
        let last = -1n;
        for (const { now: at, rows } of steps) {
          now = at;
          const base = timestamps.take(rows);
          expect(base).toBeGreaterThan(last);
          expect(base).toBeGreaterThanOrEqual(at);
          last = base + BigInt(rows);
        }
      }),
      { numRuns: propertyRuns(200) },
    );
  });
});
