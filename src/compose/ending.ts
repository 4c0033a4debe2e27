import type { Ending } from '../core/scans/scan.ts';

/** Begins at most once. */
export interface ProcessEnding extends Ending {
  begin(): void;
}

export function createEnding(): ProcessEnding {
  let begun = false;
  const listeners = new Set<() => void>();
  return {
    get begun() {
      return begun;
    },
    onBegin(listener) {
      if (begun) {
        listener();
        return () => {};
      }
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    begin() {
      if (begun) return;
      begun = true;
      for (const listener of [...listeners]) listener();
      listeners.clear();
    },
  };
}
