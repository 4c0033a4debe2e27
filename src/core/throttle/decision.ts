import type { Admission } from './throttle.ts';

export type Refusal = NonNullable<Admission['refusal']>;

/** Where the units of a grant came from: what turns out otherwise is settled there. */
export interface UnitSource {
  /** Units above 0 come back, below 0 more were used than granted. `expiresAtMs` is that of the decision. */
  settle(units: number, expiresAtMs: number): void;
}

/** On units that were wanted. Before it is an admission it can be dropped, and what it granted must then be settled. */
export interface Decision {
  readonly granted: number;
  /** Why fewer than wanted were granted; undefined: they were not. */
  readonly refusal: Refusal | undefined;
  readonly source: UnitSource;
  /** Units that come back are of use in a lease until then. */
  readonly expiresAtMs: number;
}

export const nowhere: UnitSource = { settle() {} };

export function grant(granted: number, source: UnitSource, refusal?: Refusal, expiresAtMs = 0): Decision {
  return { granted, refusal, source, expiresAtMs };
}

export function refuse(refusal: Refusal): Decision {
  return { granted: 0, refusal, source: nowhere, expiresAtMs: 0 };
}
