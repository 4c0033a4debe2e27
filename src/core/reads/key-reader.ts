import type { ProblemSlug } from '../errors.ts';
import type { Consistency, KeyBytes } from '../ports.ts';
import type { AnswerRoom } from './answer-room.ts';
import type { Selection } from './selection.ts';
import type { TableSettings } from './settings.ts';

/** Distinct keys of one table, to be read alike. */
export interface ReadBatch {
  readonly selection: Selection;
  readonly settings: TableSettings;
  readonly consistency: Consistency;
  /** The caller's, nearest first, then fallbacks. */
  readonly datacenters: readonly string[];
  /** No two are equal byte for byte. */
  readonly keys: readonly KeyBytes[];
  /** On the core's clock. */
  readonly deadlineMs: number;
  /** Passed on with every message of the batch. */
  readonly traceparent?: string | undefined;
  /** Where there is not room for all keys, none is sent: the answer would be refused for the others. */
  readonly strict: boolean;
  /** Rows that find no room are not kept: the keys whose rows arrive last are `unprocessed: size`. */
  readonly answerRoom: AnswerRoom;
}

/** Why a key was never tried. */
export type UnprocessedReason = 'quota' | 'deadline' | 'overload' | 'size';

/** What became of one key. `error`: tried and failed; `unprocessed`: never tried. */
export type KeyOutcome =
  | {
      readonly status: 'found';
      /** Each a complete JSON object; never empty. */
      readonly rows: readonly string[];
      /** The partition has further rows. */
      readonly truncated: boolean;
      readonly source: 'cassandra';
      readonly ageMs: number;
    }
  | { readonly status: 'missing'; readonly source: 'cassandra'; readonly ageMs: number }
  | { readonly status: 'error'; readonly problem: ProblemSlug }
  | { readonly status: 'unprocessed'; readonly reason: UnprocessedReason };

/** How the outcomes came about; summed by whoever wraps a reader. */
export interface ReadReport {
  /** Keys in each group of the first plan, in the order sent. */
  readonly groups: readonly number[];
  readonly retries: number;
  /** The deadline came while keys were open. */
  readonly expired: boolean;
  /** Where the keys were read; undefined when nothing was sent. */
  readonly datacenter: string | undefined;
  readonly ringEpoch: number;
  /** From the first message to the last outcome, on the core's clock; undefined when nothing was sent. */
  readonly span: { readonly fromMs: number; readonly toMs: number } | undefined;
}

export interface ReadResult {
  /** `outcomes[i]` is of `keys[i]`. */
  readonly outcomes: readonly KeyOutcome[];
  readonly report: ReadReport;
}

/**
 * Reads a batch. Every key has exactly one outcome; never rejects for what befalls a key, and has settled
 * by the deadline. Readers wrap each other (cache, joining, quota take the next one and return one), and
 * the order is visible where the system is composed.
 */
export type KeyReader = (batch: ReadBatch) => Promise<ReadResult>;
