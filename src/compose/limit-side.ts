import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import type { LimitGauges } from '../adapters/prometheus/limit-metrics.ts';
import type { Config } from '../config/config.ts';
import type { InvalidationFollower } from '../core/cache/invalidation-follower.ts';
import type { RowCache } from '../core/cache/row-cache.ts';
import type { ConditionReport } from '../core/readiness.ts';
import { defaultTableSettings } from '../core/reads/settings.ts';
import type { LimitAdministration } from '../core/throttle/limit-administration.ts';
import { createLimitAdministrator } from '../core/throttle/limit-administrator.ts';
import type { StoreError } from '../core/throttle/limit-store.ts';
import { createLimitBook, type LiveLimitBook } from '../core/throttle/live-limit-book.ts';
import { createOwnLimits, type TellOwnLimits } from '../core/throttle/own-limits.ts';
import { createSettingsKeeper, type SettingsKeeper } from '../core/throttle/settings-keeper.ts';
import { createStoreBreaker, type StoreBreaker } from '../core/throttle/store-breaker.ts';
import type { ThrottleTelemetry } from '../core/throttle/telemetry.ts';
import { createThrottle, type ThrottleEngine } from '../core/throttle/throttle-engine.ts';
import { createUsageBoard, type UsageBoard } from '../core/throttle/usage-board.ts';
import { followFleet } from './fleet-follower.ts';
import { createGuardSide, type GuardSide } from './guard-side.ts';
import { createJobServices, type JobServices } from './job-services.ts';
import { type LimitStores, openLimitStores } from './limit-stores.ts';
import type { LiveConfig } from './live-config.ts';
import { createSessionGauge } from './session-gauge.ts';

/** Everything that holds applications to their limits, and what of it the other parts of the system need. */
export interface LimitSide extends JobServices, GuardSide {
  readonly throttle: ThrottleEngine;
  readonly ownLimits: TellOwnLimits;
  readonly administration: LimitAdministration;
  readonly gauges: () => LimitGauges;
  /** Undefined where nothing is shared. */
  readonly condition: () => ConditionReport | undefined;
  /** Follows what the other instances drop from their caches; undefined where there are none. To be called once. */
  follow(cache: RowCache): InvalidationFollower | undefined;
  /** Resolves when the fleet knows of this instance, or after half a second without it. */
  start(): Promise<void>;
  /** Gives back what is not spent, and leaves the fleet. Bounded in time. */
  close(): Promise<void>;
}

/** An instance that is not heard of for so long has left. */
const aliveMs = 5_000;
/** The start waits no longer for Redis: without it Weir serves, and says so. */
const startMs = 500;
const closeMs = 1_000;

const clock = systemClock;
const random = systemRandom;

export function createLimitSide(live: LiveConfig, meters: ThrottleTelemetry, logger: Logger): LimitSide {
  const stores = openLimitStores(live.current().redis, clock);
  const book = createLimitBook();
  follow(book, live);
  const board = createUsageBoard();
  const telemetry = both(meters, board);
  const breaker = createStoreBreaker({ clock, telemetry, probe: stores.probe });
  const instance = randomUUID();
  const shared = { breaker, book, clock, random, telemetry };
  const keeper = createSettingsKeeper({ ...shared, fleet: stores.fleet, instance, board, aliveMs });
  const instances = (): number => keeper.instances();
  const bounds = waitingBounds(live);
  const throttle = createThrottle({ ...shared, store: stores.limits, instances, bounds });
  const guard = createGuardSide(live, { stores, breaker, book, telemetry, instance });
  const sessionGauge = createSessionGauge({ stores, breaker, book, live, keeper });
  const isDegraded = (): boolean => breaker.state() === 'open';
  logChanges(breaker, stores, logger);
  let follower: InvalidationFollower | undefined;
  return {
    throttle,
    ...createJobServices({ stores, breaker, book, telemetry, instances, throttle }),
    ...guard,
    ownLimits: createOwnLimits(book, throttle),
    administration: createLimitAdministrator({
      ...shared,
      fleet: stores.fleet,
      keeper,
      wallMs: () => Date.now(),
    }),
    gauges: () => ({
      rates: ratesOf(book),
      degraded: isDegraded(),
      instances: instances(),
      sessions: sessionGauge(),
    }),
    condition: () => (stores.invalidations === undefined ? undefined : conditionOf(keeper, breaker, stores)),
    follow(cache) {
      if (stores.invalidations === undefined) return undefined;
      follower = followFleet({
        stream: stores.invalidations,
        cache,
        instance,
        onGap: () => live.current().cache.onGap,
        settleMs: () => longestSettleMs(live),
        breaker,
        keeper,
        logger,
        unexpected: telemetry.unexpected,
      });
      return follower;
    },
    async start() {
      await Promise.race([stores.ready, pause(startMs)]);
      await Promise.race([Promise.all([keeper.start(), guard.guard.start()]), pause(startMs)]);
    },
    async close() {
      follower?.stop();
      const left = throttle
        .close()
        .then(() => guard.guard.close())
        .then(() => keeper.close());
      await Promise.race([left, pause(closeMs)]);
      breaker.close();
      await Promise.race([stores.close(), pause(closeMs)]);
    },
  };
}

