import type {
  Admission,
  Ask,
  Pace,
  PolicyState,
  RefusalReason,
  Throttle,
} from '../../src/core/throttle/throttle.ts';

/** A throttle with so many units and no time: what is given back can be had again, a debt takes it below 0. */
export interface ScriptedThrottle extends Throttle {
  readonly asks: Ask[];
  /** What was told as used, in order. */
  readonly settled: number[];
  /** Units that are left. */
  left: number;
  /** Why it refuses when it does. */
  reason: RefusalReason;
  /** What is said of when to come again. */
  retryAfterMs: number | undefined;
  /** Verdicts take until `decide` is called. */
  isSlow: boolean;
  /** Where the limit stands, for headers. */
  state: PolicyState | undefined;
  /** What bounds how much is done at once. */
  currentPace: Pace | undefined;
  /** Gives the oldest verdict that is awaited, and lets those who wait for it go on. */
  decide(waitedMs?: number): Promise<void>;
}

export function createScriptedThrottle(units: number = Number.POSITIVE_INFINITY): ScriptedThrottle {
  const awaited: ((waitedMs: number) => void)[] = [];
  const admission = (ask: Ask, waitedMs: number): Admission => {
    const available = Math.max(0, throttle.left);
    const granted = ask.strict && ask.units > available ? 0 : Math.min(ask.units, available);
    throttle.left -= granted;
    const { reason, retryAfterMs } = throttle;
    return {
      granted,
      refusal: granted < ask.units ? { reason, retryAfterMs, violated: ['read'] } : undefined,
      waitedMs,
      settle(used) {
        throttle.settled.push(used);
        throttle.left += granted - used;
      },
    };
  };
  const throttle: ScriptedThrottle = {
    asks: [],
    settled: [],
    left: units,
    reason: 'over',
    retryAfterMs: 40,
    isSlow: false,
    state: undefined,
    currentPace: undefined,
    admit(ask) {
      throttle.asks.push(ask);
      if (!throttle.isSlow) return admission(ask, 0);
      return new Promise((resolve) => {
        awaited.push((waitedMs) => resolve(admission(ask, waitedMs)));
      });
    },
    standing: () => throttle.state,
    pace: () => throttle.currentPace,
    async decide(waitedMs = 0) {
      awaited.shift()?.(waitedMs);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
  return throttle;
}
