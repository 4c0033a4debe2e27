import { exponentialDelay } from '../../src/adapters/embedded/delay.ts';
import { createEmbeddedCluster, type EmbeddedCluster } from '../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import { type ReplicaErrorName, RequestError } from '../../src/core/errors.ts';
import type { Cluster, Random, ReadTelemetry } from '../../src/core/ports.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { createReadPath } from '../../src/core/reads/read-path.ts';
import { defaultBounds, defaultTableSettings } from '../../src/core/reads/settings.ts';
import {
  defaultSpeculativeRetry,
  type SpeculativeRetry,
} from '../../src/core/speculation/speculative-retry.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { fillHistoryTables, type HistoryRequest, pick, randomRequest } from './history-requests.ts';
import { silentTelemetry } from './silent-telemetry.ts';

/** One look-up of a history: what was asked, when, and what came of it. */
export interface HistoryEntry {
  readonly request: HistoryRequest;
  readonly deadlineMs: number;
  readonly endedMs: number;
  /** The answer, or the slug of a refusal. */
  readonly outcome: string;
}

export interface History {
  readonly entries: readonly HistoryEntry[];
  /** Messages that were neither hedges nor retries. */
  readonly firstMessages: number;
  readonly retries: number;
  /** Messages, probes among them. */
  readonly hedges: number;
  /** Of them those that brought a key first. */
  readonly hedgesWon: number;
  /** Hedges that may be sent to each first message; beyond that, the bursts. */
  readonly hedgeBudget: number;
  /** Ways in which a key was read that must not be: too often, or of the same owner twice. */
  readonly misreads: readonly string[];
}

const rules: readonly (readonly [rule: SpeculativeRetry, hedgeBudget: number])[] = [
  [defaultSpeculativeRetry, 0.1],
  [{ kind: 'fixed', delayMs: 4 }, 0.1],
  [{ kind: 'percentile', percentile: 90 }, 0.25],
  [{ kind: 'always' }, 1],
  [{ kind: 'none' }, 0.1],
];

/** A history of look-ups and faults in virtual time; everything in it follows from the seed. */
export async function playHistory(seed: number, lookUps = 60): Promise<History> {
  const random = createSeededRandom(seed);
  const clock = createFakeClock();
  const cluster = openCluster(clock, random);
  const counts = { messages: 0, retries: 0, hedges: 0, hedgesWon: 0 };
  const telemetry: ReadTelemetry = {
    ...silentTelemetry,
    replicaRead: () => {
      counts.messages += 1;
    },
    retry: (result) => {
      if (result === 'sent') counts.retries += 1;
    },
    hedge: (result, messages) => {
      if (result === 'won') counts.hedgesWon += messages;
      if (result === 'won' || result === 'lost' || result === 'failed') counts.hedges += messages;
    },
  };
  const [speculativeRetry, hedgeBudget] = pick(rules, random);
  const maxKeysPerGroup = 1 + Math.floor(random.next() * 40);
  const settings = { ...defaultTableSettings, maxKeysPerGroup, speculativeRetry, hedgeBudget };
  const { misreads, watched } = watchReads(cluster);
  const { lookUp } = createReadPath({
    cluster: watched,
    clock,
    text: nodeText,
    telemetry,
    bounds: { ...defaultBounds, inFlightPerHost: 8, keysInFlight: 500 },
    settingsOf: () => settings,
    ownRack: undefined,
  });
  const entries: Promise<HistoryEntry>[] = [];
  for (let index = 0; index < lookUps; index += 1) {
    disturb(cluster, random);
    const request = randomRequest(random);
    const deadlineMs = clock.nowMs() + 1 + Math.floor(random.next() * 400);
    const { application, table, keys, limitPerKey, strict } = request;
    const call = {
      application,
      keyspace: 'shop',
      table,
      body: { keys, limitPerKey },
      traceparent: `look-up ${index}`,
      deadlineMs,
      strict,
      debug: false,
    };
    const ended = lookUp(call).then(
      ({ body }) => ({ request, deadlineMs, endedMs: clock.nowMs(), outcome: body }),
      (error: unknown) => {
        if (!(error instanceof RequestError)) throw error;
        return { request, deadlineMs, endedMs: clock.nowMs(), outcome: error.slug };
      },
    );
    entries.push(ended);
    await clock.advance(random.next() * 60);
  }
  await clock.advance(10_000);
  const firstMessages = counts.messages - counts.hedges - counts.retries;
  return { entries: await Promise.all(entries), ...counts, firstMessages, hedgeBudget, misreads };
}

/** Looks at each message of a look-up, which it knows by the trace context. */
function watchReads(cluster: EmbeddedCluster): { watched: Cluster; misreads: string[] } {
  const misreads: string[] = [];
  const owners = new Map<string, string[]>();
  const watched: Cluster = {
    ...cluster,
    read(request) {
      const { node, statement, keys, traceparent } = request;
      for (const key of keys) {
        const form = `${traceparent} ${statement.keyColumns.length} ${statement.rowsPerPartition}`;
        const name = `${form} ${key.map((component) => nodeText.binary(component)).join(' ')}`;
        const asked = owners.get(name) ?? [];
        owners.set(name, [...asked, node.id]);
        if (asked.includes(node.id)) misreads.push(`${name}: ${node.address} was asked twice`);
      }
      return cluster.read(request);
    },
  };
  return { watched, misreads };
}

function openCluster(clock: FakeClock, random: Random): EmbeddedCluster {
  const cluster = createEmbeddedCluster({
    clock,
    text: nodeText,
    random,
    datacenters: [
      { name: 'front', nodes: 6, racks: 3 },
      { name: 'spare', nodes: 2, racks: 2 },
    ],
    serviceTime: { delay: exponentialDelay(2), perKeyMs: 0.1 },
  });
  const factors = new Map([
    ['front', 3],
    ['spare', 1],
  ]);
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  fillHistoryTables(cluster);
  return cluster;
}

const kinds: readonly ReplicaErrorName[] = [
  'overloaded',
  'unavailable',
  'read-timeout',
  'read-failure',
  'client-timeout',
  'connection-lost',
  'bootstrapping',
  'rejected',
];

/** Something happens to a node in most steps; half of the time it is something that heals. */
function disturb(cluster: EmbeddedCluster, random: Random): void {
  const node = pick(cluster.state().nodes, random);
  const actions: readonly (() => void)[] = [
    () => cluster.freeze(node),
    () => cluster.thaw(node),
    () => cluster.refuse(node),
    () => cluster.accept(node),
    () => cluster.failNext(node, pick(kinds, random), 1 + Math.floor(random.next() * 5)),
    () => cluster.setServiceTime(node, { delay: exponentialDelay(random.next() * 100) }),
    () => cluster.moveNode(node, freshTokens(random)),
    () => {
      if (cluster.state().nodes.length < 12) cluster.addNode({ datacenter: 'front', rack: 'added' });
    },
    () => {
      if (cluster.state().nodes.length > 4) cluster.removeNode(node);
    },
  ];
  if (random.next() < 0.7) pick(actions, random)();
}

function freshTokens(random: Random): string[] {
  return Array.from({ length: 4 }, () =>
    BigInt.asIntN(
      64,
      (BigInt(Math.floor(random.next() * 2 ** 32)) << 32n) | BigInt(Math.floor(random.next() * 2 ** 32)),
    ).toString(),
  );
}
