/** Units that were taken from the store before they are spent. They are to be spent in time, the oldest first. */

interface Batch {
  units: number;
  readonly expiresAtMs: number;
}

/** Takes are some ten a second at most and live for half a second. */
const mostBatches = 8;

export class Lease {
  /** By the time when they expire; none is empty. */
  readonly #batches: Batch[] = [];
  #units = 0;

  /** Units that may still be spent. */
  units(nowMs: number): number {
    const first = this.#batches[0];
    if (first === undefined || nowMs < first.expiresAtMs) return this.#units;
    let units = 0;
    for (const batch of this.#batches) if (nowMs < batch.expiresAtMs) units += batch.units;
    return units;
  }

  /** Units beyond those of `units(nowMs)` must not be asked for. Returns when the first of them would have expired. */
  spend(units: number, nowMs: number): number {
    let expiresAtMs = Number.POSITIVE_INFINITY;
    let open = units;
    let index = 0;
    while (open > 0) {
      const batch = this.#batches[index];
      if (batch === undefined) break;
      if (nowMs >= batch.expiresAtMs) {
        index += 1;
        continue;
      }
      expiresAtMs = Math.min(expiresAtMs, batch.expiresAtMs);
      const spent = Math.min(open, batch.units);
      batch.units -= spent;
      this.#units -= spent;
      open -= spent;
      if (batch.units === 0) this.#batches.splice(index, 1);
    }
    return expiresAtMs;
  }

  /** Where there is no room for another batch, the units go to one that expires sooner, or to the first. */
  add(units: number, expiresAtMs: number): void {
    if (units <= 0) return;
    this.#units += units;
    let place = this.#batches.length;
    while (place > 0 && (this.#batches[place - 1] as Batch).expiresAtMs > expiresAtMs) place -= 1;
    const sooner = this.#batches[place - 1];
    const isFull = this.#batches.length >= mostBatches;
    if (sooner !== undefined && (isFull || sooner.expiresAtMs === expiresAtMs)) sooner.units += units;
    else if (!isFull) this.#batches.splice(place, 0, { units, expiresAtMs });
    else {
      const first = this.#batches[0] as Batch;
      this.#batches[0] = { units: first.units + units, expiresAtMs };
    }
  }

  /** Takes out what must not be spent any more. */
  takeExpired(nowMs: number): number {
    let units = 0;
    while (this.#batches.length > 0 && (this.#batches[0] as Batch).expiresAtMs <= nowMs) {
      units += (this.#batches.shift() as Batch).units;
    }
    this.#units -= units;
    return units;
  }

  takeAll(): number {
    const units = this.#units;
    this.#units = 0;
    this.#batches.length = 0;
    return units;
  }

  /** When the next units expire; undefined: there are none. */
  nextExpiryMs(): number | undefined {
    return this.#batches[0]?.expiresAtMs;
  }
}
