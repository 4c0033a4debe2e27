import { runBenchScript } from '../bench-script.ts';
import { isReached, markdownTable, type Target, targetTable, writeResult } from '../report.ts';
import type { BenchSession } from './session.ts';

/** As `test/bench/cache-store.ts` prints it. */
interface CacheStoreResult {
  readonly candidate: string;
  readonly rows: number;
  readonly rowCharacters: number;
  readonly filling: Pauses & { readonly putMicros: number };
  readonly memory: { readonly rssPerRow: number; readonly heapPerRow: number; readonly saidPerRow?: number };
  readonly lookUpMicros: number;
  readonly joinMicros: number;
  readonly steady: Pauses & { readonly hitShare: number; readonly findOrPutMicros: number };
}

interface Pauses {
  readonly longestGcMs: number;
  readonly p99GcMs: number;
  readonly gcMs: number;
  readonly longestStallMs: number;
}

/** Most of the JavaScript heap that each takes for a row; V8's own limit where it takes next to none. */
const heapBytesPerRow: Readonly<Record<string, number>> = {
  strings: 1_400,
  buffers: 1_400,
  'lru-cache and slabs': 400,
  slabs: 0,
};
/** Of Weir's own store. */
const chosen = 'slabs';
export const cacheStoreNames: readonly string[] = Object.keys(heapBytesPerRow);

const timeoutMs = 1_800_000;
const standardRows = 1_000_000;
const mebibyte = 2 ** 20;
/** With its share of the index. */
const slabBytesPerRow = 560;
/** What is said to be taken may differ so far from what is. */
const mostDifference = 0.15;

/** Ways to keep cached rows, each in a process of its own, one after the other. */
export async function benchCacheStore({ options, print, report }: BenchSession): Promise<boolean> {
  const { storeRows = standardRows, storeBytes, stores = cacheStoreNames } = options;
  const rows = storeBytes === undefined ? storeRows : Math.floor(storeBytes / slabBytesPerRow);
  const results: CacheStoreResult[] = [];
  for (const name of stores) {
    report(`measuring ${name} with ${rows} rows`);
    results.push(await runCandidate(name, rows));
  }
  print('## Stores of cached rows\n');
  print(`${memoryTable(results)}\n`);
  print(`${pauseTable(results)}\n`);
  const targets = targetsOf(results);
  if (targets.length > 0) print(`${targetTable(targets)}\n`);
  report(`written to ${writeResult('cache-store', { rows, targets, results })}`);
  return targets.every(isReached);
}

function targetsOf(results: readonly CacheStoreResult[]): readonly Target[] {
  const memory = results.find(({ candidate }) => candidate === chosen)?.memory;
  if (memory?.saidPerRow === undefined) return [];
  const difference = Math.abs(memory.rssPerRow / memory.saidPerRow - 1);
  return [
    {
      name: 'memory taken, beside what the store says',
      measured: difference,
      bound: mostDifference,
      kind: 'at most',
      digits: 2,
    },
  ];
}

function memoryTable(results: readonly CacheStoreResult[]): string {
  return markdownTable<CacheStoreResult>(
    [
      { title: 'store', value: ({ candidate }) => candidate },
      { title: 'rows', value: ({ rows }) => rows },
      { title: 'characters', value: ({ rowCharacters }) => rowCharacters },
      { title: 'resident bytes a row', value: ({ memory }) => memory.rssPerRow },
      { title: 'of the heap', value: ({ memory }) => memory.heapPerRow },
      { title: 'as it says', value: ({ memory }) => memory.saidPerRow },
      { title: 'put µs', value: ({ filling }) => filling.putMicros, digits: 2 },
      { title: '50 found and joined µs', value: ({ lookUpMicros }) => lookUpMicros, digits: 1 },
      { title: '50 joined µs', value: ({ joinMicros }) => joinMicros, digits: 1 },
      { title: 'hits by Zipf %', value: ({ steady }) => steady.hitShare * 100, digits: 1 },
    ],
    results,
  );
}

function pauseTable(results: readonly CacheStoreResult[]): string {
  const rows = results.flatMap(({ candidate, filling, steady }) => [
    { candidate, phase: 'filling', pauses: filling },
    { candidate, phase: 'finding and putting', pauses: steady },
  ]);
  return markdownTable<(typeof rows)[number]>(
    [
      { title: 'store', value: ({ candidate }) => candidate },
      { title: 'while', value: ({ phase }) => phase },
      { title: 'longest collection ms', value: ({ pauses }) => pauses.longestGcMs, digits: 1 },
      { title: 'p99 of them ms', value: ({ pauses }) => pauses.p99GcMs, digits: 1 },
      { title: 'all together ms', value: ({ pauses }) => pauses.gcMs },
      { title: 'longest stall ms', value: ({ pauses }) => pauses.longestStallMs, digits: 1 },
    ],
    rows,
  );
}

function runCandidate(name: string, rows: number): Promise<CacheStoreResult> {
  const heapMebibytes = Math.ceil((rows * (heapBytesPerRow[name] ?? 0)) / mebibyte);
  const heap = heapMebibytes > 0 ? [`--max-old-space-size=${heapMebibytes + 1_024}`] : [];
  const nodeArgs = ['--expose-gc', ...heap];
  return runBenchScript<CacheStoreResult>('cache-store.ts', [name, rows], { timeoutMs, nodeArgs });
}
