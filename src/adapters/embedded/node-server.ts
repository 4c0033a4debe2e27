import type { Clock, Random } from '../../core/ports.ts';
import type { Delay } from './delay.ts';
import { createFaultPlan, type FaultPlan } from './fault-plan.ts';

/** What a node's work takes. A message costs its delay, plus `perMessageMs`, plus `perKeyMs` for each key read here. */
export interface ServiceTime {
  readonly delay: Delay;
  readonly perMessageMs: number;
  readonly perKeyMs: number;
}

/** A message that a node has taken and not yet answered. */
export interface HeldMessage {
  readonly onLost: () => void;
}

/** A step that fell due while its node was frozen. */
interface ParkedStep {
  readonly message: HeldMessage;
  readonly next: () => void;
}

/**
 * One node at work. It holds at most `maxHeld` messages, whether under way, waiting for other nodes, or
 * piled up while it is frozen.
 */
export class NodeServer {
  serviceTime: ServiceTime;
  readonly faults: FaultPlan;
  /** Partitions read from this node's own data, for whichever coordinator. */
  localReads = 0;
  /** Partitions that clients asked of this node, wherever they were read. */
  coordinatorReads = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #maxHeld: number;
  readonly #held = new Set<HeldMessage>();
  #parked: ParkedStep[] = [];
  #frozen = false;
  #refuses = false;

  constructor(clock: Clock, random: Random, serviceTime: ServiceTime, maxHeld: number) {
    this.#clock = clock;
    this.#random = random;
    this.serviceTime = serviceTime;
    this.#maxHeld = maxHeld;
    this.faults = createFaultPlan(random);
  }

  get refuses(): boolean {
    return this.#refuses;
  }

  /** Undefined when the node holds all it can. The message is held until `release`; `onLost` says that the node went first. */
  take(onLost: () => void): HeldMessage | undefined {
    if (this.#held.size >= this.#maxHeld) return undefined;
    const message: HeldMessage = { onLost };
    this.#held.add(message);
    return message;
  }

  /** Runs `next` after the work of reading so many keys here. */
  work(message: HeldMessage, keys: number, next: () => void): void {
    const { delay, perMessageMs, perKeyMs } = this.serviceTime;
    const durationMs = delay(this.#random) + perMessageMs + perKeyMs * keys;
    if (durationMs > 0) this.#clock.after(durationMs, () => this.proceed(message, next));
    else this.proceed(message, next);
  }

  /** Runs `next` now, or after the thaw; never once the message is released or lost. */
  proceed(message: HeldMessage, next: () => void): void {
    if (!this.#held.has(message)) return;
    if (this.#frozen) this.#parked.push({ message, next });
    else next();
  }

  release(message: HeldMessage): void {
    this.#held.delete(message);
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** What fell due in the meantime happens now, in the order in which it fell due. */
  thaw(): void {
    this.#frozen = false;
    const due = this.#parked;
    this.#parked = [];
    for (const { message, next } of due) this.proceed(message, next);
  }

  /** The connections break: every message held is lost. */
  refuse(): void {
    this.#refuses = true;
    const lost = [...this.#held];
    this.#held.clear();
    this.#parked = [];
    for (const message of lost) message.onLost();
  }

  accept(): void {
    this.#refuses = false;
  }
}
