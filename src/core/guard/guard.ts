/**
 * The guard: the latency of the classes that it protects steers the limits of those that it slows. What it decides is
 * pure (`guard-control.ts`); one instance of the fleet, the leader, decides for all (`guard-keeper.ts`).
 */
import type { LimitedOperation } from '../throttle/limit.ts';

export interface GuardSettings {
  /** Where the p95 of the protected classes is to stay, in ms. */
  readonly targetMs: number;
  /** The least factor; above 0, at most 1. */
  readonly min: number;
  /** Names of classes. */
  readonly protects: readonly string[];
  readonly slows: readonly string[];
}

/** The protected look-ups that reached Cassandra in the last five seconds, of the whole fleet. */
export interface ProtectedLatency {
  readonly samples: number;
  /** Undefined without samples. */
  readonly p95Ms: number | undefined;
}

/** What the leader sees, once a second. */
export interface GuardObservation {
  readonly latency: ProtectedLatency;
  /** Units that the slowed classes used, as a share of what their limits allow now; undefined: they have none. */
  readonly slowedUse: number | undefined;
}

/**
 * - `open`: the factor is 1 and the target is kept
 * - `cut`: just lowered, and held until the window shows what came of it
 * - `hold`: between the target and where it rises again
 * - `rise`: going up
 * - `helpless`: lowering it has not helped, or nobody is there to be slowed: it stays as it is
 * - `manual`: set by an operator
 * - `blind`: no decision was heard of for too long: as it was, at most a half
 */
export const guardPhases = ['open', 'cut', 'hold', 'rise', 'helpless', 'manual', 'blind'] as const;
export type GuardPhase = (typeof guardPhases)[number];

/** What is in force on an instance. */
export interface Steering {
  /** From `min` to 1: every limit on read, write and scan of a slowed class, and of its applications, is this part of itself. */
  readonly factor: number;
  readonly phase: GuardPhase;
  readonly latency: ProtectedLatency;
  /**
   * Units a second that a class may use of what the fleet's limit leaves, after what is kept for others; by class, then
   * by operation. In place of the class' own rate where that is higher or there is none.
   */
  readonly rates: Readonly<Record<string, Partial<Record<LimitedOperation, number>>>>;
}

/** What the leader tells the others: nothing of a part on which it cannot decide, and then each keeps what it has. */
export interface Decision extends Omit<Steering, 'factor' | 'rates'> {
  /** Undefined where the leader has no guard, or does not know yet how far others are slowed; `phase` tells nothing then. */
  readonly factor: number | undefined;
  /** Undefined where the leader keeps nothing for anybody. */
  readonly rates: Steering['rates'] | undefined;
}

export const unsteered: Steering = {
  factor: 1,
  phase: 'open',
  latency: { samples: 0, p95Ms: undefined },
  rates: {},
};

/** What an operator set in place of the guard; kept until it is taken back. */
export interface GuardOverride {
  /** From 0.01 to 1. */
  readonly factor: number;
  /** Role and key prefix of the admin port. */
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
}

/** By versions that only grow, a store that has lost one or has an old one is told from one where it was changed. */
export interface VersionedOverride {
  /** 0: nobody has ever set one. */
  readonly version: number;
  /** Undefined: it was taken back. */
  readonly override: GuardOverride | undefined;
}

export const neverOverridden: VersionedOverride = { version: 0, override: undefined };

/** As the admin port shows it. */
export interface GuardView {
  /** False: the configuration has no guard, and nobody is slowed. */
  readonly enabled: boolean;
  readonly settings: GuardSettings | null;
  /** In force on this instance. */
  readonly steering: Steering;
  readonly override: GuardOverride | null;
  /** The name of the instance that decides; null: none is known. */
  readonly leader: string | null;
  readonly isLeader: boolean;
  /** Of the leader that decided last; each new one has a higher one. */
  readonly epoch: number;
  /** Since the last decision was heard of, in whole ms; null: none was. */
  readonly ageMs: number | null;
}

/** Rejects with a `RequestError`: `invalid-request`, `limiter-unavailable`. */
export interface GuardAdministration {
  readonly view: () => GuardView | Promise<GuardView>;
  /** Null gives it back to the guard. */
  readonly override: (factor: number | null, by: string) => Promise<GuardView>;
}
