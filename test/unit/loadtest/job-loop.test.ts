import { describe, expect, it } from 'vitest';
import type { Item } from '../../../loadtest/dataset.ts';
import { JobLoop } from '../../../loadtest/job-loop.ts';
import type { JobSplit, JobWork } from '../../../loadtest/job-work.ts';

const splits: readonly JobSplit[] = ['a', 'b', 'c'].map((name) => ({ start: name, end: name }));
const plan = { scans: 2, writers: 1, rowsPerWrite: 50 };

/** Runs until so many scans and writes were asked for. */
async function run(work: Partial<JobWork>, most: number, over: Partial<typeof plan> = {}) {
  const scanned: string[] = [];
  const written: (readonly Item[])[] = [];
  const waits: number[] = [];
  const loop = new JobLoop(
    {
      scan: async (split, onRows) => {
        scanned.push(split.start);
        await (work.scan?.(split, onRows) ?? onRows(10));
      },
      write: async (rows) => {
        written.push(rows);
        return work.write?.(rows) ?? { written: rows.length };
      },
    },
    splits,
    { ...plan, ...over },
    async (durationMs) => void waits.push(durationMs),
  );
  await loop.run(() => scanned.length + written.length >= most);
  return { scanned, written, waits, counts: loop.counts };
}

describe('the loop of a job', () => {
  it('scans one split after another, and begins anew', async () => {
    const { scanned, counts } = await run({}, 7, { scans: 1, writers: 0 });
    expect(scanned).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
    expect(counts).toEqual({ scannedRows: 70, writtenRows: 0, failures: 0 });
  });

  it('keeps as many scans and writes under way as it is told', async () => {
    let [now, most] = [0, 0];
    const busy = async (): Promise<void> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    const write = async () => {
      await busy();
      return { written: 0 };
    };
    await run({ scan: busy, write }, 40, { scans: 8, writers: 4 });
    expect(most).toBe(12);
  });

  it('writes rows of its own, no two of a write the same', async () => {
    const { written, counts } = await run({}, 3, { scans: 0 });
    const ids = written.flatMap((rows) => rows.map(({ id }) => id));
    expect(new Set(ids).size).toBe(150);
    expect(ids.every((id) => id.startsWith('report-'))).toBe(true);
    expect(counts.writtenRows).toBe(150);
  });

  it('counts what a limit let through, and waits as long as it is told', async () => {
    const write = async () => ({ written: 20, retryAfterMs: 340 });
    const { waits, counts } = await run({ write }, 2, { scans: 0 });
    expect(counts).toEqual({ scannedRows: 0, writtenRows: 40, failures: 0 });
    expect(waits).toEqual([340, 340]);
  });

  it('goes on after a failure, not at once, and tells of the first', async () => {
    let scans = 0;
    const scan = () => Promise.reject(new Error(`failure ${++scans}`));
    const { counts, waits } = await run({ scan }, 3, { scans: 1, writers: 0 });
    expect(counts).toMatchObject({ failures: 3, firstFailure: 'failure 1', scannedRows: 0 });
    expect(waits).toHaveLength(3);
  });

  it('refuses to have nothing to scan', () => {
    expect(
      () => new JobLoop({ scan: async () => {}, write: async () => ({ written: 0 }) }, [], plan),
    ).toThrow('nothing to scan');
  });
});
