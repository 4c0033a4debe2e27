import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '../../topology/launcher/redis.ts';
import { HttpClient } from '../http-client.ts';
import { openLoopInstants, runOpenLoop } from '../open-loop.ts';
import { seededRandom } from '../random.ts';
import { isReached, markdownTable, type Target, targetTable, writeResult } from '../report.ts';
import { percentile } from '../statistics.ts';
import { WeirProcess } from '../weir-process.ts';
import type { BenchSession } from './session.ts';

const datacenter = 'us-east-1-frontend';
const application = 'bench';
const products = 20_000;
const instances = 2;
const keysPerLookUp = 50;
/** Keys a second of the whole fleet, and how much more than that is asked for. */
const rate = 6_000;
const overload = 1.5;
const phaseSeconds = 10;
/** Given to Weir to be exact again. */
const recoverySeconds = 5;
/** Beyond this nobody may wait for Redis; scheduling on a shared machine comes on top. */
const mostExtraMs = 50;

const phases = ['before', 'killed', 'recovering', 'after'] as const;
type Phase = (typeof phases)[number];

interface Answer {
  readonly atMs: number;
  readonly status: number;
  readonly admitted: number;
}

interface PhaseFigures {
  readonly mode: string;
  readonly phase: Phase;
  readonly lookUps: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly admitted: number;
  /** What the design promises for this time. */
  readonly allowed: number;
}

/** Redis is killed under load and comes back: what look-ups feel of it, and what they are admitted meanwhile. */
export async function benchRedisLoss(session: BenchSession): Promise<boolean> {
  const { print, report } = session;
  const figures = [...(await measureLoss(session, 'lease')), ...(await measureLoss(session, 'exact'))];
  const targets = lossTargets(figures);
  print(
    `## Redis killed under load: ${instances} instances, ${rate} keys/s allowed, ${overload} times asked for\n`,
  );
  print(`${phaseTable(figures)}\n`);
  print(`${targetTable(targets)}\n`);
  report(`written to ${writeResult('redis-loss', { targets, figures })}`);
  return targets.every(isReached);
}

async function measureLoss(session: BenchSession, mode: string): Promise<readonly PhaseFigures[]> {
  const { options, report } = session;
  const seconds = options.short ? 2 : phaseSeconds;
  const redis = await startRedis();
  session.atEnd('the Redis of redis-loss', () => redis.stop());
  const settings = lossSettings(mode, redis.url);
  const weirs = Array.from({ length: instances }, () => new WeirProcess({ settings }));
  session.atEnd('the servers of redis-loss', async () => {
    await Promise.all(weirs.map((weir) => weir.stop()));
  });
  report(`${mode}: starting ${instances} instances`);
  await Promise.all(weirs.map((weir) => weir.start()));
  const http = new HttpClient(64);
  const lookUpsPerSecond = (rate * overload) / keysPerLookUp;
  const askFor = async (duration: number, seed: number): Promise<[Float64Array, readonly Answer[]]> => {
    const instantsMs = openLoopInstants(duration * lookUpsPerSecond, lookUpsPerSecond, seededRandom(seed));
    const answers: Answer[] = [];
    const random = seededRandom(seed);
    const { latenciesMs } = await runOpenLoop({ instantsMs }, async (index) => {
      answers[index] = await ask(http, weirs[index % instances] as WeirProcess, random);
    });
    return [latenciesMs, answers];
  };
  report(`${mode}: warming up`);
  await askFor(seconds, 1);
  const figures: PhaseFigures[] = [];
  const lasts: Readonly<Record<Phase, number>> = {
    before: seconds,
    killed: seconds,
    recovering: options.short ? 1 : recoverySeconds,
    after: seconds,
  };
  for (const [index, phase] of phases.entries()) {
    if (phase === 'killed') await redis.kill();
    if (phase === 'recovering') await redis.restart();
    const beganMs = performance.now();
    const [latenciesMs, answers] = await askFor(lasts[phase], index + 2);
    const figure = figuresOf(mode, phase, latenciesMs, answers, (performance.now() - beganMs) / 1_000);
    report(`${mode}, ${phase}: p99 ${figure.p99Ms.toFixed(1)} ms, ${figure.admitted} keys admitted`);
    figures.push(figure);
  }
  http.close();
  await Promise.all(weirs.map((weir) => weir.stop()));
  await redis.stop();
  await delay(100);
  return figures;
}

