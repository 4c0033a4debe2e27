import { randomBytes } from 'node:crypto';
import { systemClock } from '../adapters/node/clock.ts';
import { LimitBuckets } from '../core/throttle/limit-buckets.ts';
import type { LiveLimitBook } from '../core/throttle/live-limit-book.ts';
import { ticksOf } from '../core/throttle/memory-limit-store.ts';
import { createMemorySessionStore } from '../core/throttle/memory-session-store.ts';
import { PermitMemory } from '../core/throttle/permit-memory.ts';
import { createPermitService, type PermitService } from '../core/throttle/permit-service.ts';
import { createSessionCheck, type SessionCheck } from '../core/throttle/session-check.ts';
import { createSessionKeeper } from '../core/throttle/session-keeper.ts';
import { createSessionService, type SessionService } from '../core/throttle/session-service.ts';
import type { StoreBreaker } from '../core/throttle/store-breaker.ts';
import type { ThrottleTelemetry } from '../core/throttle/telemetry.ts';
import type { ThrottleEngine } from '../core/throttle/throttle-engine.ts';
import type { LimitStores } from './limit-stores.ts';

export interface JobServices {
  readonly sessions: SessionService;
  readonly permits: PermitService;
  readonly sessionCheck: SessionCheck;
}

/** What jobs ask for: sessions and permits, on the stores of the fleet and on what takes their place without them. */
export function createJobServices(parts: {
  readonly stores: LimitStores;
  readonly breaker: StoreBreaker;
  readonly book: LiveLimitBook;
  readonly telemetry: ThrottleTelemetry;
  readonly instances: () => number;
  /** Without the store, everybody takes from the same shares. */
  readonly throttle: ThrottleEngine;
}): JobServices {
  const { stores, breaker, book, telemetry, instances, throttle } = parts;
  const { locals } = throttle;
  const clock = systemClock;
  const keeper = createSessionKeeper({
    store: stores.sessions,
    local: createMemorySessionStore(new LimitBuckets(ticksOf(clock)), clock),
    locals,
    breaker,
    book,
    instances,
    clock,
  });
  const check = createSessionCheck({ keeper, book, clock });
  const newId = (): string => randomBytes(16).toString('base64url');
  return {
    sessionCheck: check,
    sessions: createSessionService({ keeper, check, book, telemetry, throttle, newId }),
    permits: createPermitService({
      store: stores.permits,
      local: new PermitMemory(clock),
      locals,
      throttle,
      breaker,
      check,
      book,
      telemetry,
    }),
  };
}
