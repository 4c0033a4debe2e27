import type { PolicyState } from '../core/throttle/throttle.ts';

/** Values of `RateLimit-Policy` and `RateLimit`. */
export interface RateLimitHeaders {
  readonly policy: string;
  readonly limit: string;
}

interface WrittenPolicy extends Pick<PolicyState, 'policy' | 'rate' | 'burst'> {
  readonly text: string;
}

/**
 * Writes a limit as structured fields of the draft ietf-httpapi-ratelimit-headers (version 10), where all numbers are
 * whole and times are seconds. The only place that knows their form, since the draft may still change.
 */
export interface RateLimitEncoder {
  /**
   * `holder`: whose limit it is, an object that lives as long as its configuration: what does not change is written once
   * for it. `retryAfterMs`: of an answer that also says when to come again, which the time in `RateLimit` is then not to
   * be later than: from then on there are units, though not all.
   */
  encode(holder: object, state: PolicyState, retryAfterMs?: number): RateLimitHeaders;
}

export function createRateLimitEncoder(): RateLimitEncoder {
  const written = new WeakMap<object, WrittenPolicy>();
  const policyOf = (holder: object, { policy, rate, burst }: PolicyState): string => {
    const before = written.get(holder);
    if (before?.policy === policy && before.rate === rate && before.burst === burst) return before.text;
    const text = writePolicy(policy, rate, burst);
    written.set(holder, { policy, rate, burst, text });
    return text;
  };
  return {
    encode(holder, state, retryAfterMs = Number.POSITIVE_INFINITY) {
      const remaining = Math.max(0, Math.floor(state.remaining));
      const seconds = Math.ceil(Math.min(state.fullInMs, retryAfterMs) / 1_000);
      return {
        policy: policyOf(holder, state),
        limit: `"${state.policy}";r=${remaining};t=${seconds}`,
      };
    },
  };
}

/**
 * A quota and a window whose ratio is never more than the rate. A burst of less than a second cannot be told, since
 * windows are whole seconds.
 */
function writePolicy(policy: string, rate: number, burst: number): string {
  if (burst >= rate) return `"${policy}";q=${burst};w=${Math.ceil(burst / rate)}`;
  return `"${policy}";q=${Math.floor(rate)};w=1`;
}
