import { randomBytes } from 'node:crypto';
import {
  fillCache,
  type HitFigures,
  hitBodies,
  hitFiguresTable,
  hitPath,
  hitSettings,
  type MeasuredServer,
  measureServers,
  proveHits,
  serverUnderTest,
  summarizeServer,
} from '../all-hits.ts';
import { BareProcess } from '../bare-process.ts';
import { isReached, type Target, targetTable, writeResult } from '../report.ts';
import { WeirProcess } from '../weir-process.ts';
import type { BenchSession } from './session.ts';

/** The least that Weir may do of what the bare server does. */
const leastShare = 0.6;

/**
 * Every key in the cache: Weir with credentials, metrics and its log on, against a server that has the same rows as ready
 * pieces in a map and does nothing but join them. The embedded ring stands behind Weir and is not asked.
 */
export async function benchAllHit(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const key = randomBytes(24).toString('base64url');
  const weir = new WeirProcess({ settings: hitSettings(key) });
  const bare = new BareProcess();
  session.atEnd('the servers of all-hit', async () => {
    await Promise.all([weir.stop(), bare.stop()]);
  });
  report('starting weir and filling its cache');
  await weir.start();
  const url = new URL(hitPath, weir.dataUrl);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  await bare.start(await fillCache(url, headers));
  const bodies = hitBodies(options.keysPerLookUp);
  await proveHits(url, headers, bodies, options.keysPerLookUp);
  const measured: readonly MeasuredServer[] = [
    serverUnderTest('weir', url, headers, bodies, options.inFlight, () => weir.cpuSeconds()),
    serverUnderTest('bare Fastify', bare.url, headers, bodies, options.inFlight, () => bare.cpuSeconds()),
  ];
  const rounds = await measureServers(session, measured);
  await proveHits(url, headers, bodies, options.keysPerLookUp);
  for (const { connections } of measured) connections.close();
  await Promise.all([weir.stop(), bare.stop()]);
  const summaries = measured.map(({ name }) => summarizeServer(name, rounds));
  const targets = hitTargets(summaries);
  print(
    `## Every key in the cache: ${options.keysPerLookUp} keys a look-up, ${options.inFlight} in flight, medians of ${options.rounds} rounds\n`,
  );
  print(`${hitFiguresTable(summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  report(`written to ${writeResult('all-hit', { options, targets, summaries, rounds })}`);
  return targets.every(isReached);
}

/** Of the two the processor time is the one to trust: on a shared machine others take part of the seconds. */
function hitTargets([weir, bare]: readonly HitFigures[]): readonly Target[] {
  const wanted = { bound: leastShare, kind: 'at least', digits: 2 } as const;
  const share = (value: (figures: HitFigures) => number): number =>
    weir === undefined || bare === undefined ? Number.NaN : value(weir) / value(bare);
  return [
    { name: 'look-ups a CPU second ÷ bare', measured: share(({ cpuMicros }) => 1 / cpuMicros), ...wanted },
    { name: 'look-ups/s ÷ bare', measured: share(({ lookUpsPerSecond }) => lookUpsPerSecond), ...wanted },
  ];
}
