import type { Clock, Random } from '../ports.ts';
import type { LimitBook } from './limit-book.ts';
import type { LimitStore } from './limit-store.ts';
import type { StoreBreaker } from './store-breaker.ts';
import type { ThrottleTelemetry } from './telemetry.ts';

/** What a throttle is made of. */
export interface ThrottleParts {
  readonly store: LimitStore;
  readonly breaker: StoreBreaker;
  readonly book: LimitBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: ThrottleTelemetry;
  /** How many instances shared the store when it was last known; at least 1. */
  readonly instances: () => number;
  readonly bounds: {
    /** Callers that may wait of one application for one operation. */
    readonly waiting: number;
    readonly longestWaitMs: number;
  };
}
