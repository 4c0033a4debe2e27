import type { Refusal } from './decision.ts';

/** Units can come back or settings change in the meantime; a refusal is trusted no longer. */
const longestTrustMs = 100;

/**
 * The last refusal of the store. Whoever needs as many units or more would be refused as well until its time is over,
 * and need not ask.
 */
export class RefusalMemory {
  /** Units a second of the slowest limit that refuses. */
  readonly #slowestRate: number;
  #atLeast = 0;
  #trustedUntilMs = Number.NEGATIVE_INFINITY;
  #retryAtMs = 0;
  #violated: readonly string[] = [];

  constructor(slowestRate: number) {
    this.#slowestRate = slowestRate;
  }

  remember(atLeast: number, retryAfterMs: number, violated: readonly string[], nowMs: number): void {
    // Of two that hold, the one of fewer units says more.
    if (nowMs < this.#trustedUntilMs && atLeast > this.#atLeast) return;
    this.#atLeast = atLeast;
    this.#trustedUntilMs = nowMs + Math.min(retryAfterMs, longestTrustMs);
    this.#retryAtMs = nowMs + retryAfterMs;
    this.#violated = violated;
  }

  recall(atLeast: number, nowMs: number): Refusal | undefined {
    if (nowMs >= this.#trustedUntilMs || atLeast < this.#atLeast) return undefined;
    // Any limit has the further units so much later at the most.
    const furtherMs = ((atLeast - this.#atLeast) * 1_000) / this.#slowestRate;
    const retryAfterMs = this.#retryAtMs - nowMs + furtherMs;
    return { reason: 'over', retryAfterMs, violated: this.#violated };
  }

  forget(): void {
    this.#trustedUntilMs = Number.NEGATIVE_INFINITY;
  }
}
