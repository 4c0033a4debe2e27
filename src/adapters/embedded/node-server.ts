import type { Clock, Random } from '../../core/ports.ts';
import type { Delay } from './delay.ts';
import { createFaultPlan, type FaultPlan } from './fault-plan.ts';

/**
 * What a node's work takes. A message costs its delay, plus `perMessageMs`, plus `perKeyMs` for each key that is read
 * here and each row that is written here, plus `perRowMs` for each row of a page that is read here.
 */
export interface ServiceTime {
  readonly delay: Delay;
  readonly perMessageMs: number;
  readonly perKeyMs: number;
  readonly perRowMs: number;
}

/** What nodes are asked to do. */
export type WorkKind = 'read' | 'page' | 'write';

/** What one node did of one kind: keys read, rows of pages, or rows written. */
export interface WorkCounts {
  /** On this node's own data, for whichever coordinator. */
  local: number;
  /** Asked of this node by clients, wherever it was done. */
  coordinated: number;
  /** Messages of clients that this node carried out as a coordinator. */
  messages: number;
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
  readonly counts: Readonly<Record<WorkKind, WorkCounts>> = {
    read: { local: 0, coordinated: 0, messages: 0 },
    page: { local: 0, coordinated: 0, messages: 0 },
    write: { local: 0, coordinated: 0, messages: 0 },
  };
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

  get isFrozen(): boolean {
    return this.#frozen;
  }

  /** Undefined when the node holds all it can. The message is held until `release`; `onLost` says that the node went first. */
  take(onLost: () => void): HeldMessage | undefined {
    if (this.#held.size >= this.#maxHeld) return undefined;
    const message: HeldMessage = { onLost };
    this.#held.add(message);
    return message;
  }

  /** Runs `next` after the work of so many keys or rows here. */
  work(message: HeldMessage, kind: WorkKind, amount: number, next: () => void): void {
    const { delay, perMessageMs, perKeyMs, perRowMs } = this.serviceTime;
    const durationMs = delay(this.#random) + perMessageMs + (kind === 'page' ? perRowMs : perKeyMs) * amount;
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
