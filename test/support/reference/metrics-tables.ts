import { createMetrics, type Metrics } from '../../../src/adapters/prometheus/metrics.ts';
import { code, formatTable } from '../markdown.ts';

interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Without `le`. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram; empty for others. */
  readonly buckets: readonly string[];
}

/** Metrics that the process has whatever it serves; the page describes them as a group. */
const processMetric = /^weir_(?:process|nodejs)_/;

/** Weir's own metrics, from an exposition in which each has a sample. */
export async function ownMetrics(): Promise<MetricFamily[]> {
  const { body } = await exerciseMetrics().exposition();
  return parseExposition(body).filter(({ name }) => !processMetric.test(name));
}

export async function metricsTable(): Promise<string> {
  const rows = (await ownMetrics()).map(({ name, type, labels, help }) => [
    code(name),
    type,
    labels.map(code).join(', '),
    help,
  ]);
  return formatTable(['name', 'type', 'labels', 'meaning'], rows);
}

export async function bucketsTable(): Promise<string> {
  const rows = (await ownMetrics())
    .filter(({ type }) => type === 'histogram')
    .map(({ name, buckets }) => [code(name), buckets.filter((bound) => bound !== '+Inf').join(', ')]);
  return formatTable(['histogram', 'upper bounds'], rows);
}

/** Metrics to which everything that is counted has happened once. */
function exerciseMetrics(): Metrics {
  const application = 'storefront';
  const table = 'products';
  const metrics = createMetrics({
    applications: [application],
    classes: ['frontend'],
    operations: ['read'],
    tables: ['shop.products'],
    version: '0.0.0',
    configReloadFailed: () => false,
    ringEpoch: () => 1,
    nodes: () => [
      { address: '127.0.0.11:9042', datacenter: 'east', state: 'up', standing: 'well', inFlight: 1 },
    ],
    cache: () => ({ bytes: 1, evictions: 1 }),
    limits: () => ({
      rates: [{ subject: application, operation: 'read', rate: 1 }],
      degraded: false,
      instances: 1,
      sessions: [[application, 1]],
    }),
    guard: () => ({ factor: 1, phase: 'open', p95Ms: 1, isLeader: true }),
    reportUnexpected: () => {},
  });
  metrics.requestStarted();
  metrics.requestEnded({
    application,
    className: 'frontend',
    operation: 'read',
    table: 'shop.products',
    status: 200,
    durationMs: 5,
  });
  const node = { id: '1', address: '127.0.0.11:9042', datacenter: 'east', rack: 'east-a', tokens: [] };
  metrics.replicaRead({ node, keys: 1, durationMs: 1, outcome: 'ok' });
  metrics.retry('sent', 1);
  metrics.hedge('won', 1);
  metrics.orphan(1);
  metrics.cache({ keyspace: 'shop', table, hits: 1, stale: 1, misses: 1, joined: 1 });
  metrics.lookUp({
    application,
    className: 'frontend',
    cassandraMs: 3,
    clusterFailed: false,
    keyspace: 'shop',
    table,
    keys: 4,
    found: 1,
    missing: 1,
    error: 1,
    unprocessed: 1,
    groups: [4],
  });
  exerciseThrottle(metrics.throttle, application);
  exerciseJobs(metrics, application);
  return metrics;
}

function exerciseThrottle(throttle: Metrics['throttle'], application: string): void {
  throttle.used(application, 'read', 1);
  throttle.refused(application, 'read', 1, 'on');
  throttle.near(application, 'read');
  throttle.waited(application, 'read', 1);
  throttle.storeCall('charge', 1, 'ok');
  throttle.stranded(application, 'read', 1);
}

function exerciseJobs({ scans, writes }: Metrics, application: string): void {
  const [keyspace, table] = ['shop', 'products'];
  scans.begun();
  scans.page(application, keyspace, table, 1);
  scans.ended({ application, keyspace, table, outcome: 'complete', problem: undefined, durationMs: 1 });
  writes.rows(application, keyspace, table, 'written', 1);
  writes.retry('sent', 1);
}

function parseExposition(text: string): MetricFamily[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => {
    const help = new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
    const sample = new RegExp(`^${name}(?:_bucket)?(?:\\{(.*)\\})? \\S+$`, 'gm');
    const samples = [...text.matchAll(sample)].map(([, labels = '']) => labels);
    if (samples.length === 0 && !processMetric.test(name)) {
      throw new Error(`${name} has no sample, so its labels cannot be told`);
    }
    const named = (labels: string) => [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const labels = new Set(samples.flatMap((line) => named(line).map(([, label = '']) => label)));
    labels.delete('le');
    const bounds = samples.flatMap((line) =>
      named(line).flatMap(([, label, value = '']) => (label === 'le' ? [value] : [])),
    );
    return { name, type, help, labels: [...labels], buckets: [...new Set(bounds)] };
  });
}
