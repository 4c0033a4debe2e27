import { expect, it } from 'vitest';
import type { GuardGauges } from '../../../src/adapters/prometheus/guard-metrics.ts';
import {
  addCounts,
  type MetricsSnapshot,
  mergeMetrics,
} from '../../../src/adapters/prometheus/merged-metrics.ts';
import type { NodeGauges } from '../../../src/adapters/prometheus/pulled-metrics.ts';
import { createTestMetrics } from './metrics-fixture.ts';

const node: NodeGauges = {
  address: '10.0.0.1:9042',
  datacenter: 'east',
  state: 'up',
  standing: 'well',
  inFlight: 2,
};
const ended = {
  application: 'storefront',
  className: 'frontend',
  operation: 'read',
  table: 'shop.products',
  status: 200,
  durationMs: 12,
};
const total = 'weir_requests_total{app="storefront",operation="read",table="shop.products",code="200"}';

/** The metrics of a process that has served so many requests, as they come from there. */
async function snapshotOf(
  requests: number,
  nodes: readonly NodeGauges[] = [node],
  reloadFailed = false,
  guard: GuardGauges = { factor: 0.7, phase: 'rise', p95Ms: 30, isLeader: true },
): Promise<MetricsSnapshot> {
  const cache = { bytes: 100, evictions: 3 };
  const metrics = createTestMetrics(nodes, [], reloadFailed, cache, undefined, () => guard);
  metrics.scans.begun();
  for (let request = 0; request < requests; request += 1) {
    metrics.requestStarted();
    metrics.requestEnded(ended);
  }
  metrics.requestStarted();
  return structuredClone(await metrics.snapshot());
}

async function valuesOf(snapshots: readonly MetricsSnapshot[]): Promise<ReadonlyMap<string, number>> {
  const { body } = await mergeMetrics(snapshots, { ready: 2, silent: 1 });
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]));
}

it.each([
  [total, 5, 'counted'],
  ['weir_request_duration_seconds_count{operation="read",class="frontend"}', 5, 'counted'],
  ['weir_inflight_requests', 2, 'under way'],
  ['weir_host_inflight{datacenter="east",host="10.0.0.1:9042"}', 4, 'under way'],
  ['weir_cache_bytes', 200, 'taken'],
  ['weir_cache_evictions_total', 6, 'counted'],
  ['weir_build_info{version="1.2.3",node="PROCESS"}', 1, 'the same for all'],
  ['weir_ring_epoch', 4, 'seen by all'],
  ['weir_hosts{datacenter="east",state="up"}', 1, 'seen by all'],
  ['weir_hosts{datacenter="east",state="down"}', 1, 'seen by one is enough'],
  ['weir_host_ejected{datacenter="east",host="10.0.0.1:9042"}', 1, 'seen by one is enough'],
  ['weir_config_reload_failed', 1, 'one is enough'],
  ['weir_scans_open', 2, 'under way'],
  ['weir_guard_factor', 0.5, 'one that is slower serves slower'],
  ['weir_guard_latency_p95_seconds', 0.03, 'seen by one is enough'],
  ['weir_guard_phase{phase="rise"}', 1, 'seen by one is enough'],
  ['weir_guard_phase{phase="blind"}', 1, 'seen by one is enough'],
  ['weir_guard_phase{phase="open"}', 0, 'seen by none'],
  ['weir_guard_leader', 1, 'one of them'],
  ['weir_workers{state="ready"}', 2, 'told'],
])('%s of two processes is %d: %s', async (series, value) => {
  const other = { ...node, state: 'down', standing: 'ejected' } as const;
  const blind = { factor: 0.5, phase: 'blind', p95Ms: undefined, isLeader: false } as const;
  const values = await valuesOf([await snapshotOf(2), await snapshotOf(3, [other], true, blind)]);
  expect(values.get(series.replace('PROCESS', process.versions.node))).toBe(value);
});

it('keeps what ended processes had counted, and not how they were', async () => {
  const gone = await addCounts(await addCounts([], await snapshotOf(2)), await snapshotOf(3));
  const values = await valuesOf([gone, await snapshotOf(1)]);
  expect(values.get(total)).toBe(6);
  expect(values.get('weir_request_duration_seconds_sum{operation="read",class="frontend"}')).toBeCloseTo(
    0.072,
  );
  expect(values.get('weir_inflight_requests')).toBe(1);
  expect(values.get('weir_cache_evictions_total')).toBe(9);
});
