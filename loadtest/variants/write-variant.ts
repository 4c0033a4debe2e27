import type { Item } from '../dataset.ts';
import type { RowVariant } from '../scan-and-write-turns.ts';

/**
 * One way of writing rows, at consistency LOCAL_QUORUM and with the timestamp of whoever is asked: Weir, or the
 * driver.
 */
export interface WriteVariant extends RowVariant {
  /** Resolves with the rows that were not acknowledged; never rejects. */
  write(items: readonly Item[]): Promise<number>;
  /** Why the first of them was not. */
  readonly firstFault: string | undefined;
}
