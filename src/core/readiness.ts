import type { Clock } from './ports.ts';

/**
 * One part of the system that has a say in whether requests can be served: `cluster`, `configuration`,
 * `topology`, `shutdown`. A `warning` is told and does not make the instance unready. Reasons name parts of the
 * system and never a value.
 */
export interface Condition {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** Empty when ok. */
  readonly reason: string;
  /** For how long it has been in this state, in ms, counted from the first time that it was asked for in it. */
  readonly ageMs: number;
}

/** Whether requests can be served now: no condition has failed. */
export interface Readiness {
  readonly ready: boolean;
  readonly conditions: readonly Condition[];
}

export type ConditionReport = Pick<Condition, 'name' | 'state' | 'reason'>;

/** Remembers since when each condition has been as it is. */
export interface ConditionBook {
  /** Of what is reported now; conditions that are not reported are forgotten. */
  readiness(reports: readonly ConditionReport[]): Readiness;
}

export function createConditionBook(clock: Clock): ConditionBook {
  let known = new Map<string, { readonly state: Condition['state']; readonly sinceMs: number }>();
  return {
    readiness(reports) {
      const nowMs = clock.nowMs();
      const next = new Map<string, { readonly state: Condition['state']; readonly sinceMs: number }>();
      const conditions = reports.map(({ name, state, reason }) => {
        const before = known.get(name);
        const sinceMs = before?.state === state ? before.sinceMs : nowMs;
        next.set(name, { state, sinceMs });
        return { name, state, reason, ageMs: Math.round(nowMs - sinceMs) };
      });
      known = next;
      return { ready: conditions.every(({ state }) => state !== 'failed'), conditions };
    },
  };
}

/** The answer of `/readyz`: 200 or 503, with the conditions only where they were asked for. */
export function encodeReadiness(
  { ready, conditions }: Readiness,
  verbose: boolean,
): { readonly status: 200 | 503; readonly body: string } {
  const reasons = conditions.filter(({ state }) => state === 'failed').map(({ reason }) => reason);
  return {
    status: ready ? 200 : 503,
    body: JSON.stringify(verbose ? { ready, reasons, conditions } : { ready }),
  };
}
