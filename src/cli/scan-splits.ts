import type { ScanResult, ScanTask } from './scan-run.ts';

/** What became of the ranges that were begun, in their order. */
export interface SplitResult {
  readonly task: ScanTask;
  readonly result: ScanResult;
}

/**
 * Scans ranges in order, at most `parallel` at once. After the first that is not complete no further one begins, and
 * `abort` is called for those under way. Rejects with whatever a scan rejects with.
 */
export async function scanSplits(
  tasks: readonly ScanTask[],
  parallel: number,
  scan: (task: ScanTask) => Promise<ScanResult>,
  abort: () => void,
): Promise<readonly SplitResult[]> {
  const results: SplitResult[] = [];
  let next = 0;
  let isOver = false;
  const work = async (): Promise<void> => {
    while (!isOver) {
      const place = next;
      const task = tasks[place];
      if (task === undefined) return;
      next += 1;
      const result = await scan(task);
      results[place] = { task, result };
      if (result.kind === 'complete') continue;
      isOver = true;
      abort();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, tasks.length) }, work));
  } finally {
    isOver = true;
    abort();
  }
  return results;
}
