import type { Logger } from 'pino';
import { createSlabRowStore } from '../adapters/memory/slab-row-store.ts';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import { nodeText } from '../adapters/node/text.ts';
import type { GuardGauges } from '../adapters/prometheus/guard-metrics.ts';
import type { LimitGauges } from '../adapters/prometheus/limit-metrics.ts';
import { createMetrics, type Metrics } from '../adapters/prometheus/metrics.ts';
import type { NodeGauges } from '../adapters/prometheus/pulled-metrics.ts';
import type { Invalidation } from '../core/cache/invalidation.ts';
import type { InvalidationFollower } from '../core/cache/invalidation-follower.ts';
import type { GuardKeeper } from '../core/guard/guard-keeper.ts';
import type { Cluster, LookUpEvent } from '../core/ports.ts';
import { createReadPath, type ReadPath } from '../core/reads/read-path.ts';
import { defaultTableSettings } from '../core/reads/settings.ts';
import type { ClusterNode } from '../core/topology/cluster-state.ts';
import { configuredNames } from './configured-names.ts';
import { createLimitSide, type LimitSide } from './limit-side.ts';
import { liveBounds } from './live-bounds.ts';
import type { LiveConfig } from './live-config.ts';
import { version } from './version.ts';

export interface ReadSide {
  readonly path: ReadPath;
  readonly metrics: Metrics;
  readonly limits: LimitSide;
  /** Drops cached rows here and in the whole fleet; undefined where there is none. */
  readonly publish: InvalidationFollower['publish'] | undefined;
}

/** The core's read path on a cluster, with the limits that it is held to and the metrics that both report to. */
export function createReadSide(live: LiveConfig, cluster: Cluster, logger: Logger): ReadSide {
  // The metrics ask the others when scraped, and the others report to the metrics: one of them must come first.
  let path: ReadPath | undefined;
  let limits: LimitSide | undefined;
  const { cassandra, cache } = live.current();
  // There also where no table is cached: a reload may change that. It takes memory as it fills.
  const rowStore = createSlabRowStore({ maxBytes: cache.sizeBytes, nowMs: () => systemClock.nowMs() });
  const metrics = createMetrics({
    ...configuredNames(live.current()),
    version: version(),
    configReloadFailed: () => live.failed(),
    ringEpoch: () => path?.rings.epoch() ?? 0,
    nodes: () => nodeGauges(cluster, path),
    cache: () => rowStore.stats(),
    limits: () => limits?.gauges() ?? noLimits,
    guard: () => guardGauges(limits?.guard),
    reportUnexpected: (error) => logger.error(describeFault(error), 'a fault of its own while reading'),
  });
  limits = createLimitSide(live, metrics.throttle, logger);
  const { guard } = limits;
  path = createReadPath({
    cluster,
    clock: systemClock,
    text: nodeText,
    telemetry: {
      ...metrics,
      lookUp(event) {
        metrics.lookUp(event);
        const durationMs = guardedMs(event, live.current().bounds.timeoutMs);
        if (durationMs !== undefined) guard.observe(event.className, durationMs);
      },
    },
    bounds: liveBounds(live),
    settingsOf: (keyspace, table) =>
      live.current().tables.get(`${keyspace}.${table}`) ?? defaultTableSettings,
    ownRack: cassandra.rack,
    sickNodes: cassandra.sickNodes,
    rowStore,
    random: systemRandom,
    warmUp: () => live.current().cache.warmUp,
    throttle: limits.throttle,
  });
  live.onApplied((config) => metrics.learnNames(configuredNames(config)));
  const follower = limits.follow(path.cache);
  const publish = follower && ((invalidation: Invalidation) => follower.publish(invalidation));
  return { path, metrics, limits, publish };
}

/**
 * What the guard is told of a look-up that reached Cassandra. Failing fast is not being fast: where the cluster failed
 * it, it counts as one that took all the time that a request may have, which is above every target.
 */
export function guardedMs(
  { cassandraMs, clusterFailed }: Pick<LookUpEvent, 'cassandraMs' | 'clusterFailed'>,
  timeoutMs: number,
): number | undefined {
  if (cassandraMs === undefined) return undefined;
  return clusterFailed ? Math.max(cassandraMs, timeoutMs) : cassandraMs;
}

function guardGauges(guard: GuardKeeper | undefined): GuardGauges {
  if (guard === undefined) return { factor: 1, phase: 'open', p95Ms: undefined, isLeader: false };
  const { steering, isLeader } = guard.view();
  const { factor, phase, latency } = steering;
  return { factor, phase, p95Ms: latency.p95Ms, isLeader };
}

const noLimits: LimitGauges = { rates: [], degraded: false, instances: 1, sessions: [] };

function nodeGauges(cluster: Cluster, path: ReadPath | undefined): NodeGauges[] {
  const messages = path?.inFlight.messages();
  return cluster.state().nodes.map((node) => ({
    address: node.address,
    datacenter: node.datacenter,
    state: stateOf(cluster, node),
    standing: path?.health.standing(node) ?? 'well',
    inFlight: messages?.get(node.id) ?? 0,
  }));
}

function stateOf(cluster: Cluster, node: ClusterNode): NodeGauges['state'] {
  if (!cluster.isConnectedTo(node.datacenter)) return 'unread';
  return cluster.isUp(node) ? 'up' : 'down';
}

/** Where a fault happened, without its message: that could carry a value. */
function describeFault(error: unknown): { readonly error: string; readonly at: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, at: frames.slice(0, 8).map((line) => line.trim()) };
}
