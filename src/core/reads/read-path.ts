import { createCachedReader } from '../cache/cached-reader.ts';
import { createJoiningReader } from '../cache/joining-reader.ts';
import { createNoRowStore } from '../cache/no-row-store.ts';
import { createRowCache, type ReadCache } from '../cache/row-cache.ts';
import type { RowStore } from '../cache/row-store.ts';
import { createWarmUpGate, type WarmUpSettings } from '../cache/warm-up-gate.ts';
import type { Clock, Cluster, Random, ReadTelemetry, Text } from '../ports.ts';
import { createCostBook } from '../routing/cost-model.ts';
import { createLoadTracker, type LoadTracker } from '../routing/load-tracker.ts';
import { createBlindHealth, createNodeHealth, type NodeHealth } from '../routing/node-health.ts';
import { createRingBook, type RingBook } from '../routing/ring-book.ts';
import { createHedgeBudgets } from '../speculation/hedge-budget.ts';
import { createHedgeTimings } from '../speculation/hedge-timing.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { createClusterReader } from './cluster-reader.ts';
import { createDescribe } from './description-service.ts';
import type { Explain } from './explanation.ts';
import { createExplain } from './explanation-service.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import type { KeyReader } from './key-reader.ts';
import type { LookUp } from './look-up.ts';
import { createLookUp } from './look-up-service.ts';
import { createMessageBudget } from './message-budget.ts';
import { createQuotaReader } from './quota-reader.ts';
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
  /** `ignore`: everybody counts as well, so that what the watching of nodes brings can be measured. `avoid` when absent. */
  readonly sickNodes?: SickNodes | undefined;
  /** Where rows are kept; absent: nowhere, and nobody joins a read of somebody else. */
  readonly rowStore?: RowStore | undefined;
  /** Spreads the ends of what is kept; absent: no spread. */
  readonly random?: Random | undefined;
  /** Asked anew each time; absent: a cold cache is no reason to wait. */
  readonly warmUp?: (() => WarmUpSettings) | undefined;
  /** Holds applications to their limits; absent: nobody is limited. */
  readonly throttle?: Pick<Throttle, 'admit'> | undefined;
}

/** What is done with nodes that are suspect or ejected. */
export type SickNodes = 'avoid' | 'ignore';

export interface ReadPath {
  readonly lookUp: LookUp;
  readonly readRow: ReadRow;
  readonly describe: DescribeTable;
  readonly explain: Explain;
  readonly rings: RingBook;
  readonly inFlight: InFlight;
  readonly health: NodeHealth;
  readonly load: LoadTracker;
  readonly cache: ReadCache;
}

/** Retries at most this share of the messages, with a burst for a node that dies at low load. */
const retryShare = 0.2;
const retryBurst = 20;

const noSpread: Random = { next: () => 0 };
const noWarmUp: WarmUpSettings = { messages: Number.POSITIVE_INFINITY, durationMs: 0 };

/** The whole way of what is read, put together: the one place where the order of the readers is decided. */
export function createReadPath(parts: ReadPathParts): ReadPath {
  const { cluster, clock, text, telemetry, bounds, settingsOf, ownRack } = parts;
  const rings = createRingBook(cluster);
  const health = parts.sickNodes === 'ignore' ? createBlindHealth() : createNodeHealth(clock);
  const load = createLoadTracker(clock, (node) => health.rampFactor(node));
  const costOf = createCostBook();
  const timingOf = createHedgeTimings(costOf);
  const inFlight = createInFlight(bounds);
  const retain = (): void => {
    const { nodes } = cluster.state();
    load.retain(nodes);
    health.retain(nodes);
  };
  retain();
  cluster.onChange(retain);
  const cache = createRowCache({ store: parts.rowStore ?? createNoRowStore(), clock, text });
  const planning = { cluster, rings, load, health, ownRack, costOf, timingOf, inFlight, cache };
  const clusterReader = createClusterReader({
    ...planning,
    clock,
    text,
    telemetry,
    hedgeBudgetOf: createHedgeBudgets(clock),
    retryBudget: createMessageBudget(retryShare, retryBurst),
  });
  const reader = wrap(parts, planning, clusterReader);
  const table = { schema: cluster, clock, text, bounds, settingsOf };
  const reading: ReadParts = {
    ...table,
    reader,
    selections: createSelectionBook(),
    telemetry,
    throttle: parts.throttle,
  };
  return {
    lookUp: createLookUp(reading),
    readRow: createReadRow(reading),
    describe: createDescribe(table),
    explain: createExplain({ ...table, ...planning }),
    rings,
    inFlight,
    health,
    load,
    cache,
  };
}

/**
 * What the cache answers does not wait and costs nothing, nor does what somebody else reads already; the rest needs
 * units, and waits until it may be sent.
 */
function wrap(
  {
    clock,
    text,
    cluster,
    bounds,
    telemetry,
    rowStore,
    random = noSpread,
    warmUp = () => noWarmUp,
  }: ReadPathParts,
  { rings, cache }: Pick<ReadPath, 'rings' | 'cache'>,
  clusterReader: KeyReader,
): KeyReader {
  const shared = { clock, text, cluster, bounds, telemetry, cache, ringEpoch: () => rings.epoch() };
  if (rowStore === undefined) return createQuotaReader(shared, clusterReader);
  const gated = createWarmUpGate({ ...shared, settings: warmUp }, clusterReader);
  const joining = createJoiningReader(shared, gated);
  const billed = createQuotaReader({ ...shared, wouldJoin: joining.wouldJoin }, joining);
  return createCachedReader({ ...shared, random }, billed);
}
