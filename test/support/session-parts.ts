import type { LimitedOperation } from '../../src/core/throttle/limit.ts';
import type { BookedLimit, LimitChange } from '../../src/core/throttle/limit-book.ts';
import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import { completeLimit } from '../../src/core/throttle/limit-rules.ts';
import { StoreError } from '../../src/core/throttle/limit-store.ts';
import { LocalLimits } from '../../src/core/throttle/local-limits.ts';
import { ticksOf } from '../../src/core/throttle/memory-limit-store.ts';
import { createMemoryPermitStore } from '../../src/core/throttle/memory-permit-store.ts';
import { createMemorySessionStore } from '../../src/core/throttle/memory-session-store.ts';
import { PermitMemory } from '../../src/core/throttle/permit-memory.ts';
import { createPermitService } from '../../src/core/throttle/permit-service.ts';
import { createSessionCheck } from '../../src/core/throttle/session-check.ts';
import { createSessionKeeper } from '../../src/core/throttle/session-keeper.ts';
import { createSessionService } from '../../src/core/throttle/session-service.ts';
import type { StoreBreaker } from '../../src/core/throttle/store-breaker.ts';
import { createFakeClock } from './fake-clock.ts';

type Written = LimitChange & { readonly rate: number };

/** An application's own limit, or its class's with `class:NAME` in place of a policy of its own. */
export function bookedLimit(operation: LimitedOperation, written: Written, className?: string): BookedLimit {
  return {
    id: className === undefined ? `job/${operation}` : `class:${className}/${operation}`,
    policy: className === undefined ? operation : `class-${operation}`,
    limit: completeLimit(written),
  };
}

/**
 * Sessions and permits over stores in memory that stand for Redis, and can be taken down. `asked` has the names of the
 * calls that reached a store, `told` what the telemetry was told,
 * `noted` what the throttle was.
 */
export function createSessionParts(
  limits: Partial<Record<LimitedOperation, readonly BookedLimit[]>> = {},
  { instances = 1 } = {},
) {
  const clock = createFakeClock(1_000);
  const asked: string[] = [];
  const told: unknown[][] = [];
  const state = { down: false, paused: false, limits };
  const breaker: Pick<StoreBreaker, 'run' | 'state'> = {
    state: () => (state.down ? 'open' : 'closed'),
    run: async (name, call) => {
      if (state.down) throw new StoreError('open');
      asked.push(name);
      return call();
    },
  };
  const book = {
    chain: (_caller: unknown, operation: LimitedOperation) => state.limits[operation] ?? [],
    isPaused: () => state.paused,
  };
  const telemetry = {
    used: (...event: unknown[]) => void told.push(['used', ...event]),
    refused: (...event: unknown[]) => void told.push(['refused', ...event]),
    near: (...event: unknown[]) => void told.push(['near', ...event]),
  };
  const buckets = new LimitBuckets(ticksOf(clock));
  const store = createMemorySessionStore(buckets, clock);
  const local = createMemorySessionStore(new LimitBuckets(ticksOf(clock)), clock);
  const locals = new LocalLimits(clock, () => instances);
  const keeper = createSessionKeeper({
    store,
    local,
    locals,
    breaker,
    book,
    clock,
    instances: () => instances,
  });
  const check = createSessionCheck({ keeper, book, clock });
  const noted: unknown[][] = [];
  const throttle = { note: (...note: unknown[]) => void noted.push(note) };
  let opened = 0;
  const newId = (): string => {
    opened += 1;
    return String(opened).padStart(22, '0');
  };
  const sessions = createSessionService({ keeper, check, book, telemetry, throttle, newId });
  const permits = createPermitService({
    store: createMemoryPermitStore(buckets, clock),
    local: new PermitMemory(clock),
    locals,
    throttle,
    breaker,
    check,
    book,
    telemetry,
  });
  return { clock, asked, told, noted, state, store, local, keeper, check, sessions, permits };
}
