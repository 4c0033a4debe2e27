import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { describeCluster, nodesUnderTest } from '../bench-cluster.ts';
import { runClosedLoop } from '../closed-loop.ts';
import { seededRandom } from '../random.ts';
import { isReached, type Target, targetTable, writeResult } from '../report.ts';
import { measureRest, runRounds } from '../rounds.ts';
import { nodeTable, summarize, summaryTable, type VariantSummary } from '../summary.ts';
import { InAnyVariant } from '../variants/in-any.ts';
import { WeirVariant } from '../variants/weir.ts';
import { ZipfKeys } from '../zipf-keys.ts';
import { restText } from './lookups.ts';
import type { BenchSession } from './session.ts';

/** Of the row cache over the rounds that count. */
export interface CacheUse {
  /** Distinct keys that were answered from the cache ÷ all that were asked for. */
  readonly hitShare: number;
  /** Rows in the cache at the end ÷ all rows. */
  readonly heldShare: number;
}

const exponent = 0.99;
const cachedShare = 0.35;
const cachedTable = { cache: { ttl: '1h', missingTtl: '5s' } };
const guessedRowBytes = 650;
const mostAttempts = 5;
/** How much below its share the cache may stay. */
const sizingTolerance = 0.015;
const restSeconds = 10;
/** Of the filling, after each of which the cache is looked at. */
const batchLookUps = 200;
const mostBatches = 100;
/** Unlike those of the rounds. */
const fillSeed = 99_000;

