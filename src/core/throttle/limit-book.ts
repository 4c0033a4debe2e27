/** Which limits hold: those of the file, with what was changed at run time on top. */
import type { Limit, LimitedOperation, LimitId } from './limit.ts';

/** What an operator set at run time for one limit. Absent members are the file's, or the default's. */
export type LimitChange = Partial<Limit>;

/** The run-time settings of the whole fleet. */
export interface RunTimeSettings {
  /** 0: nothing was ever set. Each change adds one. */
  readonly version: number;
  /** Random, new with each change: two settings of one version (after a split) are told apart by it. Empty with version 0. */
  readonly id: string;
  readonly limits: Readonly<Record<LimitId, LimitChange>>;
  /** Names of applications, sorted. */
  readonly paused: readonly string[];
}

export const noRunTimeSettings: RunTimeSettings = { version: 0, id: '', limits: {}, paused: [] };

/** One limit of a request, with what the caller is told of it. */
export interface BookedLimit {
  readonly id: LimitId;
  /** `read`, `class-read`, `fleet-read`. */
  readonly policy: string;
  /** As it is now: slowed, and with what others leave of it. */
  readonly limit: Limit;
  /** Below 1: the rate is this part of what is set, to protect others; undefined: it is what is set. */
  readonly slowed?: number | undefined;
}

export interface LimitBook {
  /**
   * Those that count for a request, innermost first: application, class, fleet; without those that are `off`. The same
   * array until a setting changes.
   */
  chain(
    application: { readonly name: string; readonly className: string },
    operation: LimitedOperation,
  ): readonly BookedLimit[];
  isPaused(application: string): boolean;
  /** Called after each change of what `chain` or `isPaused` answer; returns how to stop listening. */
  onChange(listener: () => void): () => void;
}
