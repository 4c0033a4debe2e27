/**
 * What a decision costs: leases, exact decisions over three limits at once, and the same Redis with
 * rate-limiter-flexible, which counts one.
 *
 * `node test/bench/limit-cost.ts <lease|exact|peer> <seconds> <redis port> <redis pid>` prints one line of JSON.
 */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisServer } from '../../topology/launcher/redis.ts';
import { application, limitOf, startLimiter, threeLimits } from './limit-fleet.ts';

export interface LimitCost {
  readonly way: string;
  readonly decisions: number;
  readonly unanswered: number;
  /** Of this process and of Redis, for each decision. */
  readonly clientMicros: number;
  readonly redisMicros: number;
  readonly decisionsPerCpuSecond: number;
  readonly decisionsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Server = Pick<RedisServer, 'host' | 'port'>;
/** One decision; whether it was admitted. */
type Decide = () => boolean | Promise<boolean>;

interface Way {
  readonly decide: Decide;
  /** Calls that Redis did not answer in time: what was decided then was decided without it. */
  unanswered(): number;
  close(): Promise<void>;
}

const inFlight = 64;
/** More than anybody here can use: what is measured is the decision, and not the refusal. */
const ample = 10_000_000;

async function openLimiter(server: Server, mode: 'lease' | 'exact'): Promise<Way> {
  const limiter = await startLimiter(server, threeLimits, limitOf(ample, mode), 1);
  return {
    decide() {
      const deadlineMs = performance.now() + 1_000;
      const verdict = limiter.engine.admit({
        application,
        operation: 'read',
        units: 1,
        strict: true,
        deadlineMs,
      });
      return verdict instanceof Promise
        ? verdict.then(({ granted }) => granted === 1)
        : verdict.granted === 1;
    },
    unanswered: () => limiter.calls().failed,
    close: () => limiter.close(),
  };
}

async function openPeer({ host, port }: Server): Promise<Way> {
  const redis = new Redis(port, host, {
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    lazyConnect: true,
  });
  await redis.connect();
  const limiter = new RateLimiterRedis({ storeClient: redis, points: ample, duration: 1, keyPrefix: 'peer' });
  return {
    decide: async () => (await limiter.consume(application.name, 1)).remainingPoints >= 0,
    unanswered: () => 0,
    async close() {
      redis.disconnect();
    },
  };
}

async function measure(way: Way, seconds: number): Promise<{ decisions: number; latencies: number[] }> {
  const latencies: number[] = [];
  const untilMs = performance.now() + seconds * 1_000;
  let decisions = 0;
  const caller = async (): Promise<void> => {
    for (;;) {
      const beganMs = performance.now();
      if (beganMs >= untilMs) return;
      const verdict = way.decide();
      const admitted = verdict instanceof Promise ? await verdict : verdict;
      if (!admitted) throw new Error('a decision was a refusal: nothing else is measured here');
      decisions += 1;
      // Every decision would fill the memory with numbers.
      if (decisions % 16 === 0) latencies.push(performance.now() - beganMs);
      // A decision without a trip leaves no turn to anybody else by itself.
      if (decisions % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { decisions, latencies };
}

function cpuSecondsOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function run(name: string, seconds: number, server: Server, redisPid: number): Promise<LimitCost> {
  const way = name === 'peer' ? await openPeer(server) : await openLimiter(server, name as 'lease' | 'exact');
  await measure(way, Math.min(2, seconds));
  const redisBefore = cpuSecondsOf(redisPid);
  const clientBefore = process.cpuUsage();
  const beganMs = performance.now();
  const { decisions, latencies } = await measure(way, seconds);
  const elapsedMs = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(clientBefore);
  const redisSeconds = cpuSecondsOf(redisPid) - redisBefore;
  const unanswered = way.unanswered();
  await way.close();
  latencies.sort((a, b) => a - b);
  const percentile = (share: number): number =>
    latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN;
  return {
    way: name,
    decisions,
    unanswered,
    clientMicros: (user + system) / decisions,
    redisMicros: (redisSeconds * 1e6) / decisions,
    decisionsPerCpuSecond: decisions / ((user + system) / 1e6 + redisSeconds),
    decisionsPerSecond: (decisions * 1_000) / elapsedMs,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}

const [name = '', seconds = '5', port = '', pid = ''] = process.argv.slice(2);
if (!['lease', 'exact', 'peer'].includes(name)) throw new Error(`${name}: none of lease, exact, peer`);
const server = { host: '127.0.0.1', port: Number(port) };
process.stdout.write(`${JSON.stringify(await run(name, Number(seconds), server, Number(pid)))}\n`);
