/** Sessions of batch jobs: how many an application may hold at once, and how fast it may open them. */

import type { LimitId } from './limit.ts';
import type { ChargedLimit, LimitState } from './limit-store.ts';

/** At most so many sessions are held under a limit. */
export interface SessionCap {
  readonly id: LimitId;
  readonly sessions: number;
  readonly enforced: boolean;
}

export type SessionVerdict =
  | {
      readonly kind: 'opened';
      /** A limit on the rate has four fifths of its burst used, or more. */
      readonly near: boolean;
      /** A limit that is not enforced would have refused. */
      readonly shadowRefused: boolean;
      /** Of the limits on the rate. */
      readonly states: readonly LimitState[];
    }
  | {
      readonly kind: 'refused';
      readonly reason: 'connect-rate' | 'connect-sessions';
      /** Above 0: until the rate allows it, or until the first session held would end by itself. */
      readonly retryAfterMs: number;
      /** Ids of the limits to blame. */
      readonly violated: readonly LimitId[];
    };

/** Where sessions are held. Every one ends by itself when it is not renewed: a job that crashed gives back its place. */
export interface SessionStore {
  /**
   * Rate and caps in one atomic step; a refusal changes nothing. `application` holds it, and each cap counts it. Rejects
   * with a `StoreError`.
   */
  open(session: {
    readonly application: string;
    readonly id: string;
    readonly ttlMs: number;
    readonly limits: readonly ChargedLimit[];
    readonly caps: readonly SessionCap[];
  }): Promise<SessionVerdict>;
  /** Whether it was still held; one that has ended is not taken up again. */
  renew(session: {
    readonly application: string;
    readonly id: string;
    readonly ttlMs: number;
    readonly caps: readonly SessionCap[];
  }): Promise<boolean>;
  /** Whether it was still held. */
  close(session: {
    readonly application: string;
    readonly id: string;
    readonly caps: readonly SessionCap[];
  }): Promise<boolean>;
  isHeld(application: string, id: string): Promise<boolean>;
  /** Sessions held, by application. */
  held(applications: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** The verdict on a session whose rate was granted. `overCap`: a cap that is not enforced was reached. */
export function openedWith(states: readonly LimitState[], overCap: boolean): SessionVerdict {
  return {
    kind: 'opened',
    near: states.some(({ near }) => near),
    shadowRefused: overCap || states.some(({ shadowRefused }) => shadowRefused > 0),
    states,
  };
}
