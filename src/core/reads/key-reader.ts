import type { CacheUse } from '../applications.ts';
import type { ProblemSlug } from '../errors.ts';
import type { Consistency, KeyBytes } from '../ports.ts';
import type { SpeculativeRetry } from '../speculation/speculative-retry.ts';
import type { AnswerRoom } from './answer-room.ts';
import type { QuotaBill } from './quota-bill.ts';
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
  /** The `keyIdentity` of each of `keys`, where somebody found it out already. */
  readonly identities?: readonly string[] | undefined;
  /** On the core's clock. */
  readonly deadlineMs: number;
  /**
   * A message is hedged when all of these have come: the rule of the application or the table, then the one that the
   * request asked for, which so can only ask for less.
   */
  readonly speculation: readonly SpeculativeRetry[];
  readonly cacheUse: CacheUse;
  /** Answered neither by the cache nor by a read that began before; what it reads may fill the cache. */
  readonly noCache: boolean;
  /** Passed on with every message of the batch. */
  readonly traceparent?: string | undefined;
  /** Where there is not room for all keys, none is sent: the answer would be refused for the others. */
  readonly strict: boolean;
  /** Rows that find no room are not kept: the keys whose rows arrive last are `unprocessed: size`. */
  readonly answerRoom: AnswerRoom;
  /** Where the units of the request are asked for; absent: nobody is asked. */
  readonly bill?: QuotaBill | undefined;
  /**
   * Called at most once a key, as soon as its outcome is known and before the batch has ended, with the outcome as it
   * was read: before `answerRoom` had its say. Must not throw.
   */
  readonly onOutcome?: ((key: number, outcome: KeyOutcome) => void) | undefined;
}

/** `joined`: by a read that somebody else had begun; `stale`: kept beyond its time, because the cluster failed. */
export type OutcomeSource = 'cassandra' | 'cache' | 'joined' | 'stale';

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
      readonly source: OutcomeSource;
      readonly ageMs: number;
    }
  | { readonly status: 'missing'; readonly source: OutcomeSource; readonly ageMs: number }
  | { readonly status: 'error'; readonly problem: ProblemSlug }
  | { readonly status: 'unprocessed'; readonly reason: UnprocessedReason };

/** How the outcomes came about; summed by whoever wraps a reader. */
export interface ReadReport {
  /** Keys in each group of the first plan, in the order sent. */
  readonly groups: readonly number[];
  /** Distinct keys that went to Cassandra, however often; a group can have more, where a node had no room left. */
  readonly sent: number;
  readonly retries: number;
  /** Hedge messages that were sent. */
  readonly hedges: number;
  /** Distinct keys that the cache answered with fresh rows. */
  readonly cacheHits: number;
  /** Distinct keys that the cache answered beyond their time, because the cluster failed them. */
  readonly stale: number;
  /** Distinct keys that somebody else's read answered. */
  readonly joined: number;
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
