import type { GuardGauges } from '../../../src/adapters/prometheus/guard-metrics.ts';
import type { LimitGauges } from '../../../src/adapters/prometheus/limit-metrics.ts';
import { createMetrics, type Metrics } from '../../../src/adapters/prometheus/metrics.ts';
import type { NodeGauges } from '../../../src/adapters/prometheus/pulled-metrics.ts';

/** Metrics of a configuration with one of each name. */
export function createTestMetrics(
  nodes: readonly NodeGauges[] = [],
  unexpected: unknown[] = [],
  reloadFailed = false,
  cache = { bytes: 0, evictions: 0 },
  limits?: () => LimitGauges,
  guard?: () => GuardGauges,
): Metrics {
  return createMetrics({
    applications: ['storefront'],
    classes: ['frontend'],
    operations: ['read'],
    tables: ['shop.products'],
    version: '1.2.3',
    configReloadFailed: () => reloadFailed,
    ringEpoch: () => 4,
    nodes: () => nodes,
    cache: () => cache,
    limits,
    guard,
    reportUnexpected: (error) => unexpected.push(error),
  });
}

/** The samples of one metric, in order, without its buckets. */
export async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const { body } = await metrics.exposition();
  return body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}
