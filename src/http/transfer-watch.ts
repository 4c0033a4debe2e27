import type { Clock } from '../core/ports.ts';

/** Ends what takes too long: one timer for all requests of a port, since nearly none of them ever needs it. */
export interface TransferWatch {
  /**
   * Calls `end` after `delayMs` unless the returned function is called first. Delays are alike; a shorter one than
   * those before it may be served late.
   */
  begin(delayMs: number, end: () => void): () => void;
}

interface Transfer {
  readonly dueMs: number;
  readonly end: () => void;
}

export function createTransferWatch(clock: Clock): TransferWatch {
  /** In the order of their beginnings, and so nearly in that of their ends. */
  const open = new Set<Transfer>();
  let cancelTimer: (() => void) | undefined;

  const waitForFirst = (): void => {
    const [first] = open;
    cancelTimer = first && clock.after(first.dueMs - clock.nowMs(), endThoseDue);
  };

  const endThoseDue = (): void => {
    const nowMs = clock.nowMs();
    for (const transfer of open) {
      if (transfer.dueMs > nowMs) break;
      open.delete(transfer);
      transfer.end();
    }
    waitForFirst();
  };

  return {
    begin(delayMs, end) {
      const transfer = { dueMs: clock.nowMs() + delayMs, end };
      open.add(transfer);
      if (cancelTimer === undefined) waitForFirst();
      return () => {
        open.delete(transfer);
        if (open.size > 0) return;
        cancelTimer?.();
        cancelTimer = undefined;
      };
    },
  };
}