/** Weir with a cache for the hot rows against the driver used directly, keys as unevenly popular as keys are. */
export async function benchZipf(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const cluster = await session.cluster();
  const keys = new ZipfKeys(options.rows, exponent);
  const bytes = await sizeCache(session, cluster, keys);
  const weir = cachingWeir(cluster, 'weir', options.inFlight, bytes);
  const variants = [weir, new InAnyVariant(cluster)];
  const plan = { ...options, drawKeys: keys.draw.bind(keys) };
  const measured = await session.withVariants(variants, async () => {
    report(`measuring the nodes at rest for ${restSeconds} s`);
    const restMs = await measureRest(cluster, restSeconds);
    await fillCache(weir, keys, session);
    await runRounds(cluster, variants, { ...plan, rounds: 0 }, report);
    const before = await countHits(weir);
    const rounds = await runRounds(cluster, variants, { ...plan, warmUpRounds: 0 }, report);
    const asked = options.rounds * options.lookUps * options.keysPerLookUp;
    const { partitions } = await weir.cacheFigures();
    const hitShare = ((await countHits(weir)) - before) / asked;
    const use: CacheUse = { hitShare, heldShare: partitions / options.rows };
    return { restMs, rounds, use, summaries: summarize(variants, rounds) };
  });
  const { restMs, summaries, use } = measured;
  const targets = zipfTargets(summaries, use);
  print(
    `## ${options.keysPerLookUp} distinct keys a look-up by Zipf ${exponent} over ${options.rows} rows, a cache of ` +
      `${(bytes / 2 ** 20).toFixed(1)} MiB, ${nodesUnderTest(cluster).length} nodes, ${options.inFlight} in flight, ` +
      `medians of ${options.rounds} rounds\n`,
  );
  print(`${summaryTable(summaries)}\n`);
  print(`${nodeTable(summaries)}\n`);
  print(`${restText(restMs, summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  if (options.short) {
    print('A short run: only errors are judged, and there were none.\n');
    return true;
  }
  report(
    `written to ${writeResult('zipf', { cluster: await describeCluster(cluster), options, cacheBytes: bytes, targets, ...measured })}`,
  );
  return targets.every(isReached);
}

/** The bytes with which the cache, once full, holds as many rows as it shall: how much one takes is the cache's affair. */
async function sizeCache(session: BenchSession, cluster: RunningCluster, keys: ZipfKeys): Promise<number> {
  const { rows } = session.options;
  let bytes = Math.floor(rows * cachedShare * guessedRowBytes);
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const held = await rowsHeld(session, cluster, keys, bytes);
    const share = held / rows;
    session.report(`a cache of ${bytes} bytes holds ${held} rows, ${(share * 100).toFixed(1)} %`);
    if (share <= cachedShare && share > cachedShare - sizingTolerance) return bytes;
    bytes = Math.floor((bytes * (cachedShare - sizingTolerance / 2)) / share);
  }
  throw new Error(`no size of the cache was found that holds ${cachedShare * 100} % of the rows`);
}

/** After every row was asked for once. */
async function rowsHeld(
  session: BenchSession,
  cluster: RunningCluster,
  keys: ZipfKeys,
  bytes: number,
): Promise<number> {
  const { rows, inFlight, keysPerLookUp } = session.options;
  const weir = cachingWeir(cluster, 'sizing', inFlight, bytes);
  return session.withVariants([weir], async () => {
    await runClosedLoop({ count: Math.ceil(rows / keysPerLookUp), inFlight }, async (index) => {
      const from = index * keysPerLookUp;
      const count = Math.min(keysPerLookUp, rows - from);
      await weir.lookUp(
        Array.from({ length: count }, (_, place) => keys.keyOf(from + place)),
        false,
      );
    });
    const { partitions, evictions } = await weir.cacheFigures();
    if (partitions + evictions < rows)
      throw new Error(`${partitions} rows were kept and ${evictions} pushed out`);
    return partitions;
  });
}

function cachingWeir(cluster: RunningCluster, name: string, connections: number, bytes: number): WeirVariant {
  return new WeirVariant(cluster, { name, connections, table: cachedTable, cache: { size: `${bytes}B` } });
}

/** Until as many rows have been pushed out as it holds: what is in it then is there for being asked for. */
async function fillCache(
  weir: WeirVariant,
  keys: ZipfKeys,
  { options, report }: BenchSession,
): Promise<void> {
  const random = seededRandom(fillSeed);
  for (let batch = 1; batch <= mostBatches; batch += 1) {
    await runClosedLoop({ count: batchLookUps, inFlight: options.inFlight }, () =>
      weir.lookUp(keys.draw(options.keysPerLookUp, random), false),
    );
    const { partitions, evictions } = await weir.cacheFigures();
    if (evictions < partitions) continue;
    report(
      `the cache is warm after ${batch * batchLookUps} look-ups: ${partitions} rows, ${evictions} pushed out`,
    );
    return;
  }
  throw new Error(`the cache is not warm after ${mostBatches * batchLookUps} look-ups`);
}

async function countHits(weir: WeirVariant): Promise<number> {
  return (await weir.metrics()).sum('weir_cache_hits_total');
}

export function zipfTargets(summaries: readonly VariantSummary[], use: CacheUse): readonly Target[] {
  const ratio = (figure: (summary: VariantSummary) => number): number => {
    const of = (name: string): number => {
      const summary = summaries.find(({ variant }) => variant === name);
      return summary === undefined ? Number.NaN : figure(summary);
    };
    return of('weir') / of('in-any');
  };
  return [
    {
      name: 'hits on distinct keys',
      measured: use.hitShare,
      bound: 0.8,
      kind: 'at least',
      digits: 3,
    },
    {
      name: 'rows in the cache, of all',
      measured: use.heldShare,
      // What the cache keeps beside the rows is not the same to the byte each time.
      bound: cachedShare + 0.005,
      kind: 'at most',
      digits: 3,
    },
    {
      name: 'Cassandra CPU of weir ÷ in-any',
      measured: ratio(({ cpuMs }) => cpuMs),
      bound: 0.15,
      kind: 'at most',
      digits: 2,
    },
    {
      name: 'mean latency of weir ÷ in-any',
      measured: ratio(({ meanMs }) => meanMs),
      bound: 0.5,
      kind: 'at most',
      digits: 2,
    },
  ];
}
