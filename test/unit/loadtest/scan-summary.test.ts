import { describe, expect, it } from 'vitest';
import { isReached } from '../../../loadtest/report.ts';
import type { TurnFigures } from '../../../loadtest/scan-and-write-turns.ts';
import { memoryTargets } from '../../../loadtest/scan-memory.ts';
import { type ScanSummary, scanTable, scanTargets, summarizeRows } from '../../../loadtest/scan-summary.ts';

function turn(variant: string, told: Partial<TurnFigures>): TurnFigures {
  return {
    variant,
    round: 1,
    rows: 1_000,
    rowsPerSecond: 10_000,
    cassandraMicros: 50,
    busiestOverMean: 1,
    proxyMicros: 0,
    clientMicros: 5,
    ...told,
  };
}

function summaryOf(variant: string, cassandraMicros: number, rowsPerSecond: number): ScanSummary {
  const summary = summarizeRows(variant, [turn(variant, { cassandraMicros, rowsPerSecond })], 0);
  return { ...summary, pagesPerScan: 60 };
}

describe('a summary of turns', () => {
  it('takes the median of each figure over the turns of the variant', () => {
    const turns = [3, 1, 2].map((n) => turn('weir', { cassandraMicros: n, rowsPerSecond: n * 100 }));
    const summary = summarizeRows('weir', [...turns, turn('other', {})], 0);
    expect(summary).toMatchObject({ variant: 'weir', cassandraMicros: 2, rowsPerSecond: 200 });
  });

  it('takes off the share of the nodes at rest by the rows that share a second', () => {
    const turns = [turn('weir', { cassandraMicros: 50, rowsPerSecond: 10_000 })];
    // 200 ms a second for 10,000 rows are 20 µs a row.
    expect(summarizeRows('weir', turns, 200).netMicros).toBeCloseTo(30, 9);
  });
});

describe('the table of scans', () => {
  it('tells what Weir takes of each of the others', () => {
    const table = scanTable([
      summaryOf('weir', 40, 30_000),
      summaryOf('eachRow', 50, 15_000),
      summaryOf('splits-any', 80, 20_000),
    ]);
    const [weir = ''] = table.split('\n').filter((line) => line.startsWith('| weir'));
    expect(
      weir
        .split('|')
        .map((cell) => cell.trim())
        .slice(-6, -1),
    ).toEqual(['60', '0.80', '2.00', '0.50', '1.50']);
  });
});

describe('the targets of scans', () => {
  it.each<[number, number, readonly boolean[], string]>([
    [40, 15_000, [true, true], 'exactly the bounds'],
    [40.5, 15_000, [false, true], 'too much processor time'],
    [40, 14_900, [true, false], 'too slow'],
  ])('with %d µs and %d rows/s are %j: %s', (cassandraMicros, rowsPerSecond, reached) => {
    const summaries = [summaryOf('weir', cassandraMicros, rowsPerSecond), summaryOf('eachRow', 50, 10_000)];
    expect(scanTargets('weir', summaries).map(isReached)).toEqual(reached);
  });

  it('are missed when Weir was not measured', () => {
    expect(scanTargets('weir', [summaryOf('eachRow', 50, 10_000)]).map(isReached)).toEqual([false, false]);
  });

  it.each<[number, number, readonly boolean[], string]>([
    [64, 20_000, [true, true], 'exactly the bound'],
    [64.1, 20_000, [false, true], 'too much memory'],
    [1, 60_000, [true, false], 'a table that was too small to show anything'],
  ])('with %d MiB above idle and %d rows delivered are %j: %s', (growthMiB, rowsDelivered, reached) => {
    const figures = {
      table: 'scan_items',
      freshBytes: 0,
      idleBytes: 100 * 2 ** 20,
      mostBytes: (100 + growthMiB) * 2 ** 20,
      rowsTaken: 6_000,
      rowsDelivered,
      rowsOfTable: 60_000,
      fullSpeedBytes: 0,
    };
    expect(memoryTargets([figures]).map(isReached)).toEqual(reached);
  });
});
