import { statSync } from 'node:fs';

interface WatchOptions {
  readonly intervalMs?: number;
  /** How long a file may be away before that counts as a change. */
  readonly absenceMs?: number;
  /** Two texts differ exactly when the file was changed or replaced; undefined where there is none. */
  readonly fingerprint?: (file: string) => string | undefined;
  /** As the core's clock: runs once, ended by what it returns. */
  readonly after?: (delayMs: number, task: () => void) => () => void;
}

/**
 * Calls `onChange` after a file was changed, replaced or linked anew, and once it has been left alone for one
 * interval: a file that is still being written is not read by half. A file that goes away for a moment is not a
 * change until it is back, changed, or has been away for `absenceMs`. Ended by what it returns.
 *
 * Files are looked at again and again: notifications of the system miss what network file systems do, and follow
 * the directory entry where Kubernetes swaps a link above it.
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => void,
  {
    intervalMs = 1_000,
    absenceMs = 5_000,
    fingerprint = fingerprintOf,
    after = afterUnattended,
  }: WatchOptions = {},
): () => void {
  const longestAbsence = Math.ceil(absenceMs / intervalMs);
  const watched = files.map((file) => ({ file, told: fingerprint(file), absent: 0 }));
  let last = watched.map(({ told }) => told);
  let cancel = () => {};
  let stopped = false;
  const look = (): void => {
    const seen = watched.map(({ file }) => fingerprint(file));
    const isMoving = seen.some((now, index) => now !== last[index]);
    last = seen;
    let isChanged = false;
    let isAway = false;
    for (const [index, entry] of watched.entries()) {
      const now = seen[index];
      entry.absent = now === undefined ? entry.absent + 1 : 0;
      if (now === entry.told) continue;
      if (now === undefined && entry.absent <= longestAbsence) isAway = true;
      else isChanged = true;
    }
    if (isChanged && !isMoving && !isAway) {
      for (const [index, entry] of watched.entries()) entry.told = seen[index];
      onChange();
    }
    if (!stopped) cancel = after(intervalMs, look);
  };
  cancel = after(intervalMs, look);
  return () => {
    stopped = true;
    cancel();
  };
}

/** Follows links. The time of the last change of the entry tells two files of one length and age apart. */
function fingerprintOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return undefined;
  }
}

/** Does not keep the process alive. */
function afterUnattended(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs).unref();
  return () => clearTimeout(timer);
}
