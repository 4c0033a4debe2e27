import type { Clock, Cluster, ReadTelemetry, Text } from '../ports.ts';
import { createLoadTracker } from '../routing/load-tracker.ts';
import { createRingBook, type RingBook } from '../routing/ring-book.ts';
import { createClusterReader } from './cluster-reader.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import type { KeyReader } from './key-reader.ts';
import type { LookUp } from './look-up.ts';
import { createLookUp } from './look-up-service.ts';
import { createMessageBudget } from './message-budget.ts';
import { createSelectionBook } from './selection.ts';
import type { Bounds, TableSettings } from './settings.ts';

export interface ReadPathParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly text: Text;
  readonly telemetry: ReadTelemetry;
  readonly bounds: Bounds;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
  /** The rack that this process stands in. */
  readonly ownRack: string | undefined;
}

export interface ReadPath {
  readonly lookUp: LookUp;
  readonly rings: RingBook;
  readonly inFlight: InFlight;
}

/** Retries at most this share of the messages, with a burst for a node that dies at low load. */
const retryShare = 0.2;
const retryBurst = 20;

/**
 * The whole way of a look-up, put together: the one place where the order of the readers is decided.
 * What later stands between a look-up and the cluster (cache, joining, quota, hedges) wraps `reader` here.
 */
export function createReadPath(parts: ReadPathParts): ReadPath {
  const { cluster, clock, text, telemetry, bounds, settingsOf, ownRack } = parts;
  const rings = createRingBook(cluster);
  const load = createLoadTracker(clock);
  const inFlight = createInFlight(bounds);
  cluster.onChange(() => load.retain(cluster.state().nodes));
  const reader: KeyReader = createClusterReader({
    cluster,
    clock,
    text,
    telemetry,
    rings,
    load,
    inFlight,
    retryBudget: createMessageBudget(retryShare, retryBurst),
    ownRack,
  });
  const lookUp = createLookUp({
    schema: cluster,
    reader,
    selections: createSelectionBook(),
    clock,
    text,
    telemetry,
    bounds,
    settingsOf,
  });
  return { lookUp, rings, inFlight };
}
