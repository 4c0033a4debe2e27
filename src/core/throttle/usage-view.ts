import type { UsageSecond } from './fleet.ts';
import { limitId } from './limit.ts';
import type { UsageView } from './limit-administration.ts';
import type { LiveLimitBook } from './live-limit-book.ts';
import { UsageTotals } from './usage-totals.ts';

/** `seconds`: all of the window in which something was counted, oldest first. */
export function viewUsage(
  seconds: readonly UsageSecond[],
  parts: {
    readonly windowSeconds: number;
    readonly instances: number;
    readonly book: Pick<LiveLimitBook, 'limitOf'>;
  },
): UsageView {
  const { windowSeconds, instances, book } = parts;
  const totals = new UsageTotals();
  for (const { counts } of seconds) totals.addAll(counts);
  return {
    windowSeconds,
    instances,
    totals: totals.list().map((total) => {
      const { application, operation, admitted, refused } = total;
      const limit = book.limitOf(limitId({ kind: 'application', name: application }, operation));
      return {
        ...total,
        admittedPerSecond: admitted / windowSeconds,
        refusedPerSecond: refused / windowSeconds,
        rate: limit === undefined || limit.enforce === 'off' ? null : limit.rate,
      };
    }),
    seconds,
  };
}
