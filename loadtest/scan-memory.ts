import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningCluster } from '../topology/launcher/provider.ts';
import type { BenchSession } from './bench/session.ts';
import { itemColumns } from './dataset.ts';
import { requestBytes } from './plain-connections.ts';
import { markdownTable, type Target } from './report.ts';
import { jobHeaders } from './scan-and-write-weir.ts';
import { SlowReader } from './scan-slow-reader.ts';
import type { ScannedTable } from './scan-tables.ts';
import { ScanTally } from './scan-tally.ts';
import { pageSize } from './variants/scan-variant.ts';
import { ScanWeir } from './variants/scan-weir.ts';

/** What a scan that is read slowly takes in the process of Weir. Memory is what lies in RAM. */
export interface MemoryFigures {
  readonly table: string;
  /** Just started. */
  readonly freshBytes: number;
  /** After scans of a small part of the table, and a pause. */
  readonly idleBytes: number;
  /** Of the readings during the slow scan. */
  readonly mostBytes: number;
  /** That the reader took. */
  readonly rowsTaken: number;
  /** That Weir had delivered by then: the others lie in sockets, or in Weir. */
  readonly rowsDelivered: number;
  readonly rowsOfTable: number;
  /** After scans of the whole table at full speed, which came last: before, they would make any growth look small. */
  readonly fullSpeedBytes: number;
}

const mostGrowthBytes = 64 * 2 ** 20;
const rowsPerSecond = 100;
const readSeconds = 60;
const pauseSeconds = 20;
/** Of the pause, at its end. */
const idleReadings = 5;
/** Enough to have run all code, and little enough to leave the memory small: of 64 splits. */
const warmUpSplits = 4;
const warmUpScans = 3;
const fullScans = 2;
/** In a short run, which measures nothing. */
const shortSeconds = 5;
const mebibyte = 2 ** 20;

/** `VmRSS` of proc_pid_status(5), in bytes; NaN where there is none. */
export function residentBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

/** In a Weir of its own, so that nothing but these scans has filled its memory. */
export async function measureSlowScan(
  session: BenchSession,
  cluster: RunningCluster,
  table: ScannedTable,
  rows: number,
): Promise<MemoryFigures> {
  const { options, report } = session;
  const name = `weir, slow reader of ${table.name}`;
  const weir = new ScanWeir(cluster, { name, table: table.name, target: 64, atOnce: 8 });
  return session.withVariants([weir], async () => {
    const freshBytes = readMemory(weir.pid);
    for (let scan = 0; scan < warmUpScans; scan += 1) {
      await weir.scanFirst(warmUpSplits, new ScanTally(rows, table));
    }
    const pause = options.short ? shortSeconds : pauseSeconds;
    report(`${table.name}: pausing for ${pause} s`);
    await delay((pause - idleReadings) * 1_000);
    const idleBytes = Math.min(...(await readEachSecond(weir.pid, idleReadings)));
    const seconds = options.short ? shortSeconds : readSeconds;
    report(`${table.name}: reading ${rowsPerSecond} rows/s for ${seconds} s`);
    const slow = await readSlowly(weir, seconds);
    for (let scan = 0; scan < fullScans; scan += 1) await readFast(weir, table, rows);
    const fullSpeedBytes = readMemory(weir.pid);
    return { table: table.name, freshBytes, idleBytes, ...slow, rowsOfTable: rows, fullSpeedBytes };
  });
}

async function readSlowly(weir: ScanWeir, seconds: number) {
  const delivered = async (): Promise<number> => (await weir.metrics()).sum('weir_scan_rows_total');
  const before = await delivered();
  const reader = new SlowReader(weir.scanUrl, slowRequest(weir.scanUrl), rowsPerSecond);
  reader.start();
  try {
    const mostBytes = Math.max(...(await readEachSecond(weir.pid, seconds)));
    reader.check();
    return { mostBytes, rowsTaken: reader.lines, rowsDelivered: (await delivered()) - before };
  } finally {
    reader.stop();
  }
}

async function readFast(weir: ScanWeir, table: ScannedTable, rows: number): Promise<void> {
  const tally = new ScanTally(rows, table);
  await weir.scan(tally);
  tally.check();
}

function slowRequest(url: URL): Buffer {
  return requestBytes(url, jobHeaders, JSON.stringify({ columns: itemColumns, pageSize }));
}

async function readEachSecond(pid: number, seconds: number): Promise<readonly number[]> {
  const readings: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    await delay(1_000);
    readings.push(readMemory(pid));
  }
  return readings;
}

function readMemory(pid: number): number {
  return residentBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

export function memoryTargets(figures: readonly MemoryFigures[]): readonly Target[] {
  return figures.flatMap(({ table, idleBytes, mostBytes, rowsDelivered, rowsOfTable }): Target[] => [
    {
      name: `MiB above idle while ${table} is read slowly`,
      measured: (mostBytes - idleBytes) / mebibyte,
      bound: mostGrowthBytes / mebibyte,
      kind: 'at most',
      digits: 1,
    },
    {
      // A table that fits into the sockets shows nothing of what Weir would keep.
      name: `rows of ${table} that Weir had delivered by then`,
      measured: rowsDelivered,
      bound: rowsOfTable,
      kind: 'below',
      digits: 0,
    },
  ]);
}

export function memoryTable(figures: readonly MemoryFigures[]): string {
  return markdownTable<MemoryFigures>(
    [
      { title: 'table', value: ({ table }) => table },
      { title: 'started MiB', value: ({ freshBytes }) => freshBytes / mebibyte },
      { title: 'idle MiB', value: ({ idleBytes }) => idleBytes / mebibyte },
      { title: 'most MiB', value: ({ mostBytes }) => mostBytes / mebibyte },
      { title: 'rows taken', value: ({ rowsTaken }) => rowsTaken },
      { title: 'rows delivered', value: ({ rowsDelivered }) => rowsDelivered },
      { title: 'rows of the table', value: ({ rowsOfTable }) => rowsOfTable },
      { title: 'MiB after full speed', value: ({ fullSpeedBytes }) => fullSpeedBytes / mebibyte },
    ],
    figures,
  );
}
