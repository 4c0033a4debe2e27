import type { Clock } from '../ports.ts';
import { permitBounds } from './permit-bounds.ts';
import type { PermitReturn } from './permits.ts';

export interface RememberedPermit {
  readonly units: number;
  readonly operation: string;
  /** Gives units back to the limits that were charged. */
  readonly refund: (units: number) => void;
}

interface Entry extends RememberedPermit {
  readonly takenMs: number;
  readonly endMs: number;
  returned: boolean;
}

/**
 * The permits that this process has granted, each by its application and id for `permitBounds.rememberedMs`; at most
 * `permitBounds.mostRemembered` of one application.
 */
export class PermitMemory {
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** Of each application by id, the oldest first. */
  readonly #permits = new Map<string, Map<string, Entry>>();

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** What was granted under this id, for what, and how long it can be used from now on. */
  recall(
    application: string,
    permitId: string,
  ): { readonly units: number; readonly operation: string; readonly expiresInMs: number } | undefined {
    const entry = this.#permitsOf(application).get(permitId);
    if (entry === undefined) return undefined;
    const leftMs = Math.floor(entry.endMs - this.#clock.nowMs());
    // Who returns what it did not use has used the rest.
    const { units, operation, returned } = entry;
    return { units, operation, expiresInMs: returned ? 0 : Math.max(0, leftMs) };
  }

  /** Until there is room for one more; 0: there is. */
  roomInMs(application: string): number {
    const permits = this.#permitsOf(application);
    const [oldest] = permits.values();
    if (oldest === undefined || permits.size < permitBounds.mostRemembered) return 0;
    return oldest.takenMs + permitBounds.rememberedMs - this.#clock.nowMs();
  }

  /** Only where there is room, under an id that is not known. */
  remember(application: string, permitId: string, permit: RememberedPermit, ttlMs: number): void {
    const takenMs = this.#clock.nowMs();
    const entry = { ...permit, takenMs, endMs: takenMs + ttlMs, returned: false };
    this.#permitsOf(application).set(permitId, entry);
  }

  /** As `PermitStore.giveBack`. */
  giveBack(application: string, permitId: string, units: number): PermitReturn {
    const entry = this.#permitsOf(application).get(permitId);
    if (entry === undefined || entry.returned || entry.endMs <= this.#clock.nowMs()) {
      return { kind: 'unknown' };
    }
    entry.returned = true;
    const returned = Math.min(units, entry.units);
    entry.refund(returned);
    return { kind: 'returned', units: returned, operation: entry.operation };
  }

  /** Those that are over are forgotten first. */
  #permitsOf(application: string): Map<string, Entry> {
    let permits = this.#permits.get(application);
    if (permits === undefined) {
      permits = new Map();
      this.#permits.set(application, permits);
    }
    const forgottenMs = this.#clock.nowMs() - permitBounds.rememberedMs;
    for (const [permitId, { takenMs }] of permits) {
      if (takenMs > forgottenMs) break;
      permits.delete(permitId);
    }
    return permits;
  }
}
