import { guardBounds } from '../../core/guard/guard-bounds.ts';
import type { BucketCounts, GuardStore, StoredSteering } from '../../core/guard/guard-store.ts';
import { addCounts } from '../../core/guard/latency-histogram.ts';
import { readOverride, readSteering, writeOverride, writeSteering } from '../../core/guard/steering-body.ts';
import { beatScript, resignScript, steerScript } from './guard-lua.ts';
import type { RedisCommands } from './redis-port.ts';
import { asList, asText, asWhole } from './script-reply.ts';

/** The guard of all instances of one Redis. All keys expire, but for the override, which nobody could bring back. */
export function createRedisGuardStore(redis: RedisCommands): GuardStore {
  const leadKey = redis.key('guard', 'lead');
  const epochKey = redis.key('guard', 'epoch');
  const steeringKey = redis.key('guard', 'steering');
  const overrideKey = redis.key('guard', 'override');
  const countsKey = redis.key('guard', 'counts');

  return {
    async beat({ instance, counts, leadMs, windowSeconds }) {
      const keys = [leadKey, epochKey, steeringKey, overrideKey, countsKey];
      const seconds = Math.min(windowSeconds, guardBounds.mostWindowSeconds);
      const args = [redis.clockArgument(), instance, Math.ceil(leadMs), seconds, ...countArguments(counts)];
      const reply = asList(await redis.run(beatScript, keys, args));
      const [leader, epoch, ofEpoch, sequence, body, override, ...window] = reply;
      const isLeader = leader === instance;
      return {
        isLeader,
        leader: asText(leader),
        epoch: asWhole(epoch),
        stored: readStored(ofEpoch, sequence, body),
        override: override === '' ? undefined : readOverride(asText(override)),
        window: isLeader ? readWindow(window) : undefined,
      };
    },
    async steer(instance, epoch, sequence, steering) {
      const keys = [leadKey, epochKey, steeringKey];
      const args = [redis.clockArgument(), instance, epoch, sequence, writeSteering(steering)];
      return (await redis.run(steerScript, keys, args)) === 1;
    },
    async setOverride(override) {
      if (override === undefined) await redis.call('DEL', overrideKey);
      else await redis.call('SET', overrideKey, writeOverride(override));
    },
    async resign(instance) {
      await redis.run(resignScript, [leadKey], [instance]);
    },
  };
}

/** Bucket and count, of the buckets that there are. */
function countArguments(counts: BucketCounts): readonly number[] {
  const known = new Map<number, number>();
  addCounts(known, counts);
  return [...known].flatMap(([bucket, count]) => [bucket, Math.round(count)]);
}

/** Fields of another version of Weir are none of ours. */
function readWindow(seconds: readonly unknown[]): BucketCounts {
  const window = new Map<number, number>();
  for (const second of seconds) {
    const fields = asList(second).map(Number);
    const counts = new Map<number, number>();
    for (let at = 0; at + 1 < fields.length; at += 2) counts.set(fields[at] ?? -1, fields[at + 1] ?? 0);
    addCounts(window, counts);
  }
  return window;
}

/** A decision that this version cannot read is none. */
function readStored(epoch: unknown, sequence: unknown, body: unknown): StoredSteering | undefined {
  const steering = typeof body === 'string' ? readSteering(body) : undefined;
  return steering === undefined
    ? undefined
    : { epoch: asWhole(epoch), sequence: asWhole(sequence), steering };
}
