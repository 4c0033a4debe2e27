/** What Redis has stored of limits, read beside Weir. */
import type { RedisServer } from '../../topology/launcher/redis.ts';

/** So slow that what was charged does not come back while a test runs; bursts of it last no longer than a day. */
export const slowRate = 0.01;

/** The values of these limits, as they are: equal ones were not written, or written as they were. */
export async function storedValues(
  server: Pick<RedisServer, 'command'>,
  fleet: string,
  ids: readonly string[],
): Promise<readonly unknown[]> {
  const reply = await server.command('MGET', ...ids.map((id) => `{${fleet}}:limit:${id}`));
  return reply as readonly unknown[];
}

const ticksPerSecond = 16_000_000;
const epochSeconds = Date.UTC(2026, 0, 1) / 1_000;

/** Units that a limit of `slowRate` has given and not got back, over all instances: of what is stored, when it would be full. */
export async function chargedUnits(
  server: Pick<RedisServer, 'command'>,
  fleet: string,
  id: string,
): Promise<number> {
  const [stored] = await storedValues(server, fleet, [id]);
  if (typeof stored !== 'string') return 0;
  const [fullAt = ''] = stored.split(' ');
  const [seconds, micros] = (await server.command('TIME')) as readonly string[];
  const now = (Number(seconds) - epochSeconds) * ticksPerSecond + Number(micros) * 16;
  return Math.max(0, Math.round(((Number(fullAt) - now) * slowRate) / ticksPerSecond));
}
