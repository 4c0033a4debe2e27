import { createHash, randomBytes } from 'node:crypto';
import { BareProcess } from '../bare-process.ts';
import { HttpClient } from '../http-client.ts';
import { PlainConnections, requestBytes } from '../plain-connections.ts';
import { seededRandom } from '../random.ts';
import { isReached, markdownTable, type Target, targetTable, writeResult } from '../report.ts';
import { rotate } from '../rounds.ts';
import { median } from '../statistics.ts';
import { WeirProcess } from '../weir-process.ts';
import type { BenchSession } from './session.ts';

/** The least that Weir may do of what the bare server does. */
const leastShare = 0.6;
/** Products of the embedded ring: all of them in the cache, and far more of them than the processor's own caches hold. */
const products = 20_000;
/** Different requests, so that a round meets all products. */
const requests = 1_000;
const lookUpsInRound = 10_000;
const lookUpsInShortRound = 200;
/** Each so many requests one is asked with `X-Debug`, outside of the measurement. */
const proofEvery = 50;

const application = 'bench';
const keyspaceAndTable = 'shop.products';
const path = '/v1/shop/products/lookup';
const datacenter = 'us-east-1-frontend';

/** A server that is measured: where its requests go, and what it has used. */
interface Measured {
  readonly name: string;
  readonly connections: PlainConnections;
  readonly requests: readonly Buffer[];
  readonly cpuSeconds: () => number;
}

interface HitFigures {
  readonly server: string;
  readonly lookUpsPerSecond: number;
  /** Processor time of the server, all threads. */
  readonly cpuMicros: number;
  readonly answerBytes: number;
}

/**
 * Every key in the cache: Weir with credentials, metrics and its log on, against a server that has the same rows as ready
 * pieces in a map and does nothing but join them. The embedded ring stands behind Weir and is not asked.
 */
