import type { Clock, Cluster, ReadTelemetry, Text } from '../ports.ts';
import { createCostBook } from '../routing/cost-model.ts';
import { createLoadTracker } from '../routing/load-tracker.ts';
import { createRingBook, type RingBook } from '../routing/ring-book.ts';
import { createClusterReader } from './cluster-reader.ts';
import { createDescribe } from './description-service.ts';
import type { Explain } from './explanation.ts';
import { createExplain } from './explanation-service.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import type { KeyReader } from './key-reader.ts';
import type { LookUp } from './look-up.ts';
import { createLookUp } from './look-up-service.ts';
import { createMessageBudget } from './message-budget.ts';
import type { ReadParts } from './request-reader.ts';
import type { ReadRow } from './row.ts';
import { createReadRow } from './row-service.ts';
import { createSelectionBook } from './selection.ts';
import type { Bounds, TableSettings } from './settings.ts';
import type { DescribeTable } from './table-description.ts';

export interface ReadPathParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly text: Text;
  readonly telemetry: ReadTelemetry;
  /** May be an object whose members change at run time: each request sees them as they are. */
  readonly bounds: Bounds;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
  /** The rack that this process stands in. */
  readonly ownRack: string | undefined;
}

export interface ReadPath {
  readonly lookUp: LookUp;
  readonly readRow: ReadRow;
  readonly describe: DescribeTable;
  readonly explain: Explain;
  readonly rings: RingBook;
  readonly inFlight: InFlight;
}

/** Retries at most this share of the messages, with a burst for a node that dies at low load. */
const retryShare = 0.2;
const retryBurst = 20;

/**
 * The whole way of what is read, put together: the one place where the order of the readers is decided.
 * What later stands between a look-up and the cluster (cache, joining, quota, hedges) wraps `reader` here.
 */
export function createReadPath(parts: ReadPathParts): ReadPath {
  const { cluster, clock, text, telemetry, bounds, settingsOf, ownRack } = parts;
  const rings = createRingBook(cluster);
  const load = createLoadTracker(clock);
  const costOf = createCostBook();
  const inFlight = createInFlight(bounds);
  cluster.onChange(() => load.retain(cluster.state().nodes));
  const planning = { cluster, rings, load, ownRack, costOf, inFlight };
  const reader: KeyReader = createClusterReader({
    ...planning,
    clock,
    text,
    telemetry,
    retryBudget: createMessageBudget(retryShare, retryBurst),
  });
  const table = { schema: cluster, clock, text, bounds, settingsOf };
  const reading: ReadParts = { ...table, reader, selections: createSelectionBook(), telemetry };
  return {
    lookUp: createLookUp(reading),
    readRow: createReadRow(reading),
    describe: createDescribe(table),
    explain: createExplain({ ...table, ...planning }),
    rings,
    inFlight,
  };
}
