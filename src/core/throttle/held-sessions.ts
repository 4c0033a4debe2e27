interface Holding {
  readonly id: string;
  readonly endMs: number;
}

/** Sessions that end by themselves, in the order of their ends. Times are on the caller's clock. Not bounded here. */
export class HeldSessions {
  readonly #ends = new Map<string, number>();
  readonly #inOrder: Holding[] = [];

  /** Those that have ended are forgotten first. */
  count(nowMs: number): number {
    let ended = 0;
    for (const { id, endMs } of this.#inOrder) {
      if (endMs > nowMs) break;
      this.#ends.delete(id);
      ended += 1;
    }
    if (ended > 0) this.#inOrder.splice(0, ended);
    return this.#inOrder.length;
  }

  /** When it ends; undefined: it is not held, or has ended. */
  endOf(id: string, nowMs: number): number | undefined {
    const endMs = this.#ends.get(id);
    return endMs !== undefined && endMs > nowMs ? endMs : undefined;
  }

  /** When so many of those that are held have ended, from 1 to all of them. */
  endOfNext(sessions: number): number {
    return this.#inOrder[sessions - 1]?.endMs ?? 0;
  }

  /** Takes the place of what was held under this id. */
  hold(id: string, endMs: number): void {
    this.release(id);
    this.#ends.set(id, endMs);
    const holding = { id, endMs };
    this.#inOrder.splice(this.#placeOf(holding), 0, holding);
  }

  release(id: string): void {
    const endMs = this.#ends.get(id);
    if (endMs === undefined) return;
    this.#ends.delete(id);
    this.#inOrder.splice(this.#placeOf({ id, endMs }), 1);
  }

  ids(): readonly string[] {
    return this.#inOrder.map(({ id }) => id);
  }

  /** Of the first that does not come before it. */
  #placeOf(holding: Holding): number {
    let from = 0;
    let to = this.#inOrder.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (comesBefore(this.#inOrder[middle] as Holding, holding)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function comesBefore(a: Holding, b: Holding): boolean {
  return a.endMs < b.endMs || (a.endMs === b.endMs && a.id < b.id);
}
