import { randomUUID } from 'node:crypto';
import type { InvalidationStream, StreamPosition } from '../../core/cache/invalidation.ts';
import { StoreError } from '../../core/throttle/limit-store.ts';
import { readEntry, writeInvalidation } from './invalidation-entry.ts';
import { endOfInvalidations, publishInvalidation } from './invalidation-lua.ts';
import type { RedisConnection } from './redis-port.ts';

/** Of one read. An entry has up to a thousand partitions, and what is read is applied without a pause. */
const mostEntries = 64;

/** Invalidations of all instances of a fleet. Opens a second connection, to wait on. */
export function createRedisInvalidationStream(redis: RedisConnection): InvalidationStream {
  const stream = redis.key('invalidations');
  const keys = [stream, redis.key('invalidations', 'state')];
  const waiting = redis.forWaiting();
  return {
    async publish(instance, invalidation) {
      await redis.run(publishInvalidation, keys, [
        randomUUID(),
        ...writeInvalidation(instance, invalidation),
      ]);
    },
    async end() {
      return readPosition(await redis.run(endOfInvalidations, keys, [randomUUID()]));
    },
    async read(after, waitMs) {
      // 0 would wait for ever.
      const wait = waitMs > 0 ? ['BLOCK', Math.ceil(waitMs)] : [];
      const asked = ['COUNT', mostEntries, ...wait, 'STREAMS', stream, after.id];
      const reply = await waiting.callForBytes('XREAD', ...asked);
      if (reply === null) return [];
      const [, entries] = asList(asList(reply)[0]);
      return asList(entries).map(readEntry);
    },
  };
}

function readPosition(reply: unknown): StreamPosition {
  const [id, sequence, epoch] = asList(reply);
  const number = Number(sequence);
  if (typeof id !== 'string' || typeof epoch !== 'string' || !Number.isSafeInteger(number)) {
    throw new StoreError('failed');
  }
  return { id, sequence: number, epoch };
}

function asList(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw new StoreError('failed');
  return reply;
}
