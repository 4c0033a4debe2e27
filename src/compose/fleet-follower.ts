import type { Logger } from 'pino';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import type { InvalidationStream } from '../core/cache/invalidation.ts';
import {
  createInvalidationFollower,
  type InvalidationFollower,
  type InvalidationFollowerParts,
} from '../core/cache/invalidation-follower.ts';
import type { SettingsKeeper } from '../core/throttle/settings-keeper.ts';
import type { StoreBreaker } from '../core/throttle/store-breaker.ts';

/** Follows what the other instances of the fleet drop from their caches, from now on. */
export function followFleet({
  stream,
  cache,
  instance,
  onGap,
  settleMs,
  breaker,
  keeper,
  logger,
  unexpected,
}: Pick<InvalidationFollowerParts, 'stream' | 'cache' | 'instance' | 'onGap' | 'settleMs'> & {
  readonly breaker: StoreBreaker;
  readonly keeper: SettingsKeeper;
  readonly logger: Logger;
  readonly unexpected: (error: unknown) => void;
}): InvalidationFollower {
  const follower = createInvalidationFollower({
    stream: withoutWaiting(stream, breaker),
    cache,
    clock: systemClock,
    random: systemRandom,
    instance,
    onGap,
    ...(settleMs === undefined ? {} : { settleMs }),
    telemetry: {
      published: () => {},
      received: () => {},
      gap: () =>
        logger.warn('invalidations of other instances may be missing: rows cached before now expire'),
      unexpected,
    },
  });
  keeper.onPulse(() => {
    const state = keeper.invalidationState();
    if (state !== undefined) follower.noticeState(state);
  });
  follower.start();
  return follower;
}

/** Nobody who changes a row waits for a Redis that does not answer. */
function withoutWaiting(stream: InvalidationStream, breaker: StoreBreaker): InvalidationStream {
  return {
    end: () => stream.end(),
    read: (after, waitMs) => stream.read(after, waitMs),
    publish: (by, invalidation) => breaker.run('publish', () => stream.publish(by, invalidation)),
  };
}
