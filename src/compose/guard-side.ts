import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import type { Config } from '../config/config.ts';
import type { GuardAdministration } from '../core/guard/guard.ts';
import { createGuardAdministrator } from '../core/guard/guard-administrator.ts';
import { createGuardKeeper, type GuardKeeper } from '../core/guard/guard-keeper.ts';
import type { LiveLimitBook } from '../core/throttle/live-limit-book.ts';
import type { StoreBreaker } from '../core/throttle/store-breaker.ts';
import type { ThrottleTelemetry } from '../core/throttle/telemetry.ts';
import type { LimitStores } from './limit-stores.ts';
import type { LiveConfig } from './live-config.ts';

export interface GuardSide {
  readonly guard: GuardKeeper;
  readonly guardAdministration: GuardAdministration;
}

/** The guard of the fleet as this instance has it; idle where the configuration has neither a guard nor a reserve. */
export function createGuardSide(
  live: LiveConfig,
  parts: {
    readonly stores: LimitStores;
    readonly breaker: StoreBreaker;
    readonly book: LiveLimitBook;
    readonly telemetry: ThrottleTelemetry;
    readonly instance: string;
  },
): GuardSide {
  const { stores, breaker, book, telemetry, instance } = parts;
  const settings = (): Config['guard'] => live.current().guard;
  const guard = createGuardKeeper({
    store: stores.guard,
    breaker,
    book,
    usage: (seconds) => stores.fleet.usage(seconds),
    clock: systemClock,
    random: systemRandom,
    telemetry,
    instance,
    settings,
    reserves: () => live.current().reserves,
  });
  const wallMs = (): number => Date.now();
  return {
    guard,
    guardAdministration: createGuardAdministrator({
      store: stores.guard,
      breaker,
      keeper: guard,
      settings,
      wallMs,
    }),
  };
}
