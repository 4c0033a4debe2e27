import { describe, expect, it } from 'vitest';
import {
  figuresOf,
  type IsolationSummary,
  isolationNames,
  isolationTargets,
  jobShare,
  p95OverTime,
  ratePerSecond,
  summarizeIsolation,
} from '../../../loadtest/isolation-summary.ts';
import type { JobSample } from '../../../loadtest/job-run.ts';
import { isReached } from '../../../loadtest/report.ts';
import { isolationTurn } from './isolation-turns.ts';

function sample(atMs: number, scannedRows: number, writtenRows = 0): JobSample {
  return { atMs, scannedRows, writtenRows, failures: 0 };
}

describe('the figures of a turn', () => {
  it('leave out what was before the job, and while it settled', () => {
    // Alone 1 s, settling 1 s, judged 2 s; one look-up each 100 ms.
    const turn = isolationTurn({ latencyMs: (atMs) => (atMs < 1_000 ? 900 : 10 + atMs / 1_000) });
    const { p50Ms, p95Ms, p99Ms } = figuresOf(turn);
    expect(p50Ms).toBeCloseTo(11.95);
    expect(p95Ms).toBeCloseTo(12.85);
    expect(p99Ms).toBeCloseTo(12.95);
  });

  it('count only the judged look-ups that failed', () => {
    const { dueMs } = isolationTurn({});
    const failed = [0, 15, dueMs.findIndex((atMs) => atMs >= 1_000), dueMs.length - 1];
    expect(figuresOf(isolationTurn({ failed })).failed).toBe(2);
  });

  it('tell what the job did while it was judged', () => {
    const job = [sample(0, 0), sample(1_000, 500, 10), sample(2_000, 2_500, 110), sample(3_000, 4_500, 210)];
    const { scanned, written } = figuresOf(isolationTurn({ job }));
    expect(scanned).toBe(2_000);
    expect(written).toBe(100);
  });

  it('count a cut for each reading below the one before, once the job is there', () => {
    const reading = (atMs: number, factor: number) => ({ atMs, factor, phase: 'hold' });
    const guard = [
      reading(-900, 1),
      reading(-100, 0.9),
      reading(500, 0.7),
      reading(1_500, 0.7),
      reading(2_000, 0.8),
      reading(2_500, 0.5),
    ];
    const { cuts, meanFactor } = figuresOf(isolationTurn({ guard }));
    expect(cuts).toBe(2);
    expect(meanFactor).toBeCloseTo((0.7 + 0.8 + 0.5) / 3);
  });
});

describe('the rate of a job', () => {
  it('is measured between the samples inside, at the instants when they came', () => {
    const samples = [sample(0, 0), sample(1_100, 110), sample(2_900, 470), sample(5_000, 9_999)];
    expect(ratePerSecond(samples, ({ scannedRows }) => scannedRows, 1_000, 3_000)).toBeCloseTo(200);
  });

  it('is 0 without a job', () => {
    expect(ratePerSecond([], ({ scannedRows }) => scannedRows, 0, 1_000)).toBe(0);
  });

  it('of scans and of writes count alike', () => {
    expect(jobShare({ scanned: 500, written: 90 }, { scanned: 1_000, written: 100 })).toBeCloseTo(0.7);
  });
});

describe('the p95 over time', () => {
  it('is that of the look-ups due in each stretch, from the beginning of the turn', () => {
    const turn = isolationTurn({ latencyMs: (atMs) => (atMs < 0 ? 5 : 50) });
    expect(p95OverTime(turn, 1_000)).toEqual([
      { atMs: -500, p95Ms: 5 },
      { atMs: 500, p95Ms: 50 },
      { atMs: 1_500, p95Ms: 50 },
      { atMs: 2_500, p95Ms: 50 },
    ]);
  });
});

describe('the summary', () => {
  it('is the median of the rounds, and adds up what failed', () => {
    const turns = [10, 30, 20].map((latencyMs, index) =>
      isolationTurn({
        variant: isolationNames.guard,
        round: index + 1,
        latencyMs: () => latencyMs,
        failed: [35],
      }),
    );
    const other = isolationTurn({ variant: isolationNames.alone, latencyMs: () => 1 });
    const [guard] = summarizeIsolation([isolationNames.guard], [...turns, other]);
    expect(guard).toMatchObject({ variant: isolationNames.guard, p95Ms: 20, failed: 3 });
  });
});

describe('the targets of isolation', () => {
  const figures = {
    p50Ms: 5,
    p95Ms: 10,
    p99Ms: 20,
    failed: 0,
    scanned: 1_000,
    written: 100,
    jobFailures: 0,
    meanFactor: 1,
    cuts: 0,
    lateMs: 0,
  };
  function missed(guard: Partial<IsolationSummary>, straight: Partial<IsolationSummary> = {}) {
    const summaries = [
      { ...figures, variant: isolationNames.alone },
      { ...figures, variant: isolationNames.straight, ...straight },
      { ...figures, variant: isolationNames.fixed },
      { ...figures, variant: isolationNames.guard, p95Ms: 13, scanned: 600, written: 60, ...guard },
    ];
    return isolationTargets(summaries)
      .filter((target) => !isReached(target))
      .map(({ name }) => name);
  }

  it('are reached on their bounds, whatever a job does that goes past Weir', () => {
    expect(missed({}, { p95Ms: 900, failed: 77 })).toEqual([]);
  });

  it.each<[Partial<IsolationSummary>, string]>([
    [{ p95Ms: 13.1 }, 'front-end p95 with the guard ÷ alone'],
    [{ scanned: 500 }, 'job with the guard ÷ at the best fixed limit'],
    [{ failed: 1 }, 'failed look-ups, job straight on Cassandra left out'],
  ])('with %j miss "%s"', (guard, target) => {
    expect(missed(guard)).toEqual([target]);
  });

  it('are missed when nothing was measured', () => {
    expect(isolationTargets([]).filter(isReached)).toEqual([]);
  });
});
