import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { describeCluster, nodesUnderTest } from '../bench-cluster.ts';
import { isReached, targetTable, writeResult } from '../report.ts';
import { measureRest } from '../rounds.ts';
import { type Turn, type TurnOutcome, takeTurns } from '../scan-and-write-turns.ts';
import { measureSlowScan, memoryTable, memoryTargets } from '../scan-memory.ts';
import { type ScanSummary, scanTable, scanTargets, summarizeRows } from '../scan-summary.ts';
import { fillScanTables, narrowTable, wideTable } from '../scan-tables.ts';
import { ScanTally } from '../scan-tally.ts';
import { scanSequentially, scanSplitsByAny } from '../variants/scan-driver.ts';
import type { ScanVariant } from '../variants/scan-variant.ts';
import { ScanWeir } from '../variants/scan-weir.ts';
import type { BenchSession } from './session.ts';

const standardRows = 60_000;
const rowsOfShortRun = 3_000;
const atOnce = 8;
/** As many splits as are scanned at once, and more, of which a node's end sooner. */
const targets = [atOnce, 64] as const;
const restSeconds = 10;

/** A whole table: Weir's splits against the driver used directly. Then what a slow reader makes Weir keep. */
export async function benchScans(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const rows = options.scanRows ?? (options.short ? rowsOfShortRun : standardRows);
  const cluster = await session.bareCluster();
  await fillScanTables(cluster, [narrowTable, wideTable], rows, report);
  const { restMs, turns, summaries } = await compareScans(session, cluster, rows);
  print(
    `## Scans of ${rows} rows on disk, ${nodesUnderTest(cluster).length} nodes, ${atOnce} splits at once, ` +
      `LOCAL_ONE, medians of ${options.rounds} rounds\n`,
  );
  print(`${scanTable(summaries)}\n`);
  print(`At rest the nodes use ${restMs.toFixed(0)} ms of CPU a second.\n`);
  const memory = [
    await measureSlowScan(session, cluster, narrowTable, rows),
    await measureSlowScan(session, cluster, wideTable, rows),
  ];
  print(`${memoryTable(memory)}\n`);
  const reached = [...scanTargets(`weir, ${atOnce} splits`, summaries), ...memoryTargets(memory)];
  print(`${targetTable(reached)}\n`);
  report(
    `written to ${writeResult('scans', { cluster: await describeCluster(cluster), options, rows, targets: reached, restMs, summaries, memory, turns })}`,
  );
  return reached.every(isReached);
}

async function compareScans(session: BenchSession, cluster: RunningCluster, rows: number) {
  const { options, report } = session;
  const { name: table } = narrowTable;
  const weirs = targets.map(
    (target) => new ScanWeir(cluster, { name: `weir, ${target} splits`, table, target, atOnce }),
  );
  const [first] = weirs;
  if (first === undefined) throw new Error('no Weir to tell the splits');
  const variants: readonly ScanVariant[] = [
    ...weirs,
    scanSequentially(cluster, table),
    scanSplitsByAny(cluster, table, atOnce, () => first.tellSplits()),
  ];
  return session.withVariants(variants, async () => {
    report(`measuring the nodes at rest for ${restSeconds} s`);
    const restMs = await measureRest(cluster, restSeconds);
    const turns = await takeTurns(cluster, variants, options, (variant) => scanOnce(variant, rows), report);
    const summaries: ScanSummary[] = [];
    for (const variant of variants) {
      const pagesPerScan = await variant.pagesPerScan();
      summaries.push({ ...summarizeRows(variant.name, turns, restMs), pagesPerScan });
    }
    return { restMs, turns, summaries };
  });
}

function scanOnce(variant: ScanVariant, rows: number): Turn<TurnOutcome> {
  const tally = new ScanTally(rows, narrowTable);
  return {
    run: async () => {
      const startedMs = performance.now();
      await variant.scan(tally);
      return { rows: tally.rows, durationMs: performance.now() - startedMs };
    },
    check: async () => tally.check(),
  };
}
