import type { RowChange } from '../../core/ports.ts';

/** A node refuses a batch over several partitions beyond 50 KiB (`batch_size_fail_threshold`). */
const maxBatchBytes = 40 * 1024;
/** What the node counts beside the bytes of the values: timestamps, times of expiry. */
const bytesOfChange = 32;
const bytesOfCell = 20;

/** Cuts changes into batches that a node takes, in their order; what is larger than a batch may be stands alone. */
export function batchesOf(changes: readonly RowChange[]): readonly (readonly RowChange[])[] {
  const batches: RowChange[][] = [];
  let open: RowChange[] = [];
  let openBytes = 0;
  for (const change of changes) {
    const bytes = sizeOf(change);
    if (open.length === 0 || openBytes + bytes > maxBatchBytes) {
      open = [];
      openBytes = 0;
      batches.push(open);
    }
    open.push(change);
    openBytes += bytes;
  }
  return batches;
}

function sizeOf({ key, cells }: RowChange): number {
  let bytes = bytesOfChange;
  for (const component of key) bytes += component.length;
  for (const cell of cells) if (cell !== undefined) bytes += bytesOfCell + (cell?.length ?? 0);
  return bytes;
}
