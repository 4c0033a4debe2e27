import fc from 'fast-check';
import { expect, it } from 'vitest';
import { playFleetHistory } from '../../support/fleet-histories.ts';
import { propertyRuns } from '../../support/property-runs.ts';

/** A history takes tens of milliseconds; many at once on a busy machine take longer than a test may by default. */
const unhurried = { timeout: 60_000 };

it(
  'no instance answers an older row once the write has settled, or a fault in between has been got over',
  unhurried,
  async () => {
    const seen = new Set<string>();
    let afterFaults = 0;
    let gaps = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const history = await playFleetHistory(seed);
        for (const { source, version, owed, isAfterFault } of history.answers) {
          seen.add(source);
          if (isAfterFault) afterFaults += 1;
          expect(version).toBeGreaterThanOrEqual(owed);
        }
        gaps += history.gaps.reduce((sum, each) => sum + each, 0);
      }),
      { numRuns: propertyRuns(200) },
    );
    // Each way of an answer was tried, and faults were got over.
    expect([...seen].sort()).toEqual(['cache', 'joined', 'stale']);
    expect(gaps).toBeGreaterThan(0);
    expect(afterFaults).toBeGreaterThan(0);
  },
);
