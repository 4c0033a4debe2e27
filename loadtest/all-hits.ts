/** Look-ups of which the cache answers every key, and servers that are measured with them. */
import { createHash } from 'node:crypto';
import type { BenchSession } from './bench/session.ts';
import { HttpClient } from './http-client.ts';
import { PlainConnections, requestBytes } from './plain-connections.ts';
import { seededRandom } from './random.ts';
import { markdownTable } from './report.ts';
import { rotate } from './rounds.ts';
import { median } from './statistics.ts';

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
export const hitPath = '/v1/shop/products/lookup';
const datacenter = 'us-east-1-frontend';

/** A server that is measured: where its requests go, and what it has used. */
export interface MeasuredServer {
  readonly name: string;
  readonly connections: PlainConnections;
  readonly requests: readonly Buffer[];
  readonly cpuSeconds: () => number;
}

export interface HitFigures {
  readonly server: string;
  readonly lookUpsPerSecond: number;
  /** Processor time of the server, all threads. */
  readonly cpuMicros: number;
  readonly answerBytes: number;
}

export function serverUnderTest(
  name: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  bodies: readonly string[],
  inFlight: number,
  cpuSeconds: () => number,
): MeasuredServer {
  return {
    name,
    connections: new PlainConnections(url, inFlight),
    requests: bodies.map((body) => requestBytes(url, headers, body)),
    cpuSeconds,
  };
}

export async function measureServers(
  { options, report }: BenchSession,
  measured: readonly MeasuredServer[],
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

export function summarizeServer(server: string, rounds: readonly HitFigures[]): HitFigures {
  const own = rounds.filter((figure) => figure.server === server);
  return {
    server,
    lookUpsPerSecond: median(own.map(({ lookUpsPerSecond }) => lookUpsPerSecond)),
    cpuMicros: median(own.map(({ cpuMicros }) => cpuMicros)),
    answerBytes: median(own.map(({ answerBytes }) => answerBytes)),
  };
}

export function hitFiguresTable(summaries: readonly HitFigures[]): string {
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

/** One application with a key, and all products cached; `own` is added to what the application has, `beside` to the rest. */
export function hitSettings(
  key: string,
  own: Readonly<Record<string, unknown>> = {},
  beside: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const keyHashes = [`sha256:${createHash('sha256').update(key).digest('hex')}`];
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'keys',
    cassandra: { embedded: { datacenters: { [datacenter]: 6 }, seedRows: products } },
    classes: { frontend: { datacenters: [datacenter] } },
    applications: {
      [application]: { class: 'frontend', keyHashes, tables: { [keyspaceAndTable]: ['read'] }, ...own },
    },
    tables: { [keyspaceAndTable]: { cache: { ttl: '1h' } } },
    cache: { size: '256MiB' },
    ...beside,
  };
}

function productKey(index: number): string {
  return `sku-${index + 1}`;
}

export function hitBodies(keysPerLookUp: number): readonly string[] {
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
export async function fillCache(
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
export async function proveHits(
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