async function ask(http: HttpClient, weir: WeirProcess, random: () => number): Promise<Answer> {
  const keys = Array.from({ length: keysPerLookUp }, () => `sku-${1 + Math.floor(random() * products)}`);
  const headers = { 'content-type': 'application/json', 'x-weir-app': application };
  const url = new URL('/v1/shop/products/lookup', weir.dataUrl);
  const { status, body } = await http.post(url, headers, JSON.stringify({ keys }));
  const { summary } = JSON.parse(body.toString()) as { summary?: { found: number; missing: number } };
  return { atMs: performance.now(), status, admitted: (summary?.found ?? 0) + (summary?.missing ?? 0) };
}

function figuresOf(
  mode: string,
  phase: Phase,
  latenciesMs: Float64Array,
  answers: readonly Answer[],
  seconds: number,
): PhaseFigures {
  const ascending = latenciesMs.toSorted();
  // Cut off, each instance keeps its share, and both together the limit; before and after the cut lies a burst each.
  const factor = phase === 'before' || phase === 'after' ? 1 : 1 + instances / instances;
  const bursts = phase === 'before' || phase === 'after' ? 1 : 2;
  return {
    mode,
    phase,
    lookUps: answers.length,
    failed: answers.filter(({ status }) => status !== 200 && status !== 429).length,
    p50Ms: percentile(ascending, 0.5),
    p99Ms: percentile(ascending, 0.99),
    admitted: answers.reduce((sum, { admitted }) => sum + admitted, 0),
    allowed: Math.floor(rate * seconds * factor + bursts * rate),
  };
}

function lossSettings(mode: string, url: string): Readonly<Record<string, unknown>> {
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'trusted',
    cassandra: { embedded: { datacenters: { [datacenter]: 6 }, seedRows: products } },
    redis: { url },
    classes: { frontend: { datacenters: [datacenter] } },
    applications: {
      [application]: {
        class: 'frontend',
        tables: { 'shop.products': ['read'] },
        limits: { read: { rate, burst: rate, mode } },
      },
    },
    log: { level: 'warn' },
  };
}

function lossTargets(figures: readonly PhaseFigures[]): readonly Target[] {
  return ['lease', 'exact'].flatMap((mode) => {
    const own = figures.filter((figure) => figure.mode === mode);
    const p99 = (phase: Phase): number => own.find((figure) => figure.phase === phase)?.p99Ms ?? Number.NaN;
    return [
      {
        name: `${mode}: p99 while killed - before, ms`,
        measured: p99('killed') - p99('before'),
        bound: mostExtraMs,
        kind: 'at most',
        digits: 1,
      },
      {
        name: `${mode}: admitted ÷ promised, the most of the phases`,
        measured: Math.max(...own.map(({ admitted, allowed }) => admitted / allowed)),
        bound: 1,
        kind: 'at most',
        digits: 2,
      },
      {
        name: `${mode}: look-ups that failed`,
        measured: own.reduce((sum, { failed }) => sum + failed, 0),
        bound: 0,
        kind: 'at most',
        digits: 0,
      },
    ] as const;
  });
}

function phaseTable(figures: readonly PhaseFigures[]): string {
  return markdownTable<PhaseFigures>(
    [
      { title: 'mode', value: ({ mode }) => mode },
      { title: 'Redis', value: ({ phase }) => phase },
      { title: 'look-ups', value: ({ lookUps }) => lookUps },
      { title: 'failed', value: ({ failed }) => failed },
      { title: 'p50 ms', value: ({ p50Ms }) => p50Ms, digits: 1 },
      { title: 'p99 ms', value: ({ p99Ms }) => p99Ms, digits: 1 },
      { title: 'keys admitted', value: ({ admitted }) => admitted },
      { title: 'promised at most', value: ({ allowed }) => allowed },
    ],
    figures,
  );
}
