import { randomBytes } from 'node:crypto';
import { startRedis } from '../../topology/launcher/redis.ts';
import {
  fillCache,
  type HitFigures,
  hitBodies,
  hitFiguresTable,
  hitPath,
  hitSettings,
  measureServers,
  proveHits,
  serverUnderTest,
  summarizeServer,
} from '../all-hits.ts';
import { isReached, type Target, targetTable, writeResult } from '../report.ts';
import { WeirProcess } from '../weir-process.ts';
import type { BenchSession } from './session.ts';

/** The least that limits may leave of the look-ups. */
const leastShare = 0.95;
/** Of the application, its class and the fleet; ample, since hits take nothing from them. */
const limits = { read: { rate: 100_000, mode: 'lease' } } as const;

/** Every key in the cache, with three limits by leases on a Redis, and without any. */
export async function benchLimitedHits(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const key = randomBytes(24).toString('base64url');
  const redis = await startRedis();
  session.atEnd('the Redis of limited-hits', () => redis.stop());
  const beside = { redis: { url: redis.url }, limits };
  const limited = new WeirProcess({ settings: hitSettings(key, { limits }, beside) });
  const free = new WeirProcess({ settings: hitSettings(key) });
  const servers = [
    ['with limits', limited],
    ['without limits', free],
  ] as const;
  session.atEnd('the servers of limited-hits', async () => {
    await Promise.all(servers.map(([, weir]) => weir.stop()));
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const bodies = hitBodies(options.keysPerLookUp);
  for (const [name, weir] of servers) {
    report(`starting weir ${name} and filling its cache`);
    await weir.start();
    await fillCache(new URL(hitPath, weir.dataUrl), headers);
  }
  const measured = servers.map(([name, weir]) =>
    serverUnderTest(name, new URL(hitPath, weir.dataUrl), headers, bodies, options.inFlight, () =>
      weir.cpuSeconds(),
    ),
  );
  const rounds = await measureServers(session, measured);
  for (const [, weir] of servers) {
    await proveHits(new URL(hitPath, weir.dataUrl), headers, bodies, options.keysPerLookUp);
  }
  for (const { connections } of measured) connections.close();
  await Promise.all(servers.map(([, weir]) => weir.stop()));
  await redis.stop();
  const summaries = measured.map(({ name }) => summarizeServer(name, rounds));
  const targets = limitTargets(summaries);
  print(`## Every key in the cache, with limits and without: medians of ${options.rounds} rounds\n`);
  print(`${hitFiguresTable(summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  report(`written to ${writeResult('limited-hits', { options, targets, summaries, rounds })}`);
  return targets.every(isReached);
}

function limitTargets([limited, free]: readonly HitFigures[]): readonly Target[] {
  const wanted = { bound: leastShare, kind: 'at least', digits: 3 } as const;
  const cpu = ({ cpuMicros }: HitFigures): number => 1 / cpuMicros;
  const share = limited === undefined || free === undefined ? Number.NaN : cpu(limited) / cpu(free);
  return [{ name: 'look-ups a CPU second ÷ those without limits', measured: share, ...wanted }];
}
