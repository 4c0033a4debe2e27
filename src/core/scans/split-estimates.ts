import type { TableSchema } from '../encoding/table-schema.ts';
import { ReplicaError } from '../errors.ts';
import type { Clock, ReadTelemetry, SizeEstimate, SizeEstimator } from '../ports.ts';

export interface EstimateParts {
  readonly estimator: SizeEstimator;
  readonly clock: Clock;
  readonly telemetry: Pick<ReadTelemetry, 'unexpected'>;
}

/** What is estimated of a table; never rejects: empty where nothing is to be had. */
export type EstimatesOf = (table: TableSchema, datacenter: string) => Promise<readonly SizeEstimate[]>;

/** Nodes count anew every five minutes: nothing is lost by it. */
const keptMs = 10_000;
/** So that a cluster in need is not asked by everybody. */
const keptAfterFailureMs = 1_000;
const mostTables = 64;

interface Kept {
  readonly estimates: Promise<readonly SizeEstimate[]>;
  readonly isCurrent: () => boolean;
}

/** Keeps what was told for ten seconds, of at most 64 tables; all who ask meanwhile share one question. */
export function keepEstimates({ estimator, clock, telemetry }: EstimateParts): EstimatesOf {
  const kept = new Map<string, Kept>();

  const ask = async (table: TableSchema, datacenter: string, keep: (ms: number) => void) => {
    try {
      const estimates = await estimator.sizeEstimates(table, datacenter);
      keep(keptMs);
      return estimates;
    } catch (error) {
      if (!(error instanceof ReplicaError)) telemetry.unexpected(error);
      keep(keptAfterFailureMs);
      return [];
    }
  };

  return (table, datacenter) => {
    const name = JSON.stringify([datacenter, table.keyspace, table.name]);
    const known = kept.get(name);
    if (known?.isCurrent() === true) return known.estimates;
    // While it is under way it is shared, however long that takes.
    let untilMs = Number.POSITIVE_INFINITY;
    const estimates = ask(table, datacenter, (ms) => {
      untilMs = clock.nowMs() + ms;
    });
    kept.delete(name);
    kept.set(name, { estimates, isCurrent: () => clock.nowMs() < untilMs });
    const [oldest] = kept.keys();
    if (kept.size > mostTables && oldest !== undefined) kept.delete(oldest);
    return estimates;
  };
}
