/**
 * What it takes to keep cached rows: memory, pauses, and CPU time of finding and putting.
 *
 * `node --expose-gc test/bench/cache-store.ts <candidate> <rows>` prints one line of JSON.
 */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { StoredRead } from '../../src/core/cache/row-store.ts';
import { type CacheCandidate, cacheCandidates, selection } from './cache-candidates.ts';

export interface CacheStoreBench {
  readonly candidate: string;
  readonly rows: number;
  readonly rowCharacters: number;
  readonly filling: Pauses & { readonly putMicros: number };
  /** Beyond what the process had before, after a collection. */
  readonly memory: { readonly rssPerRow: number; readonly heapPerRow: number; readonly saidPerRow?: number };
  /** 50 rows found by Zipf's law and joined to an answer of bytes; median of the rounds. */
  readonly lookUpMicros: number;
  readonly joinMicros: number;
  /** Finds by Zipf's law over all rows, of which so many fit as `rows` says; each miss is put. */
  readonly steady: Pauses & { readonly hitShare: number; readonly findOrPutMicros: number };
}

interface Pauses {
  readonly longestGcMs: number;
  readonly p99GcMs: number;
  readonly gcMs: number;
  readonly longestStallMs: number;
}

const keysPerLookUp = 50;
const lookUpsPerRound = 400;
const rounds = 11;
const batch = 500;
const exponent = 0.99;
/** Of all rows, so many fit. */
const cachedShare = 0.35;
const steadyFinds = 2_000_000;
const titleLength = 384;

export async function benchCacheStore(candidate: string, rows: number): Promise<CacheStoreBench> {
  const create = cacheCandidates[candidate];
  if (create === undefined)
    throw new Error(`${candidate}: not one of ${Object.keys(cacheCandidates).join(', ')}`);
  const makeMicros = measureMaking();
  const allRows = Math.round(rows / cachedShare);
  const drawn = drawRanks(allRows, 1 << 20);
  globalThis.gc?.();
  const before = process.memoryUsage();
  const store = create(rows);
  const filling = await watch(async () => {
    const micros = await inBatches(rows, (rank) =>
      store.put(partitionOf(idOf(rank, allRows)), readOf(idOf(rank, allRows))),
    );
    return { putMicros: round(micros - makeMicros) };
  });
  globalThis.gc?.();
  const after = process.memoryUsage();
  const said = store.bytes();
  const kept = store.partitions();
  const memory = {
    rssPerRow: round((after.rss - before.rss) / kept),
    heapPerRow: round((after.heapUsed - before.heapUsed) / kept),
    ...(said === undefined ? {} : { saidPerRow: round(said / kept) }),
  };
  const { lookUpMicros, joinMicros } = measureLookUps(store, drawn, rows, allRows);
  const steady = await watch(async () => {
    let hits = 0;
    const find = (count: number): void => {
      const id = idOf(drawn[count % drawn.length] ?? 0, allRows);
      const partition = partitionOf(id);
      if (store.rows(partition) === undefined) store.put(partition, readOf(id));
      else hits += 1;
    };
    const micros = await inBatches(steadyFinds, find);
    return { hitShare: round(hits / steadyFinds, 3), findOrPutMicros: round(micros) };
  });
  const rowCharacters = readOf(1).rows[0]?.length ?? 0;
  return { candidate, rows: kept, rowCharacters, filling, memory, lookUpMicros, joinMicros, steady };
}

