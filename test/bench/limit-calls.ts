/**
 * What Redis is asked for while four instances admit requests by leases, well within their limit.
 *
 * `node test/bench/limit-calls.ts <requests a second> <seconds>` prints one line of JSON.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '../../topology/launcher/redis.ts';
import { application, commandsSent, limitOf, startLimiter, threeLimits } from './limit-fleet.ts';

export interface LimitCalls {
  readonly requests: number;
  readonly refused: number;
  readonly commands: number;
  readonly commandsPerThousand: number;
}

const shares = [0.7, 0.2, 0.08, 0.02] as const;
const tickMs = 2;

async function measure(rate: number, seconds: number): Promise<LimitCalls> {
  const redis = await startRedis();
  const limit = limitOf(4 * rate, 'lease');
  const instances = await Promise.all(
    shares.map(() => startLimiter(redis, threeLimits, limit, shares.length)),
  );
  const owed = shares.map(() => 0);
  let requests = 0;
  let refused = 0;
  const count = (granted: number): void => {
    requests += 1;
    if (granted === 0) refused += 1;
  };
  const before = total(await commandsSent(redis));
  const startedMs = performance.now();
  let lastMs = startedMs;
  for (let nowMs = startedMs; nowMs < startedMs + seconds * 1_000; nowMs = performance.now()) {
    for (const [index, { engine }] of instances.entries()) {
      owed[index] = (owed[index] ?? 0) + ((shares[index] ?? 0) * rate * (nowMs - lastMs)) / 1_000;
      while ((owed[index] ?? 0) >= 1) {
        owed[index] = (owed[index] ?? 0) - 1;
        const verdict = engine.admit({
          application,
          operation: 'read',
          units: 1,
          strict: true,
          deadlineMs: performance.now() + 1_000,
        });
        if (verdict instanceof Promise) void verdict.then(({ granted }) => count(granted));
        else count(verdict.granted);
      }
    }
    lastMs = nowMs;
    await delay(tickMs);
  }
  await delay(200);
  const commands = total(await commandsSent(redis)) - before;
  for (const instance of instances) await instance.close();
  await redis.stop();
  return { requests, refused, commands, commandsPerThousand: (commands * 1_000) / requests };
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, calls) => sum + calls, 0);
}

const [rate = '5000', seconds = '20'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measure(Number(rate), Number(seconds)))}\n`);
