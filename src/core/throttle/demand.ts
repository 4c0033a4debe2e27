/** What is asked for: units a second, and units a request. Old requests count less and less. */

const timeConstantMs = 1_000;
/** Arithmetic is done so often and no oftener, however many ask. */
const foldEveryMs = 10;
/** A first request is no proof of a rate: what is known for a shorter time counts as if spread over so long. */
const leastSpreadMs = 500;
/** After such a rest what was asked before says nothing. */
const forgetAfterMs = 5_000;
const askWeight = 1 / 16;

export class Demand {
  #fromMs: number;
  #foldedMs: number;
  #latestMs = Number.NEGATIVE_INFINITY;
  #unitsPerSecond = 0;
  #unfolded = 0;
  #unitsPerAsk = 0;

  constructor(nowMs: number) {
    this.#fromMs = nowMs;
    this.#foldedMs = nowMs;
  }

  note(units: number, nowMs: number): void {
    if (nowMs - this.#latestMs > forgetAfterMs) this.#restart(units, nowMs);
    this.#latestMs = nowMs;
    this.#unfolded += units;
    this.#unitsPerAsk += (units - this.#unitsPerAsk) * askWeight;
    if (nowMs - this.#foldedMs >= foldEveryMs) this.#fold(nowMs);
  }

  unitsPerSecond(nowMs: number): number {
    if (nowMs > this.#foldedMs) this.#fold(nowMs);
    const spreadMs = Math.max(nowMs - this.#fromMs, leastSpreadMs);
    const unfolded = (this.#unfolded * 1_000) / timeConstantMs;
    return (this.#unitsPerSecond + unfolded) / (1 - Math.exp(-spreadMs / timeConstantMs));
  }

  /** What a request usually costs. */
  unitsPerAsk(): number {
    return this.#unitsPerAsk;
  }

  latestMs(): number {
    return this.#latestMs;
  }

  #fold(nowMs: number): void {
    const passedMs = nowMs - this.#foldedMs;
    const kept = Math.exp(-passedMs / timeConstantMs);
    this.#unitsPerSecond = this.#unitsPerSecond * kept + ((this.#unfolded * 1_000) / passedMs) * (1 - kept);
    this.#unfolded = 0;
    this.#foldedMs = nowMs;
  }

  #restart(units: number, nowMs: number): void {
    this.#fromMs = nowMs;
    this.#foldedMs = nowMs;
    this.#unitsPerSecond = 0;
    this.#unfolded = 0;
    this.#unitsPerAsk = units;
  }
}
