import { describe } from 'vitest';
import { whyNoRedis } from '../../topology/launcher/redis.ts';
import { isRequired } from './requirements.ts';

const reason = whyNoRedis();

/**
 * A suite that needs redis-server and redis-sentinel. Without them it is skipped and says so;
 * WEIR_REQUIRE=redis makes that a failure.
 */
export function describeWithRedis(name: string, body: () => void): void {
  if (reason === undefined) {
    describe(name, body);
    return;
  }
  if (isRequired('redis')) throw new Error(`WEIR_REQUIRE asks for Redis: ${reason}`);
  describe.skip(`${name} (skipped: ${reason})`, body);
}
