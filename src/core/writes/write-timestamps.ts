/** Timestamps for rows that came without: no two requests of this process share one, and later requests have later ones. */
export interface WriteTimestamps {
  /** Of the first of so many rows; each further one has 1 µs more. */
  take(rows: number): bigint;
}

/** `wallMicros`: the time of day, µs since 1970; where it goes back, timestamps go on from the last one. */
export function createWriteTimestamps(wallMicros: () => bigint): WriteTimestamps {
  let next = 0n;
  return {
    take(rows) {
      const nowMicros = wallMicros();
      const base = nowMicros > next ? nowMicros : next;
      next = base + BigInt(rows) + 1n;
      return base;
    },
  };
}
