import { AggregatorRegistry, Gauge, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** The metrics of one process at one moment, as plain data: it can go to another process. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/**
 * The metrics of several processes as those of one: each added up, or by what its `aggregator` says. `workers` counts
 * the processes by what they do.
 */
export async function mergeMetrics(
  snapshots: readonly MetricsSnapshot[],
  workers: Readonly<Record<string, number>>,
): Promise<{ readonly contentType: string; readonly body: string }> {
  const registry = AggregatorRegistry.aggregate([...snapshots]);
  const gauge = new Gauge({
    name: 'weir_workers',
    help: 'Worker processes by state; there only where `workers` is above 1',
    labelNames: ['state'],
    registers: [registry],
  });
  for (const [state, count] of Object.entries(workers)) gauge.set({ state }, count);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/**
 * What stays true of a process that has ended: what it counted. Without it the sums would fall when a worker is
 * replaced, which reads as a restart of everything.
 */
export async function addCounts(before: MetricsSnapshot, ended: MetricsSnapshot): Promise<MetricsSnapshot> {
  const counted = countsOf(ended);
  return AggregatorRegistry.aggregate([before, counted]).getMetricsAsJSON();
}

export function countsOf(snapshot: MetricsSnapshot): MetricsSnapshot {
  return snapshot.filter(({ type }) => (type as unknown) === 'counter' || (type as unknown) === 'histogram');
}
