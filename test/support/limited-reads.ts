import { type CachedReadsOptions, setUpCachedReads } from './cached-reads.ts';
import { createScriptedThrottle } from './scripted-throttle.ts';

/** Cached reads of applications that share so many units. `isSlow`: verdicts wait for the test. */
export function setUpLimitedReads(units: number, options: CachedReadsOptions & { isSlow?: boolean } = {}) {
  const throttle = Object.assign(createScriptedThrottle(units), { isSlow: options.isSlow ?? false });
  return { ...setUpCachedReads({ ...options, throttle }), throttle };
}

/** Of each question, in order. */
export function unitsAsked({ asks }: { readonly asks: readonly { readonly units: number }[] }): number[] {
  return asks.map((ask) => ask.units);
}