/** Of all tables: what was lost of invalidations can be of any. */
function longestSettleMs(live: LiveConfig): number {
  const { settleMs } = defaultTableSettings;
  return Math.max(settleMs, ...[...live.current().tables.values()].map((table) => table.settleMs));
}

function follow(book: LiveLimitBook, live: LiveConfig): void {
  const take = ({ limits, applications }: Config): void =>
    book.setFile(
      limits,
      applications.map(({ application }) => application),
    );
  take(live.current());
  live.onApplied(take);
}

function waitingBounds(live: LiveConfig): { readonly waiting: number; readonly longestWaitMs: number } {
  return {
    get waiting() {
      return live.current().waiting.callers;
    },
    get longestWaitMs() {
      return live.current().waiting.longestMs;
    },
  };
}

/** What is used is told to the metrics, and to the board of the fleet. */
function both(meters: ThrottleTelemetry, board: UsageBoard): ThrottleTelemetry {
  return {
    ...meters,
    used(application, operation, units) {
      meters.used(application, operation, units);
      board.used(application, operation, units);
    },
    refused(application, operation, units, mode) {
      meters.refused(application, operation, units, mode);
      board.refused(application, operation, units, mode);
    },
  };
}

function ratesOf(book: LiveLimitBook): LimitGauges['rates'] {
  return book.view().flatMap(({ subject, operation, limit }) => {
    if (limit === null || limit.enforce === 'off') return [];
    return [{ subject, operation, rate: limit.rate }];
  });
}

/** Not ready before the fleet was reached once; from then on it is served without it, and told. */
function conditionOf(keeper: SettingsKeeper, breaker: StoreBreaker, stores: LimitStores): ConditionReport {
  const refusal = refusalOf(breaker.trouble());
  const trouble = stores.trouble();
  const because = trouble === '' ? '' : ` (${trouble})`;
  if (keeper.invalidationState() === undefined) {
    const reason = refusal ?? `Redis has not been reached yet${because}`;
    return { name: 'limiter', state: 'failed', reason };
  }
  if (breaker.state() === 'closed') return { name: 'limiter', state: 'ok', reason: '' };
  const reason = `${refusal ?? `Redis does not answer${because}`}: each limit does what its onStoreDown says`;
  return { name: 'limiter', state: 'warning', reason };
}

/** What reads is answered still. */
const refusalsOfWrites = ['OOM', 'READONLY', 'MISCONF', 'NOREPLICAS', 'NOPERM', 'NOAUTH'];

/** What a Redis that answers refuses; undefined where it does not answer. */
function refusalOf(trouble: StoreError | undefined): string | undefined {
  if (trouble?.code === undefined) return undefined;
  if (refusalsOfWrites.includes(trouble.code)) return `Redis refuses writes (${trouble.code})`;
  return trouble.reason === 'failed' ? `Redis refuses calls (${trouble.code})` : undefined;
}

/** One line a change; a server that flaps writes no more than the breaker lets it. */
function logChanges(breaker: StoreBreaker, stores: LimitStores, logger: Logger): void {
  breaker.onChange((state) => {
    if (state === 'closed') logger.info('limits are counted over all instances again');
    else {
      const trouble = stores.trouble();
      const what = refusalOf(breaker.trouble()) ?? 'Redis does not answer';
      logger.warn(trouble === '' ? {} : { trouble }, `${what}: limits are not counted over all instances`);
    }
  });
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => void systemClock.after(durationMs, resolve));
}
