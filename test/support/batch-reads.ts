import { nodeText } from '../../src/adapters/node/text.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import type { Clock, HedgeResult, ReadTelemetry } from '../../src/core/ports.ts';
import { createAnswerRoom } from '../../src/core/reads/answer-room.ts';
import { createClusterReader } from '../../src/core/reads/cluster-reader.ts';
import { createInFlight } from '../../src/core/reads/in-flight.ts';
import type { ReadBatch } from '../../src/core/reads/key-reader.ts';
import { createMessageBudget } from '../../src/core/reads/message-budget.ts';
import { createSelectionBook, type Selection } from '../../src/core/reads/selection.ts';
import { defaultTableSettings } from '../../src/core/reads/settings.ts';
import { createCostBook } from '../../src/core/routing/cost-model.ts';
import { createLoadTracker } from '../../src/core/routing/load-tracker.ts';
import { createBlindHealth, type NodeHealth } from '../../src/core/routing/node-health.ts';
import { createRingBook } from '../../src/core/routing/ring-book.ts';
import type { HedgeBudget } from '../../src/core/speculation/hedge-budget.ts';
import { createHedgeTimings } from '../../src/core/speculation/hedge-timing.ts';
import type { ClusterState } from '../../src/core/topology/cluster-state.ts';
import { createFakeClock } from './fake-clock.ts';
import { makeState } from './rings.ts';
import { createScriptedCluster, products } from './scripted-cluster.ts';
import { silentTelemetry } from './silent-telemetry.ts';

export interface ReaderOptions {
  /** Retries that are paid before anything was earned. */
  readonly burst?: number;
  readonly inFlightPerHost?: number;
  readonly keysInFlight?: number;
  /** Six nodes in three racks of one datacenter when absent. */
  readonly state?: ClusterState;
  /** Everybody is well when absent. */
  readonly health?: (clock: Clock) => NodeHealth;
  /** Hedges and probes that are paid; without a bound when absent. */
  readonly hedges?: number;
}

/** The innermost reader alone, over nodes whose answers the test writes. */
export function setUpReader(options: ReaderOptions = {}) {
  const clock = createFakeClock();
  const state =
    options.state ?? makeState([{ nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'front' }]);
  const cluster = createScriptedCluster(state, [products]);
  const inFlight = createInFlight({
    inFlightPerHost: options.inFlightPerHost ?? 256,
    keysInFlight: options.keysInFlight ?? 50_000,
  });
  const told = createToldTelemetry();
  const health = options.health?.(clock) ?? createBlindHealth();
  const hedgeBudget = createFixedBudget(options.hedges ?? Number.POSITIVE_INFINITY);
  const costOf = createCostBook();
  const timingOf = createHedgeTimings(costOf);
  const read = createClusterReader({
    cluster,
    clock,
    text: nodeText,
    telemetry: told.telemetry,
    rings: createRingBook(cluster),
    load: createLoadTracker(clock),
    health,
    costOf,
    timingOf,
    inFlight,
    hedgeBudgetOf: () => hedgeBudget,
    retryBudget: createMessageBudget(0.2, options.burst ?? 20),
    ownRack: undefined,
  });
  return { clock, cluster, inFlight, read, told, health, hedgeBudget, timing: timingOf(products) };
}

/** What the reader reported: counts by result. */
export interface Told {
  readonly telemetry: ReadTelemetry;
  readonly hedges: Partial<Record<HedgeResult, number>>;
  readonly retries: Partial<Record<'sent' | 'denied', number>>;
  readonly faults: unknown[];
  orphans: number;
}

function createToldTelemetry(): Told {
  const told: Told = {
    hedges: {},
    retries: {},
    faults: [],
    orphans: 0,
    telemetry: {
      ...silentTelemetry,
      hedge: (result, messages) => {
        told.hedges[result] = (told.hedges[result] ?? 0) + messages;
      },
      retry: (result, keys) => {
        told.retries[result] = (told.retries[result] ?? 0) + keys;
      },
      orphan: (messages) => {
        told.orphans += messages;
      },
      unexpected: (error) => void told.faults.push(error),
    },
  };
  return told;
}

/** Pays so many, and earns nothing. */
export interface FixedBudget extends HedgeBudget {
  left: number;
}

function createFixedBudget(messages: number): FixedBudget {
  const budget: FixedBudget = {
    left: messages,
    earn() {},
    take(wanted) {
      const paid = Math.max(0, Math.min(budget.left, wanted));
      budget.left -= paid;
      return paid;
    },
    giveBack(unsent) {
      budget.left += unsent;
    },
    owe(unpaid) {
      budget.left -= unpaid;
    },
  };
  return budget;
}

/** All columns of a table. */
export const selectAll = (schema: TableSchema, whole = true, limitPerKey = 100): Selection =>
  createSelectionBook().select({ schema, visible: schema.columns }, undefined, whole, limitPerKey);

export function batchOf(keys: readonly string[], change: Partial<ReadBatch> = {}): ReadBatch {
  return {
    selection: selectAll(products),
    settings: defaultTableSettings,
    consistency: 'LOCAL_ONE',
    datacenters: ['front'],
    keys: keys.map((key) => [nodeText.utf8(key)]),
    deadlineMs: 1_000,
    strict: false,
    speculation: [{ kind: 'none' }],
    cacheUse: 'fill',
    noCache: false,
    answerRoom: createAnswerRoom(1_000_000),
    ...change,
  };
}

export const skus = (count: number): string[] => Array.from({ length: count }, (_, index) => `sku-${index}`);
