import { createSeededRandom } from '../../src/core/random.ts';
import type { Limit, LimitedOperation } from '../../src/core/throttle/limit.ts';
import type { BookedLimit, LimitBook } from '../../src/core/throttle/limit-book.ts';
import { LimitBuckets } from '../../src/core/throttle/limit-buckets.ts';
import { completeLimit } from '../../src/core/throttle/limit-rules.ts';
import { type LimitStore, StoreError } from '../../src/core/throttle/limit-store.ts';
import { createMemoryLimitStore, ticksOf } from '../../src/core/throttle/memory-limit-store.ts';
import { createStoreBreaker, type StoreBreaker } from '../../src/core/throttle/store-breaker.ts';
import type { ThrottleTelemetry } from '../../src/core/throttle/telemetry.ts';
import type { Admission, Ask } from '../../src/core/throttle/throttle.ts';
import { createThrottle, type ThrottleEngine } from '../../src/core/throttle/throttle-engine.ts';
import type { ThrottleParts } from '../../src/core/throttle/throttle-parts.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

export type WrittenLimit = Partial<Limit> & Pick<Limit, 'rate'>;

/** A chain for every application, innermost first; `read`, then `class-read`, then `fleet-read`. */
export interface SceneBook extends LimitBook {
  set(limits: readonly WrittenLimit[]): void;
  pause(application: string): void;
}

const levels = ['application', 'class', 'fleet'] as const;

function createSceneBook(first: readonly WrittenLimit[]): SceneBook {
  let limits = first.map(completeLimit);
  let paused = new Set<string>();
  const listeners = new Set<() => void>();
  let chains = new Map<string, readonly BookedLimit[]>();
  const change = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const make = (name: string, className: string, operation: LimitedOperation): readonly BookedLimit[] =>
    limits.flatMap((limit, index) => {
      const level = levels[index] ?? 'fleet';
      if (limit.enforce === 'off') return [];
      const subject = { application: name, class: `class:${className}`, fleet: 'fleet:all' }[level];
      const policy = level === 'application' ? operation : `${level}-${operation}`;
      return { id: `${subject}/${operation}`, policy, limit };
    });
  return {
    chain({ name, className }, operation) {
      const key = `${name} ${className} ${operation}`;
      const known = chains.get(key) ?? make(name, className, operation);
      chains.set(key, known);
      return known;
    },
    isPaused: (application) => paused.has(application),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next) {
      limits = next.map(completeLimit);
      chains = new Map();
      change();
    },
    pause(application) {
      paused = new Set([...paused, application]);
      change();
    },
  };
}

/** `silent`: calls are never answered; `lost`: they are, after they were carried out and given up. */
export type StoreMood = 'well' | 'silent' | 'lost' | 'unreachable';

/** The store in memory behind a network; each instance has its own way to it. */
export interface DistantStore extends LimitStore {
  mood: StoreMood;
  latencyMs: number;
  readonly calls: { charge: number; adjust: number };
  /** Units of `charge` as asked, and of `adjust`. */
  readonly asked: { readonly call: 'charge' | 'adjust'; readonly units: number; readonly atLeast?: number }[];
  probe(): Promise<void>;
}

const lostAfterMs = 200;

function createDistantStore(clock: FakeClock, store: LimitStore): DistantStore {
  const delay = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
  const travel = async <T>(call: () => Promise<T>): Promise<T> => {
    if (distant.mood === 'unreachable') throw new StoreError('unreachable');
    if (distant.mood === 'silent') return new Promise<T>(() => {});
    const backMs = distant.mood === 'lost' ? lostAfterMs : distant.latencyMs / 2;
    await delay(distant.latencyMs / 2);
    const answer = await call();
    await delay(backMs);
    return answer;
  };
  const distant: DistantStore = {
    mood: 'well',
    latencyMs: 1,
    calls: { charge: 0, adjust: 0 },
    asked: [],
    charge(charge) {
      distant.calls.charge += 1;
      distant.asked.push({ call: 'charge', units: charge.units, atLeast: charge.atLeast });
      return travel(() => store.charge(charge));
    },
    adjust(limits, units) {
      distant.calls.adjust += 1;
      distant.asked.push({ call: 'adjust', units });
      return travel(() => store.adjust(limits, units));
    },
    probe: () => travel(async () => {}),
  };
  return distant;
}

export interface CountedTelemetry extends ThrottleTelemetry {
  readonly counts: {
    used: number;
    refused: number;
    shadow: number;
    near: number;
    stranded: number;
    waits: number[];
    store: string[];
  };
}

export function createCountedTelemetry(): CountedTelemetry {
  const counts: CountedTelemetry['counts'] = {
    used: 0,
    refused: 0,
    shadow: 0,
    near: 0,
    stranded: 0,
    waits: [],
    store: [],
  };
  return {
    counts,
    used: (_application, _operation, units) => {
      counts.used += units;
    },
    refused: (_application, _operation, units, mode) => {
      if (mode === 'on') counts.refused += units;
      else counts.shadow += units;
    },
    near: () => {
      counts.near += 1;
    },
    waited: (_application, _operation, durationMs) => void counts.waits.push(durationMs),
    storeCall: (call, _durationMs, outcome) => void counts.store.push(`${call} ${outcome}`),
    stranded: (_application, _operation, units) => {
      counts.stranded += units;
    },
    unexpected(error) {
      throw error;
    },
  };
}

export interface Instance {
  readonly throttle: ThrottleEngine;
  readonly breaker: StoreBreaker;
  readonly store: DistantStore;
  readonly telemetry: CountedTelemetry;
}

export interface Scene {
  readonly clock: FakeClock;
  readonly book: SceneBook;
  readonly instances: readonly Instance[];
  /** The first. */
  readonly instance: Instance;
}

/** Instances of one fleet with the same limits over one store. */
export function setUpScene(
  limits: readonly WrittenLimit[],
  {
    count = 1,
    bounds = { waiting: 10, longestWaitMs: 10_000 },
  }: {
    count?: number;
    bounds?: ThrottleParts['bounds'];
  } = {},
): Scene {
  const clock = createFakeClock(1_000);
  const memory = createMemoryLimitStore(new LimitBuckets(ticksOf(clock)));
  const book = createSceneBook(limits);
  const instances = Array.from({ length: count }, (_, index): Instance => {
    const store = createDistantStore(clock, memory);
    const telemetry = createCountedTelemetry();
    const breaker = createStoreBreaker({ clock, telemetry, probe: () => store.probe() });
    const throttle = createThrottle({
      store,
      breaker,
      book,
      clock,
      random: createSeededRandom(index + 1),
      telemetry,
      instances: () => count,
      bounds,
    });
    return { throttle, breaker, store, telemetry };
  });
  return { clock, book, instances, instance: instances[0] as Instance };
}

/** A lenient read of `storefront` that does not wait. */
export function askFor(units: number, change: Partial<Ask> = {}): Ask {
  return {
    application: { name: 'storefront', className: 'frontend' },
    operation: 'read',
    units,
    strict: false,
    deadlineMs: Number.POSITIVE_INFINITY,
    ...change,
  };
}

/** `7`: all of seven; `3 over`: three, and why not more. */
export function inWords({ granted, refusal }: Admission): string {
  return refusal === undefined ? `${granted}` : `${granted} ${refusal.reason}`;
}
