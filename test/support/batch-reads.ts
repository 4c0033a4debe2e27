import { nodeText } from '../../src/adapters/node/text.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import type { ReadTelemetry } from '../../src/core/ports.ts';
import { createAnswerRoom } from '../../src/core/reads/answer-room.ts';
import { createClusterReader } from '../../src/core/reads/cluster-reader.ts';
import { createInFlight } from '../../src/core/reads/in-flight.ts';
import type { ReadBatch } from '../../src/core/reads/key-reader.ts';
import { createMessageBudget } from '../../src/core/reads/message-budget.ts';
import { createSelectionBook, type Selection } from '../../src/core/reads/selection.ts';
import { defaultTableSettings } from '../../src/core/reads/settings.ts';
import { createCostBook } from '../../src/core/routing/cost-model.ts';
import { createLoadTracker } from '../../src/core/routing/load-tracker.ts';
import { createRingBook } from '../../src/core/routing/ring-book.ts';
import { createFakeClock } from './fake-clock.ts';
import { makeState } from './rings.ts';
import { createScriptedCluster, products } from './scripted-cluster.ts';

const quiet: ReadTelemetry = { replicaRead() {}, retry() {}, lookUp() {}, unexpected() {} };

/** The innermost reader alone, over six nodes whose answers the test writes. */
export function setUpReader(
  options: { burst?: number; inFlightPerHost?: number; keysInFlight?: number } = {},
) {
  const clock = createFakeClock();
  const state = makeState([{ nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'front' }]);
  const cluster = createScriptedCluster(state, [products]);
  const inFlight = createInFlight({
    inFlightPerHost: options.inFlightPerHost ?? 256,
    keysInFlight: options.keysInFlight ?? 50_000,
  });
  const read = createClusterReader({
    cluster,
    clock,
    text: nodeText,
    telemetry: quiet,
    rings: createRingBook(cluster),
    load: createLoadTracker(clock),
    costOf: createCostBook(),
    inFlight,
    retryBudget: createMessageBudget(0.2, options.burst ?? 20),
    ownRack: undefined,
  });
  return { clock, cluster, inFlight, read };
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
    answerRoom: createAnswerRoom(1_000_000),
    ...change,
  };
}

export const skus = (count: number): string[] => Array.from({ length: count }, (_, index) => `sku-${index}`);
