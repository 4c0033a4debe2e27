import { limitedOperations } from '../throttle/limit.ts';
import type { LiveLimitBook } from '../throttle/live-limit-book.ts';
import type { RecentUse } from './recent-use.ts';

/**
 * What is used of the limits that are slowed: of the one that is used most, as a share of its rate as it is now. Operations
 * have units of their own and cannot be added up. Undefined: there are no such limits, or none that is enforced.
 */
export function slowedUse(
  book: Pick<LiveLimitBook, 'chain' | 'file'>,
  slows: readonly string[],
  use: RecentUse,
): number | undefined {
  let most: number | undefined;
  for (const [name, className] of book.file().applications) {
    if (!slows.includes(className)) continue;
    for (const operation of limitedOperations) {
      if (operation === 'connect') continue;
      for (const { policy, id, limit } of book.chain({ name, className }, operation)) {
        if (limit.enforce !== 'on' || policy === `fleet-${operation}`) continue;
        most = Math.max(most ?? 0, (use.get(id) ?? 0) / limit.rate);
      }
    }
  }
  return most;
}
