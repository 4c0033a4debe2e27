import { describe, expect, it } from 'vitest';
import { itemOf } from '../../../loadtest/dataset.ts';
import { isReached } from '../../../loadtest/report.ts';
import { writtenRows } from '../../../loadtest/variants/write-weir.ts';
import {
  leastCostly,
  summarizeWrites,
  type WriteSummary,
  writeTable,
  writeTargets,
} from '../../../loadtest/write-summary.ts';
import { writeAll, writesOfRound } from '../../../loadtest/write-turns.ts';

const plan = { lookUps: 6, keysPerLookUp: 5 };

describe('the writes of a round', () => {
  it('are the same for all variants, but for the mark of the turn', () => {
    const [first, second] = [writesOfRound(plan, 1, 10), writesOfRound(plan, 1, 11)];
    expect(first).toHaveLength(6);
    for (const [index, rows] of first.entries()) {
      expect(new Set(rows.map(({ id }) => id)).size).toBe(5);
      expect(rows.map((row) => ({ ...row, stock: 11 }))).toEqual(second[index]);
      for (const row of rows) expect(row).toEqual({ ...itemOf(row.id), stock: 10 });
    }
  });

  it('are others in another round', () => {
    expect(writesOfRound(plan, 1, 1)).not.toEqual(writesOfRound(plan, 2, 1));
  });
});

describe('a turn of writes', () => {
  it('sends each once, so many at a time, and counts the rows that failed', async () => {
    const writes = writesOfRound(plan, 1, 1);
    const seen: unknown[] = [];
    let [underWay, most] = [0, 0];
    const write = async (rows: (typeof writes)[number]): Promise<number> => {
      seen.push(rows);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return rows === writes[2] ? 3 : 0;
    };
    const outcome = await writeAll({ write }, writes, 2);
    expect(seen).toEqual(writes);
    expect(most).toBe(2);
    expect(outcome).toMatchObject({ rows: 30, failedRows: 3 });
    expect(outcome.p95Ms).toBeGreaterThanOrEqual(outcome.p50Ms);
  });
});

describe('the rows that Weir has written', () => {
  it.each<[number, string, number]>([
    [200, '{"results":[],"summary":{"written":50,"error":0,"unprocessed":0}}', 50],
    [200, '{"results":[],"summary":{"written":48,"error":2,"unprocessed":0}}', 48],
    [503, '{"type":"/problems/overload","summary":{"written":0}}', 0],
    [200, 'anything else', 0],
  ])('of status %d and %s are %d', (status, answer, rows) => {
    expect(writtenRows(status, answer)).toBe(rows);
  });
});

function summaryOf(variant: string, cassandraMicros: number, failed: readonly number[] = [0]): WriteSummary {
  const turns = failed.map((failedRows, index) => ({
    variant,
    round: index + 1,
    rows: 1_000,
    durationMs: 100,
    rowsPerSecond: 10_000,
    cassandraMicros,
    busiestOverMean: 1,
    proxyMicros: 0,
    clientMicros: 5,
    p50Ms: index + 1,
    p95Ms: (index + 1) * 10,
    failedRows,
  }));
  return summarizeWrites(variant, turns, 0);
}

describe('the summary of writes', () => {
  it('has the medians of latencies, and all rows that failed', () => {
    expect(summaryOf('weir', 50, [1, 0, 2])).toMatchObject({ p50Ms: 2, p95Ms: 20, failedRows: 3 });
  });

  it('shows a variant a line', () => {
    const lines = writeTable([summaryOf('weir', 50), summaryOf('batch-any', 60, [4])]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^\| batch-any .* 4 \|$/);
  });

  it('tells which takes least of the cluster', () => {
    expect(leastCostly([summaryOf('a', 60), summaryOf('b', 40)])).toBe(
      "Least of Cassandra's CPU takes b; a 1.50 times as much.",
    );
  });

  it('is of no use where rows have failed', () => {
    const targets = writeTargets([summaryOf('a', 60), summaryOf('b', 40, [0, 1])]);
    expect(targets.map(isReached)).toEqual([true, false]);
  });
});
