import type { LiveLimitBook } from '../core/throttle/live-limit-book.ts';
import type { SettingsKeeper } from '../core/throttle/settings-keeper.ts';
import type { StoreBreaker } from '../core/throttle/store-breaker.ts';
import type { LimitStores } from './limit-stores.ts';
import type { LiveConfig } from './live-config.ts';

/** Sessions are counted with each so many pulses: about every five seconds. */
const pulsesBetween = 12;

/** Sessions held by applications with a limit on `connect`, as last counted; nobody waits for the count. */
export function createSessionGauge({
  stores,
  breaker,
  book,
  live,
  keeper,
}: {
  readonly stores: Pick<LimitStores, 'sessions'>;
  readonly breaker: StoreBreaker;
  readonly book: LiveLimitBook;
  readonly live: LiveConfig;
  readonly keeper: Pick<SettingsKeeper, 'onPulse'>;
}): () => ReadonlyMap<string, number> {
  let held: ReadonlyMap<string, number> = new Map();
  let pulses = 0;
  keeper.onPulse(() => {
    pulses += 1;
    if (pulses % pulsesBetween !== 1) return;
    const names = live
      .current()
      .applications.map(({ application }) => application)
      .filter((application) => book.chain(application, 'connect').length > 0)
      .map(({ name }) => name);
    if (names.length === 0) return;
    breaker
      .run('session-count', () => stores.sessions.held(names))
      .then(
        (counted) => {
          held = counted;
        },
        // The breaker has told; the last count stands until the next.
        () => {},
      );
  });
  return () => held;
}
