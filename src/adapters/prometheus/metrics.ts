import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheEvent, LookUpEvent, ReadTelemetry, ReplicaReadEvent } from '../../core/ports.ts';
import type { ScanTelemetry } from '../../core/scans/scan.ts';
import type { ThrottleTelemetry } from '../../core/throttle/telemetry.ts';
import type { WriteTelemetry } from '../../core/writes/write.ts';
import { durationBuckets, groupBuckets, groupKeyBuckets, requestKeyBuckets } from './buckets.ts';
import { createScanMetrics, createWriteMetrics } from './job-metrics.ts';
import { createBoundedLabel, createChildren, createKnownLabel, type Labels } from './label-values.ts';
import { createLimitMetrics } from './limit-metrics.ts';
import type { MetricsSnapshot } from './merged-metrics.ts';
import { addPulledMetrics, type PulledValues } from './pulled-metrics.ts';
import { createTallies } from './tally.ts';

/** Names of the configuration; every other one is the label value `-`. */
export interface ConfiguredNames {
  readonly applications: Iterable<string>;
  readonly classes: Iterable<string>;
  readonly operations: Iterable<string>;
  /** `keyspace.table`. */
  readonly tables: Iterable<string>;
}

export interface MetricsOptions extends ConfiguredNames, PulledValues {
  /** Faults have a log line and no metric. */
  readonly reportUnexpected: (error: unknown) => void;
}