export async function benchAllHit(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const key = randomBytes(24).toString('base64url');
  const weir = new WeirProcess({ settings: weirSettings(key) });
  const bare = new BareProcess();
  session.atEnd('the servers of all-hit', async () => {
    await Promise.all([weir.stop(), bare.stop()]);
  });
  report('starting weir and filling its cache');
  await weir.start();
  const url = new URL(path, weir.dataUrl);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  await bare.start(await fillCache(url, headers));
  const bodies = makeBodies(options.keysPerLookUp);
  await proveHits(url, headers, bodies, options.keysPerLookUp);
  const measured: readonly Measured[] = [
    serverUnderTest('weir', url, headers, bodies, options.inFlight, () => weir.cpuSeconds()),
    serverUnderTest('bare Fastify', bare.url, headers, bodies, options.inFlight, () => bare.cpuSeconds()),
  ];
  const rounds = await measure(session, measured);
  await proveHits(url, headers, bodies, options.keysPerLookUp);
  for (const { connections } of measured) connections.close();
  await Promise.all([weir.stop(), bare.stop()]);
  const summaries = measured.map(({ name }) => summarize(name, rounds));
  const targets = hitTargets(summaries);
  print(
    `## Every key in the cache: ${options.keysPerLookUp} keys a look-up, ${options.inFlight} in flight, medians of ${options.rounds} rounds\n`,
  );
  print(`${figuresTable(summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  report(`written to ${writeResult('all-hit', { options, targets, summaries, rounds })}`);
  return targets.every(isReached);
}

function serverUnderTest(
  name: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  bodies: readonly string[],
  inFlight: number,
  cpuSeconds: () => number,
): Measured {
  return {
    name,
    connections: new PlainConnections(url, inFlight),
    requests: bodies.map((body) => requestBytes(url, headers, body)),
    cpuSeconds,
  };
}

async function measure(
  { options, report }: BenchSession,
  measured: readonly Measured[],
): Promise<readonly HitFigures[]> {
  const lookUps = options.short ? lookUpsInShortRound : lookUpsInRound;
  const figures: HitFigures[] = [];
  for (let index = 0; index < options.warmUpRounds + options.rounds; index += 1) {
    for (const server of rotate(measured, index)) {
      const beforeSeconds = server.cpuSeconds();
      const startedMs = performance.now();
      const bytes = await server.connections.run(server.requests, lookUps);
      const figure: HitFigures = {
        server: server.name,
        lookUpsPerSecond: (lookUps * 1_000) / (performance.now() - startedMs),
        cpuMicros: ((server.cpuSeconds() - beforeSeconds) * 1e6) / lookUps,
        answerBytes: bytes / lookUps,
      };
      const warmsUp = index < options.warmUpRounds;
      if (!warmsUp) figures.push(figure);
      report(
        `${warmsUp ? 'warm-up' : 'round'} ${warmsUp ? index + 1 : index + 1 - options.warmUpRounds}: ${server.name}: ` +
          `${figure.cpuMicros.toFixed(0)} CPU µs, ${figure.lookUpsPerSecond.toFixed(0)} look-ups/s`,
      );
    }
  }
  return figures;
}

function summarize(server: string, rounds: readonly HitFigures[]): HitFigures {
  const own = rounds.filter((figure) => figure.server === server);
  return {
    server,
    lookUpsPerSecond: median(own.map(({ lookUpsPerSecond }) => lookUpsPerSecond)),
    cpuMicros: median(own.map(({ cpuMicros }) => cpuMicros)),
    answerBytes: median(own.map(({ answerBytes }) => answerBytes)),
  };
}

function figuresTable(summaries: readonly HitFigures[]): string {
  return markdownTable<HitFigures>(
    [
      { title: 'server', value: ({ server }) => server },
      { title: 'CPU µs a look-up', value: ({ cpuMicros }) => cpuMicros, digits: 1 },
      { title: 'look-ups a CPU second', value: ({ cpuMicros }) => 1e6 / cpuMicros },
      { title: 'look-ups/s', value: ({ lookUpsPerSecond }) => lookUpsPerSecond },
      { title: 'bytes an answer', value: ({ answerBytes }) => answerBytes },
    ],
    summaries,
  );
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

function weirSettings(key: string): Readonly<Record<string, unknown>> {
  const keyHashes = [`sha256:${createHash('sha256').update(key).digest('hex')}`];
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'keys',
    cassandra: { embedded: { datacenters: { [datacenter]: 6 }, seedRows: products } },
    classes: { frontend: { datacenters: [datacenter] } },
    applications: {
      [application]: { class: 'frontend', keyHashes, tables: { [keyspaceAndTable]: ['read'] } },
    },
    tables: { [keyspaceAndTable]: { cache: { ttl: '1h' } } },
    cache: { size: '256MiB' },
  };
}

function productKey(index: number): string {
  return `sku-${index + 1}`;
}

function makeBodies(keysPerLookUp: number): readonly string[] {
  const random = seededRandom(1);
  return Array.from({ length: requests }, () => {
    const indexes = new Set<number>();
    while (indexes.size < keysPerLookUp) indexes.add(Math.floor(random() * products));
    return JSON.stringify({ keys: Array.from(indexes, productKey) });
  });
}

interface Answer {
  readonly results: readonly { readonly rows: readonly unknown[]; readonly source?: string }[];
  readonly meta?: { readonly cacheHits: number };
}

/** Looks every product up once. Returns the result of each as Weir writes it. */
async function fillCache(
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const http = new HttpClient(1);
  const pieces = new Map<string, string>();
  const batch = 50;
  try {
    for (let from = 0; from < products; from += batch) {
      const keys = Array.from({ length: batch }, (_, index) => productKey(from + index));
      const { results } = await ask(http, url, headers, JSON.stringify({ keys }));
      for (const [index, { rows }] of results.entries()) {
        pieces.set(keys[index] ?? '', JSON.stringify({ status: 'found', rows }));
      }
    }
  } finally {
    http.close();
  }
  return pieces;
}

/** Throws unless each key of a sample of the requests is answered by the cache. */
async function proveHits(
  url: URL,
  headers: Readonly<Record<string, string>>,
  bodies: readonly string[],
  keysPerLookUp: number,
): Promise<void> {
  const http = new HttpClient(1);
  try {
    for (const body of bodies.filter((_, index) => index % proofEvery === 0)) {
      const { results, meta } = await ask(http, url, { ...headers, 'x-debug': '1' }, body);
      const allHit = results.every(({ source }) => source === 'cache') && meta?.cacheHits === keysPerLookUp;
      if (!allHit) throw new Error(`only ${meta?.cacheHits} of ${keysPerLookUp} keys came from the cache`);
    }
  } finally {
    http.close();
  }
}

async function ask(
  http: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>>,
  request: string,
): Promise<Answer> {
  const { status, body } = await http.post(url, headers, request);
  if (status !== 200) throw new Error(`weir answered ${status}: ${body.toString('utf8', 0, 500)}`);
  return JSON.parse(body.toString()) as Answer;
}
