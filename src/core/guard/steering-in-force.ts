import type { Clock } from '../ports.ts';
import type { Reserves } from './borrowing.ts';
import {
  type Decision,
  type GuardSettings,
  neverOverridden,
  type Steering,
  unsteered,
  type VersionedOverride,
} from './guard.ts';
import type { StoredSteering } from './guard-store.ts';

/** A decision that has not been renewed for so long says nothing about now. */
export const blindAfterMs = 5_000;
const mostWhenBlind = 0.5;

interface SteeringParts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly settings: () => GuardSettings | undefined;
  readonly reserves: () => Reserves;
}

interface Heard extends Pick<StoredSteering, 'epoch' | 'sequence'> {
  readonly atMs: number;
}

/** A decision on the factor. */
interface Decided extends Omit<Decision, 'factor' | 'rates'> {
  readonly factor: number;
  readonly atMs: number;
}

/** What one instance has heard of, and what of it holds there. */
export class SteeringInForce {
  readonly #parts: SteeringParts;
  #heard: Heard | undefined;
  #decided: Decided | undefined;
  #listeningSinceMs: number;
  #rates: Steering['rates'] = {};
  #override = neverOverridden;

  constructor(parts: SteeringParts) {
    this.#parts = parts;
    this.#listeningSinceMs = parts.clock.nowMs();
  }

  /** The newest decision; undefined: none was ever heard of. */
  get heard(): Heard | undefined {
    return this.#heard;
  }

  get override(): VersionedOverride {
    return this.#override;
  }

  /** Whether it has ever heard of one on the factor. */
  hasDecision(): boolean {
    return this.#decided !== undefined;
  }

  /** Of the parts on which nothing was decided it keeps what it has. */
  hear({ epoch, sequence, steering }: StoredSteering): void {
    const { clock, settings, reserves } = this.#parts;
    // A number that stands still is that of a leader who is gone. One that falls is of a store that has lost the others.
    if (this.#heard?.epoch === epoch && this.#heard.sequence === sequence) return;
    const atMs = clock.nowMs();
    this.#heard = { epoch, sequence, atMs };
    const { factor, phase, latency, rates } = steering;
    if (factor !== undefined && settings() !== undefined) this.#decided = { factor, phase, latency, atMs };
    if (rates !== undefined || reserves().size === 0) this.#rates = rates ?? {};
  }

  /** Not an older one. Of two of one version, made when the store had lost both, the later: it is the store's. */
  takeOverride(override: VersionedOverride): void {
    if (override.version >= this.#override.version) this.#override = override;
  }

  /** From now on it waits for one on the factor. */
  forgetDecision(): void {
    this.#decided = undefined;
    this.#listeningSinceMs = this.#parts.clock.nowMs();
  }

  forget(): void {
    this.forgetDecision();
    this.#heard = undefined;
    this.#rates = {};
    this.#override = neverOverridden;
  }

  /** Without a guard nobody is slowed; what is lent stays lent as it was last. */
  inForce(): Steering {
    const settings = this.#parts.settings();
    const rates = this.#rates;
    if (settings === undefined) return { ...unsteered, rates };
    const isOld = this.#parts.clock.nowMs() - (this.#decided?.atMs ?? this.#listeningSinceMs) >= blindAfterMs;
    const { factor, phase, latency: seen } = this.#decided ?? unsteered;
    const latency = isOld ? unsteered.latency : seen;
    const { override } = this.#override;
    if (override !== undefined) return { factor: override.factor, phase: 'manual', latency, rates };
    if (!isOld) return { factor, phase, latency, rates };
    // As far as is known nobody watches the front end.
    return {
      factor: Math.max(settings.min, Math.min(factor, mostWhenBlind)),
      phase: 'blind',
      latency,
      rates,
    };
  }
}
