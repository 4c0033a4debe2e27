import type { TableSchema } from '../encoding/table-schema.ts';
import type { CostModel } from '../routing/cost-model.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { HedgeBudget } from '../speculation/hedge-budget.ts';
import type { HedgeTiming } from '../speculation/hedge-timing.ts';
import { BatchRead } from './batch-read.ts';
import type { SendParts } from './batch-sends.ts';
import type { KeyReader } from './key-reader.ts';
import type { MessageBudget } from './message-budget.ts';

export interface ClusterReaderParts extends SendParts {
  readonly health: NodeHealth;
  readonly costOf: (table: TableSchema) => CostModel;
  readonly timingOf: (table: TableSchema) => HedgeTiming;
  /** Pays for hedges and probes. */
  readonly hedgeBudgetOf: (table: TableSchema, share: number) => HedgeBudget;
  /** Pays for retries. */
  readonly retryBudget: MessageBudget;
}

/**
 * The innermost reader: plans, asks the owners, asks other owners as well of what is late, and another one at once where
 * the first one failed. Of each key the first answer counts; an error only when nothing is under way for the key any more.
 * Per key at most one send, one hedge, one retry and one probe for each of its owners that is not well, never the same
 * owner twice; keys still open at the deadline end there.
 */
export function createClusterReader(parts: ClusterReaderParts): KeyReader {
  return (batch) =>
    new Promise((resolve) => {
      new BatchRead(parts, batch, resolve).start();
    });
}
