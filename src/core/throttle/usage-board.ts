import type { UsageCount } from './fleet.ts';
import type { ThrottleTelemetry } from './telemetry.ts';
import { UsageTotals } from './usage-totals.ts';

/** What this instance has counted and not told the fleet yet. */
export interface UsageBoard extends Pick<ThrottleTelemetry, 'used' | 'refused'> {
  /** What was counted since it was last taken. */
  take(): readonly UsageCount[];
  /** Counts that could not be told after all. */
  putBack(counts: readonly UsageCount[]): void;
}

export function createUsageBoard(): UsageBoard {
  let totals = new UsageTotals();
  return {
    used: (application, operation, units) => totals.add(application, operation, units, 0),
    refused(application, operation, units, mode) {
      // In the shadow nobody is refused.
      if (mode === 'on') totals.add(application, operation, 0, units);
    },
    take() {
      const taken = totals.list();
      totals = new UsageTotals();
      return taken;
    },
    putBack: (counts) => totals.addAll(counts),
  };
}
