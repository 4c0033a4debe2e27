import type { GuardOverride } from '../../core/guard/guard.ts';
import { guardBounds } from '../../core/guard/guard-bounds.ts';
import type { BucketCounts, GuardBeat, GuardStore, StoredSteering } from '../../core/guard/guard-store.ts';
import { addCounts } from '../../core/guard/latency-histogram.ts';
import { readOverride, readSteering, writeOverride, writeSteering } from '../../core/guard/steering-body.ts';
import {
  beatScript,
  factorField,
  resignScript,
  restoreOverrideScript,
  setOverrideScript,
  steerScript,
} from './guard-lua.ts';
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
    async beat({ instance, counts, factor, leadMs, windowSeconds }) {
      const keys = [leadKey, epochKey, steeringKey, overrideKey, countsKey];
      const seconds = Math.min(windowSeconds, guardBounds.mostWindowSeconds);
      const clock = redis.clockArgument();
      const args = [clock, instance, Math.ceil(leadMs), seconds, factor, ...countArguments(counts)];
      const reply = asList(await redis.run(beatScript, keys, args));
      const [leader, epoch, ofEpoch, sequence, body, version, override, ...window] = reply;
      const isLeader = leader === instance;
      return {
        isLeader,
        leader: asText(leader),
        epoch: asWhole(epoch),
        stored: readStored(ofEpoch, sequence, body),
        override: { version: asWhole(version), override: readOverride(asText(override)) },
        ...(isLeader ? readWindow(window) : { window: undefined, leastFactor: undefined }),
      };
    },
    async steer(instance, epoch, sequence, steering) {
      const keys = [leadKey, epochKey, steeringKey];
      const args = [instance, epoch, sequence, writeSteering(steering)];
      return (await redis.run(steerScript, keys, args)) === 1;
    },
    async setOverride(override, known) {
      return asWhole(await redis.run(setOverrideScript, [overrideKey], [known, overrideBody(override)]));
    },
    async restoreOverride({ version, override }) {
      const args = [version, overrideBody(override)];
      return (await redis.run(restoreOverrideScript, [overrideKey], args)) === 1;
    },
    async resign(instance) {
      await redis.run(resignScript, [leadKey], [instance]);
    },
  };
}

/** Of one that was taken back nothing is left but its version. */
function overrideBody(override: GuardOverride | undefined): string {
  return override === undefined ? '' : writeOverride(override);
}

/** Bucket and count, of the buckets that there are. */
function countArguments(counts: BucketCounts): readonly number[] {
  const known = new Map<number, number>();
  addCounts(known, counts);
  return [...known].flatMap(([bucket, count]) => [bucket, Math.round(count)]);
}

/** Fields of another version of Weir are none of ours. */
function readWindow(seconds: readonly unknown[]): Pick<GuardBeat, 'window' | 'leastFactor'> {
  const window = new Map<number, number>();
  let leastFactor: number | undefined;
  for (const second of seconds) {
    const fields = asList(second);
    const counts = new Map<number, number>();
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const [field, number] = [fields[at], Number(fields[at + 1])];
      if (field === factorField) leastFactor = Math.min(leastFactor ?? number, number);
      else counts.set(Number(field), number);
    }
    addCounts(window, counts);
  }
  return { window, leastFactor };
}

/** A decision that this version cannot read is none. */
function readStored(epoch: unknown, sequence: unknown, body: unknown): StoredSteering | undefined {
  const steering = typeof body === 'string' ? readSteering(body) : undefined;
  return steering === undefined
    ? undefined
    : { epoch: asWhole(epoch), sequence: asWhole(sequence), steering };
}