/** CPU time of a task in microseconds, with turns of the event loop between, as in a server. */
async function inBatches(count: number, task: (index: number) => void): Promise<number> {
  const start = process.cpuUsage();
  for (let index = 0; index < count; ) {
    for (const end = Math.min(count, index + batch); index < end; index += 1) task(index);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}

async function watch<Result>(task: () => Promise<Result>): Promise<Result & Pauses> {
  const pauses: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) pauses.push(duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const result = await task();
  await new Promise((resolve) => setImmediate(resolve));
  delay.disable();
  observer.disconnect();
  pauses.sort((a, b) => a - b);
  return {
    ...result,
    longestGcMs: round(pauses.at(-1) ?? 0),
    p99GcMs: round(pauses[Math.ceil(pauses.length * 0.99) - 1] ?? 0),
    gcMs: Math.round(pauses.reduce((sum, pause) => sum + pause, 0)),
    longestStallMs: round(delay.max / 1e6),
  };
}

/** Beside what the same answers cost where the rows are at hand as strings: the rest is the store's. */
function measureLookUps(store: CacheCandidate, drawn: Int32Array, rows: number, allRows: number) {
  // Names and rows as a request would bring them, made beforehand.
  const ids = Array.from(drawn.filter((rank) => rank < rows).slice(0, keysPerLookUp * lookUpsPerRound));
  const partitions = ids.map((rank) => partitionOf(idOf(rank, allRows)));
  const texts = ids.map((rank) => readOf(idOf(rank, allRows)).rows);
  const measure = (rowsOf: (index: number) => readonly string[] | undefined): number => {
    const start = process.cpuUsage();
    for (let first = 0; first + keysPerLookUp <= ids.length; first += keysPerLookUp) {
      const pieces: string[] = [];
      for (let key = 0; key < keysPerLookUp; key += 1) pieces.push(rowsOf(first + key)?.join(',') ?? '');
      sink = (sink + Buffer.from(`{"results":[${pieces.join(',')}]}`).length) | 0;
    }
    const { user, system } = process.cpuUsage(start);
    return ((user + system) * keysPerLookUp) / ids.length;
  };
  const lookUps: number[] = [];
  const joins: number[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    lookUps.push(measure((index) => store.rows(partitions[index] ?? '')));
    joins.push(measure((index) => texts[index]));
  }
  return { lookUpMicros: round(medianOf(lookUps)), joinMicros: round(medianOf(joins)) };
}

/** The results are summed, else the compiler may leave the work out. */
let sink = 0;

function measureMaking(): number {
  const count = 200_000;
  const make = (): number => {
    const start = process.cpuUsage();
    for (let id = 0; id < count; id += 1) {
      sink = (sink + partitionOf(id).length + (readOf(id).rows[0]?.length ?? 0)) | 0;
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / count;
  };
  return medianOf([make(), make(), make()]);
}

/** Scattered, so that what is popular does not lie together. The factor is a prime larger than any number of rows. */
function idOf(rank: number, allRows: number): number {
  return Number((BigInt(rank) * 1_000_000_007n) % BigInt(allRows));
}

/** A UUID as its 16 bytes, behind the number of a table. */
function partitionOf(id: number): string {
  const bytes = Buffer.alloc(16, 0xe7);
  bytes.writeDoubleBE(id, 4);
  return `12:${bytes.toString('latin1')}`;
}

function readOf(id: number): StoredRead {
  const row = JSON.stringify({
    id: `item-${id}`,
    price: id * 7,
    title: filler.slice(id % 64, (id % 64) + titleLength),
    stock: id % 100,
  });
  return {
    selection,
    clustering: '',
    limit: 1_000,
    consistency: 'LOCAL_ONE',
    datacenter: 'dc1',
    readAtMs: id + 0.5,
    freshUntilMs: id + 60_000.5,
    usableUntilMs: id + 90_000.5,
    rows: [row],
    truncated: false,
  };
}

const filler = 'The quick brown fox jumps over the lazy dog. '.repeat(12);

/** Ranks from 0, the most popular first. Source: Gray et al., "Quickly generating billion-record synthetic databases" (1994). */
function drawRanks(count: number, draws: number): Int32Array {
  let zeta = 0;
  for (let rank = 1; rank <= count; rank += 1) zeta += 1 / rank ** exponent;
  const alpha = 1 / (1 - exponent);
  const eta = (1 - (2 / count) ** (1 - exponent)) / (1 - (1 + 0.5 ** exponent) / zeta);
  let state = 1;
  return Int32Array.from({ length: draws }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const uniform = (state >>> 0) / 2 ** 32;
    if (uniform * zeta < 1) return 0;
    if (uniform * zeta < 1 + 0.5 ** exponent) return 1;
    return Math.min(count - 1, Math.floor(count * (eta * uniform - eta + 1) ** alpha));
  });
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >>> 1] ?? Number.NaN;
}

function round(value: number, digits = 2): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

if (import.meta.main) {
  const [candidate = '', rows = '1000000'] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await benchCacheStore(candidate, Number(rows)))}\n`);
}
