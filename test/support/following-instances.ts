import type { Invalidation, InvalidationStream } from '../../src/core/cache/invalidation.ts';
import {
  createInvalidationFollower,
  type FollowerState,
  type GapPolicy,
} from '../../src/core/cache/invalidation-follower.ts';
import type { Clock } from '../../src/core/ports.ts';
import { createFakeClock } from './fake-clock.ts';
import { createMemoryStream, type MemoryStreamServer } from './memory-invalidation-stream.ts';

/** A follower whose cache only remembers what it was told, in words. */
export function startFollower(
  stream: InvalidationStream,
  clock: Clock,
  instance: string,
  onGap: GapPolicy = 'expire',
) {
  const done: string[] = [];
  const counts = { gaps: 0, invalidations: 0 };
  const reaches: string[] = [];
  const states: FollowerState[] = [];
  const faults: unknown[] = [];
  const follower = createInvalidationFollower({
    stream,
    clock,
    random: { next: () => 1 },
    instance,
    onGap: () => onGap,
    cache: {
      invalidatePartitions: (keyspace, table, identities, settleMs) => {
        done.push(`${keyspace}.${table} ${identities.join(' ')} ${settleMs}`);
      },
      invalidateTable: (keyspace, table) => void done.push(`${keyspace}.${table}`),
      expireBefore: (cutMs, spreadMs) => void done.push(`expire ${cutMs} over ${spreadMs}`),
      countFleet: (what) => {
        counts[what] += 1;
      },
    },
    telemetry: {
      published: (reach) => void reaches.push(reach),
      received() {},
      gap() {},
      unexpected: (error) => void faults.push(error),
    },
    onState: (state) => void states.push(state),
  });
  follower.start();
  /** What was done since this was asked for the last time. */
  const since = (): string[] => done.splice(0);
  return { follower, counts, reaches, states, faults, since };
}

export function startInstance(
  server: MemoryStreamServer,
  clock: Clock,
  instance: string,
  { onGap, isAway = false }: { onGap?: GapPolicy; isAway?: boolean } = {},
) {
  const link = server.connect();
  link.isAway = isAway;
  return { link, ...startFollower(link, clock, instance, onGap) };
}

export const drop = (...partitions: string[]): Invalidation => ({
  keyspace: 'shop',
  table: 'products',
  partitions,
  settleMs: 0,
});

/** Two instances that have begun. */
export async function startTwo(options: { onGap?: GapPolicy } = {}) {
  const clock = createFakeClock();
  const server = createMemoryStream(clock);
  const one = startInstance(server, clock, 'one', options);
  const two = startInstance(server, clock, 'two', options);
  await clock.advance(0);
  for (const { since } of [one, two]) since();
  return { clock, server, one, two };
}
