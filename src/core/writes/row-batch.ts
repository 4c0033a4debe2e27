import type { Clock, ClusterWatcher, Consistency, ReadTelemetry, ReplicaWriter } from '../ports.ts';
import type { InFlight } from '../reads/in-flight.ts';
import type { MessageBudget } from '../reads/message-budget.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { RingBook } from '../routing/ring-book.ts';
import type { RowOutcome } from './row-outcome.ts';
import type { WriteTelemetry } from './write.ts';
import type { RowsToPlan } from './write-plan.ts';

export interface RowWriteParts {
  readonly cluster: ReplicaWriter & ClusterWatcher;
  readonly rings: Pick<RingBook, 'ring'>;
  readonly health: Pick<NodeHealth, 'rank' | 'sent' | 'isProbeDue'>;
  readonly load: Pick<LoadTracker, 'load' | 'sent'>;
  readonly inFlight: Pick<InFlight, 'hasRoom' | 'roomForKeys' | 'begin' | 'end'>;
  /** Pays for retries and probes. */
  readonly retryBudget: MessageBudget;
  readonly clock: Clock;
  readonly telemetry: Pick<WriteTelemetry, 'retry'>;
  readonly readTelemetry: Pick<ReadTelemetry, 'replicaRead' | 'unexpected'>;
  readonly ownRack: string | undefined;
}

/** Rows of one request, to be written alike. */
export interface RowBatch extends RowsToPlan {
  readonly consistency: Consistency;
  /** On the core's clock. */
  readonly deadlineMs: number;
  readonly traceparent?: string | undefined;
  /** A message ended after the request: these rows of it, which the caller was not told to be written, may be so now. */
  readonly onLate: (rows: readonly number[]) => void;
}

export interface RowResult {
  /** One for each row, in order. */
  readonly outcomes: readonly RowOutcome[];
  /** Rows that a node was sent, however often. */
  readonly sent: readonly number[];
  /** Messages that were sent after another one had failed, those of a row by itself left out. */
  readonly retries: number;
  /** The deadline came while rows were open. */
  readonly expired: boolean;
  /** From the first message to the last outcome; 0 where nothing was sent. */
  readonly durationMs: number;
}