/** One request of the data port that has ended; what is not known of it is undefined. */
interface EndedRequest {
  readonly application: string | undefined;
  readonly className: string | undefined;
  readonly operation: string | undefined;
  readonly table: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

export interface Metrics extends ReadTelemetry {
  readonly throttle: ThrottleTelemetry;
  readonly scans: ScanTelemetry;
  readonly writes: WriteTelemetry;
  requestStarted(): void;
  requestEnded(request: EndedRequest): void;
  /** The configuration has changed. */
  learnNames(names: ConfiguredNames): void;
  /** The text of `/metrics` in Prometheus' own format. */
  exposition(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** The same as data, to be merged with that of other processes. */
  snapshot(): Promise<MetricsSnapshot>;
}

/** Addresses that get series of their own; nodes come and go, series stay. */
const mostHosts = 1_000;
const mostDatacenters = 100;

/** Metrics with a registry of their own: nothing global, so that several systems fit into one process. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'weir_' });
  const labels: Labels = {
    application: createKnownLabel(options.applications),
    className: createKnownLabel(options.classes),
    operation: createKnownLabel(options.operations),
    table: createKnownLabel(options.tables),
    host: createBoundedLabel(mostHosts),
    datacenter: createBoundedLabel(mostDatacenters),
  };
  addPulledMetrics(registry, options, labels);
  const unexpected = options.reportUnexpected;
  return {
    ...createRequestMetrics(registry, labels),
    ...createReadMetrics(registry, labels),
    throttle: { ...createLimitMetrics(registry, labels), unexpected },
    scans: { ...createScanMetrics(registry, labels), unexpected },
    writes: { ...createWriteMetrics(registry, labels), unexpected },
    unexpected,
    learnNames(names) {
      labels.application.add(names.applications);
      labels.className.add(names.classes);
      labels.operation.add(names.operations);
      labels.table.add(names.tables);
    },
    async exposition() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

function createRequestMetrics(
  registry: Registry,
  labels: Labels,
): Pick<Metrics, 'requestStarted' | 'requestEnded'> {
  const registers = [registry];
  let inFlight = 0;
  new Gauge({
    name: 'weir_inflight_requests',
    help: 'Requests of the data port being served',
    registers,
    collect() {
      this.set(inFlight);
    },
  });
  const totalOf = createTallies({
    name: 'weir_requests_total',
    help: 'Requests of the data port by status code; 499 is a caller that went away',
    labelNames: ['app', 'operation', 'table', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'weir_request_duration_seconds',
    help: 'From the arrival of the headers to the end of the answer',
    labelNames: ['operation', 'class'],
    buckets: durationBuckets,
    registers,
  });
  const durationOf = createChildren((...values) => duration.labels(...values));
  return {
    requestStarted() {
      inFlight += 1;
    },
    requestEnded(request) {
      inFlight -= 1;
      const operation = labels.operation(request.operation);
      const application = labels.application(request.application);
      totalOf(application, operation, labels.table(request.table), String(request.status)).add(1);
      durationOf(operation, labels.className(request.className)).observe(request.durationMs / 1_000);
    },
  };
}

function createReadMetrics(registry: Registry, labels: Labels): Omit<ReadTelemetry, 'unexpected'> {
  const registers = [registry];
  const duration = new Histogram({
    name: 'weir_cassandra_request_duration_seconds',
    help: 'From sending a message to a node to its answer or error',
    labelNames: ['datacenter', 'host'],
    buckets: durationBuckets,
    registers,
  });
  const retries = new Counter({
    name: 'weir_retries_total',
    help: 'Failed messages that were sent to another owner, or denied one',
    labelNames: ['result'],
    registers,
  });
  const hedges = new Counter({
    name: 'weir_hedges_total',
    help: 'Messages to another owner because an answer was slow: `won` brought a key first, `lost` came after all its keys were answered, `failed`; and, each time it was tried, those that were not sent: `denied` by the budget, `alone` for want of another owner',
    labelNames: ['result'],
    registers,
  });
  const orphans = new Counter({
    name: 'weir_orphans_total',
    help: 'Messages on which a node still worked when all their keys had been settled',
    registers,
  });
  const durationOf = createChildren((...values) => duration.labels(...values));
  const retriesOf = createChildren((...values) => retries.labels(...values));
  const hedgesOf = createChildren((...values) => hedges.labels(...values));
  return {
    replicaRead: ({ node, durationMs }: ReplicaReadEvent) => {
      durationOf(labels.datacenter(node.datacenter), labels.host(node.address)).observe(durationMs / 1_000);
    },
    retry: (result) => retriesOf(result).inc(),
    lookUp: createLookUpMetrics(registers, labels),
    hedge: (result, messages) => hedgesOf(result).inc(messages),
    orphan: (messages) => orphans.inc(messages),
    cache: createCacheMetrics(registers, labels),
  };
}

const cacheCounts = {
  hits: 'Distinct keys of look-ups that the cache answered with fresh rows',
  misses: 'Distinct keys of look-ups that the cache did not answer with fresh rows',
  joined: 'Of the misses, those that a read of another request answered',
  stale: 'Of the misses, those answered with rows beyond their time, because Cassandra failed',
} as const;

function createCacheMetrics(registers: Registry[], labels: Labels): (event: CacheEvent) => void {
  const tallies = Object.entries(cacheCounts).map(([count, help]) => {
    const name = `weir_cache_${count}_total`;
    return [
      count as keyof typeof cacheCounts,
      createTallies({ name, help, labelNames: ['table'], registers }),
    ] as const;
  });
  // All four from the first read of the table on: a share of hits then begins at none, not at none known.
  const ofTable = createChildren((table = '') =>
    tallies.map(([count, tallyOf]) => [count, tallyOf(table)] as const),
  );
  return (event) => {
    for (const [count, tally] of ofTable(labels.table(`${event.keyspace}.${event.table}`))) {
      tally.add(event[count]);
    }
  };
}

function createLookUpMetrics(registers: Registry[], labels: Labels): (event: LookUpEvent) => void {
  const lookUpKeys = new Histogram({
    name: 'weir_lookup_keys',
    help: 'Keys of a look-up as asked, doubles included; a single row is a look-up of one key',
    buckets: requestKeyBuckets,
    registers,
  });
  const keysOf = createTallies({
    name: 'weir_keys_total',
    help: 'Keys of look-ups by what became of them',
    labelNames: ['app', 'table', 'status'],
    registers,
  });
  const groupsPerLookUp = new Histogram({
    name: 'weir_groups_per_lookup',
    help: 'Messages of the first send of a look-up',
    buckets: groupBuckets,
    registers,
  });
  const groupKeys = new Histogram({
    name: 'weir_group_keys',
    help: 'Keys in one message of the first send',
    buckets: groupKeyBuckets,
    registers,
  });
  return (event) => {
    const application = labels.application(event.application);
    const table = labels.table(`${event.keyspace}.${event.table}`);
    for (const status of ['found', 'missing', 'error', 'unprocessed'] as const) {
      if (event[status] > 0) keysOf(application, table, status).add(event[status]);
    }
    lookUpKeys.observe(event.keys);
    groupsPerLookUp.observe(event.groups.length);
    for (const size of event.groups) groupKeys.observe(size);
  };
}
