/** The throttle as the use cases see it. `createThrottle` in `throttle-engine.ts` makes one. */
import type { Application } from '../applications.ts';
import type { LimitedOperation } from './limit.ts';

/** Tells that the caller has gone; what waits for it may end. */
export interface CallerWatch {
  readonly gone: boolean;
  /** Calls once, at once where the caller has gone already; returns how to stop listening. */
  onGone(listener: () => void): () => void;
}

/** What a request would use. */
export interface Ask {
  readonly application: Pick<Application, 'name' | 'className'>;
  readonly operation: LimitedOperation;
  /** Whole, at least 1. */
  readonly units: number;
  /** All of them or none; otherwise at least one. */
  readonly strict: boolean;
  /**
   * How long the caller would wait for its turn, in ms; 0: not at all; undefined: as the limit says (`onOver`). It ends
   * before `deadlineMs`, by a quarter of the time left, from 20 to 250 ms: what is granted is still to be used.
   */
  readonly waitMs?: number | undefined;
  /** On the core's clock. */
  readonly deadlineMs: number;
  readonly caller?: CallerWatch | undefined;
}

/** A limit as its caller is told of it. */
export interface PolicyState {
  /** `read`, `class-read`, `fleet-read`. */
  readonly policy: string;
  readonly rate: number;
  readonly burst: number;
  /** Units that could be had at once, as last known. */
  readonly remaining: number;
  /** Until the whole burst could be had, in ms. */
  readonly fullInMs: number;
}

/**
 * - `over`: a limit is reached
 * - `queue-full`: it is, and more callers wait already than may
 * - `oversize`: a burst can never give so many at once
 * - `paused`: an operator has paused the application
 * - `store-down`: the limits cannot be counted just now, and one of them says to deny then
 * - `gone`: the caller left while it waited
 */
export type RefusalReason = 'over' | 'queue-full' | 'oversize' | 'paused' | 'store-down' | 'gone';

/** The verdict on a request; a value, never an exception. */
export interface Admission {
  /** From 0 to the units asked for. */
  readonly granted: number;
  /** Why there were fewer than asked for; undefined: there were not. */
  readonly refusal:
    | {
        readonly reason: RefusalReason;
        /** When it is worth asking again, in ms, never early; undefined where waiting does not help. */
        readonly retryAfterMs: number | undefined;
        /** Names of the policies to blame; empty where no limit is. */
        readonly violated: readonly string[];
        /** Of a limit to blame: the part of itself that it is now, since it is slowed to protect others. */
        readonly slowed?: number | undefined;
      }
    | undefined;
  /** Time in the queue. */
  readonly waitedMs: number;
  /**
   * To be called once, when it is known what was used: fewer units than granted are given back, more become a debt.
   * Later calls do nothing. An admission that is never settled has used what was granted.
   */
  settle(used: number): void;
}

/** How fast an application may go on with an operation, whoever sets the bound. */
export interface Pace {
  /** Units a second: the least of all limits that are enforced for it. */
  readonly perSecond: number;
  /** Units at once, the least as well. */
  readonly burst: number;
  /** One of the limits is slowed, to protect others. */
  readonly isSlowed: boolean;
}

export interface Throttle {
  /** Decided at once where that needs nobody else: no limit, a lease that covers it, a remembered refusal. Never rejects. */
  admit(ask: Ask): Admission | Promise<Admission>;
  /** The application's own limit on an operation as last known; undefined where it has none that is enforced. */
  standing(
    application: Pick<Application, 'name' | 'className'>,
    operation: LimitedOperation,
  ): PolicyState | undefined;
  /** As the limits are now, slowed ones included; undefined where none is enforced. */
  pace(application: Pick<Application, 'name' | 'className'>, operation: LimitedOperation): Pace | undefined;
}
