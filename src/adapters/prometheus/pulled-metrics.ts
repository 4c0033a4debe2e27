import { Counter, Gauge, type Registry } from 'prom-client';
import type { RowCacheStats } from '../../core/cache/row-cache.ts';
import type { Standing } from '../../core/routing/node-health.ts';
import { addGuardGauges, type GuardGauges } from './guard-metrics.ts';
import type { Labels } from './label-values.ts';
import { addLimitGauges, type LimitGauges } from './limit-metrics.ts';

const nodeStates = ['up', 'down', 'unread'] as const;

const sickStandings: Readonly<Record<Exclude<Standing, 'well'>, string>> = {
  suspect:
    '1 while a node is late with what it is sent: only probes, and keys that no other owner has, go there',
  ejected: '1 while a node is left alone after five failures in a row; never more than half of a datacenter',
};

/** A Cassandra node at the moment of a scrape. */
export interface NodeGauges {
  /** `ip:port`. */
  readonly address: string;
  readonly datacenter: string;
  /** `unread`: no application reads from its datacenter, so that nobody knows. */
  readonly state: (typeof nodeStates)[number];
  readonly standing: Standing;
  /** Messages under way to it. */
  readonly inFlight: number;
}

/** What is read when scraped. */
export interface PulledValues {
  /** Of Weir. */
  readonly version: string;
  /** Whether the configuration was refused when it was last read. */
  readonly configReloadFailed: () => boolean;
  readonly ringEpoch: () => number;
  readonly nodes: () => Iterable<NodeGauges>;
  readonly cache: () => Pick<RowCacheStats, 'bytes' | 'evictions'>;
  /** Absent: nobody is limited. */
  readonly limits?: (() => LimitGauges) | undefined;
  /** Absent: nobody is slowed to protect others. */
  readonly guard?: (() => GuardGauges) | undefined;
}

/**
 * Told by others when asked; nothing of it is counted here. Of several workers they are added up, but for those that
 * describe what all of them see: there one is taken, mostly the highest (`aggregator`).
 */
export function addPulledMetrics(registry: Registry, values: PulledValues, labels: Labels): void {
  addProcessMetrics(registry, values);
  addNodeMetrics(registry, values, labels);
  addCacheMetrics(registry, values);
  if (values.limits !== undefined) addLimitGauges(registry, values.limits, labels);
  if (values.guard !== undefined) addGuardGauges(registry, values.guard);
}

function addProcessMetrics(registry: Registry, values: PulledValues): void {
  const registers = [registry];
  new Gauge({
    name: 'weir_build_info',
    help: 'Always 1; the versions are labels',
    aggregator: 'max',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: values.version, node: process.versions.node }, 1);
  new Gauge({
    name: 'weir_config_reload_failed',
    help: '1 while the configuration file is refused and the one before it stays in force',
    aggregator: 'max',
    registers,
    collect() {
      this.set(values.configReloadFailed() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'weir_ring_epoch',
    help: 'How often the ring was replaced since the start',
    aggregator: 'max',
    registers,
    collect() {
      this.set(values.ringEpoch());
    },
  });
}

function addNodeMetrics(registry: Registry, values: PulledValues, labels: Labels): void {
  const registers = [registry];
  new Gauge({
    name: 'weir_host_inflight',
    help: 'Messages under way to a node',
    labelNames: ['datacenter', 'host'],
    registers,
    collect() {
      this.reset();
      for (const { datacenter, address, inFlight } of values.nodes()) {
        this.inc({ datacenter: labels.datacenter(datacenter), host: labels.host(address) }, inFlight);
      }
    },
  });
  new Gauge({
    name: 'weir_hosts',
    help: 'Nodes of the cluster by state',
    aggregator: 'max',
    labelNames: ['datacenter', 'state'],
    registers,
    collect() {
      this.reset();
      for (const node of values.nodes()) {
        const datacenter = labels.datacenter(node.datacenter);
        for (const state of nodeStates) this.inc({ datacenter, state }, node.state === state ? 1 : 0);
      }
    },
  });
  for (const [standing, help] of Object.entries(sickStandings)) {
    new Gauge({
      name: `weir_host_${standing}`,
      help,
      aggregator: 'max',
      labelNames: ['datacenter', 'host'],
      registers,
      collect() {
        this.reset();
        for (const node of values.nodes()) {
          const host = { datacenter: labels.datacenter(node.datacenter), host: labels.host(node.address) };
          this.inc(host, node.standing === standing ? 1 : 0);
        }
      },
    });
  }
}

function addCacheMetrics(registry: Registry, values: PulledValues): void {
  const registers = [registry];
  new Gauge({
    name: 'weir_cache_bytes',
    help: 'What the row cache takes, keys and overhead counted',
    registers,
    collect() {
      this.set(values.cache().bytes);
    },
  });
  new Counter({
    name: 'weir_cache_evictions_total',
    help: 'Partitions that were pushed out of the row cache',
    registers,
    collect() {
      this.reset();
      this.inc(values.cache().evictions);
    },
  });
}
