import type { ProblemSlug } from '../errors.ts';

/**
 * What became of one row. `error`: no owner has acknowledged it; unless nobody could be asked, it may be written all the
 * same. `unprocessed`: never sent.
 */
export type RowOutcome =
  | { readonly status: 'written' }
  | { readonly status: 'error'; readonly problem: ProblemSlug }
  | { readonly status: 'unprocessed'; readonly reason: 'quota' | 'deadline' | 'overload' };

export interface RowCounts {
  readonly written: number;
  readonly error: number;
  readonly unprocessed: number;
}

export function countRows(outcomes: readonly RowOutcome[]): RowCounts {
  const counts = { written: 0, error: 0, unprocessed: 0 };
  for (const { status } of outcomes) counts[status] += 1;
  return counts;
}
