import type { Clock, ReadTelemetry } from '../ports.ts';
import type { Admission, Ask, RefusalReason, Throttle } from '../throttle/throttle.ts';

export type QuotaRefusal = NonNullable<Admission['refusal']>;

/** What the limits had to do with a read that asked them. Units. */
export interface QuotaAccount {
  readonly asked: number;
  readonly refused: number;
  /** Charged in the end: keys that were sent, and what their rows came to beyond one unit each. */
  readonly used: number;
  /** Time in the queue. */
  readonly waitedMs: number;
  /** From the question to the verdict; the time in the queue is a part of it. */
  readonly verdictMs: number;
}

/** What one batch asks for. */
export interface QuotaClaim {
  /** Whole, at least 1. */
  readonly units: number;
  /** The verdict takes its time; called at most once, before `granted`. */
  delayed(): void;
  /** Called once, with 0 to `units`. */
  granted(units: number): void;
}

export interface QuotaBillParts {
  readonly throttle: Pick<Throttle, 'admit'>;
  readonly clock: Clock;
  readonly telemetry: Pick<ReadTelemetry, 'unexpected'>;
}

const undecided: RefusalReason = 'store-down';

/**
 * What a request asks of the limits: once, for all its batches, so that all or nothing holds for all of them. Batches
 * claim while they are begun, then the bill is closed, and the limits are asked for the sum. Where they give less, the
 * batches are served in the order of their claims. When the last batch has told what it used, the bill is settled.
 */
export class QuotaBill {
  /** All units or none: a batch whose claim is cut short then uses nothing at all. */
  readonly strict: boolean;
  readonly #parts: QuotaBillParts;
  readonly #ask: Omit<Ask, 'units'>;
  readonly #claims: QuotaClaim[] = [];
  #isClosed = false;
  #unsettled = 0;
  #asked = 0;
  #used = 0;
  #verdictMs = 0;
  #admission: Admission | undefined;

  constructor(parts: QuotaBillParts, ask: Omit<Ask, 'units'>) {
    this.#parts = parts;
    this.#ask = ask;
    this.strict = ask.strict;
  }

  /** Returns how to tell, once, what was used: more or less than granted. */
  claim(claim: QuotaClaim): (used: number) => void {
    // A reader before the quota that takes its time would leave the batches without their common verdict.
    if (this.#isClosed) throw new Error('a batch asked for units after its request had been decided');
    this.#claims.push(claim);
    this.#unsettled += 1;
    return (used) => {
      this.#used += used;
      this.#unsettled -= 1;
      if (this.#unsettled === 0) this.#admission?.settle(this.#used);
    };
  }

  /** Every batch has begun. Decided before this returns where the limits decide at once. */
  close(): void {
    this.#isClosed = true;
    if (this.#claims.length === 0) return;
    for (const { units } of this.#claims) this.#asked += units;
    const { clock } = this.#parts;
    const askedMs = clock.nowMs();
    const verdict = this.#admit();
    if (!(verdict instanceof Promise)) {
      this.#decide(verdict);
      return;
    }
    for (const claim of this.#claims) claim.delayed();
    void verdict
      .catch((fault: unknown) => this.#refuse(fault))
      .then((admission) => {
        this.#verdictMs = clock.nowMs() - askedMs;
        this.#decide(admission);
      });
  }

  /** Why fewer units were granted than asked for; undefined: they were not, or nothing was asked for. */
  get refusal(): QuotaRefusal | undefined {
    return this.#admission?.refusal;
  }

  /** When all batches have ended; undefined where nothing was asked for. */
  account(): QuotaAccount | undefined {
    if (this.#admission === undefined) return undefined;
    const { granted, waitedMs } = this.#admission;
    const asked = this.#asked;
    return { asked, refused: asked - granted, used: this.#used, waitedMs, verdictMs: this.#verdictMs };
  }

  #admit(): Admission | Promise<Admission> {
    try {
      return this.#parts.throttle.admit({ ...this.#ask, units: this.#asked });
    } catch (fault) {
      return this.#refuse(fault);
    }
  }

  /** A fault of Weir's own in the throttle: as where the limits cannot be counted and say to deny then. */
  #refuse(fault: unknown): Admission {
    this.#parts.telemetry.unexpected(fault);
    const refusal = { reason: undecided, retryAfterMs: undefined, violated: [] };
    return { granted: 0, refusal, waitedMs: 0, settle: () => {} };
  }

  #decide(admission: Admission): void {
    this.#admission = admission;
    let left = admission.granted;
    for (const claim of this.#claims) {
      const units = Math.min(claim.units, left);
      left -= units;
      claim.granted(units);
    }
  }
}
