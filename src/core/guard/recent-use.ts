import type { UsageSecond } from '../throttle/fleet.ts';
import { type LimitId, limitId } from '../throttle/limit.ts';

/** Seconds of usage that are looked at. */
export const useSeconds = 3;

/** Units a second by the limits that they count against, those of applications and of classes. */
export type RecentUse = ReadonlyMap<LimitId, number>;

/**
 * The mean of the last whole seconds, or the newest of them where that is more: a rise counts in full at once, a fall when
 * it has lasted. `seconds`: at most `useSeconds`; those without any count are absent. `applications`: classes by name.
 */
export function recentUse(
  seconds: readonly UsageSecond[],
  applications: ReadonlyMap<string, string>,
): RecentUse {
  const sums = new Map<LimitId, number>();
  for (const second of seconds) addTo(sums, second, applications);
  const newest = new Map<LimitId, number>();
  const last = seconds.at(-1);
  if (last !== undefined) addTo(newest, last, applications);
  return new Map([...sums].map(([id, sum]) => [id, Math.max(0, sum / useSeconds, newest.get(id) ?? 0)]));
}

/** Of applications that the configuration does not have (any more) nobody knows the class. */
function addTo(
  totals: Map<LimitId, number>,
  { counts }: UsageSecond,
  applications: ReadonlyMap<string, string>,
): void {
  const add = (id: LimitId, units: number): void => void totals.set(id, (totals.get(id) ?? 0) + units);
  for (const { application, operation, admitted } of counts) {
    const className = applications.get(application);
    if (className === undefined) continue;
    add(limitId({ kind: 'application', name: application }, operation), admitted);
    add(limitId({ kind: 'class', name: className }, operation), admitted);
  }
}
