import { describe, expect, it } from 'vitest';
import type { LimitGauges } from '../../../src/adapters/prometheus/limit-metrics.ts';
import type { LimitedOperation } from '../../../src/core/throttle/limit.ts';
import { createTestMetrics, samples } from './metrics-fixture.ts';

describe('the metrics of limits', () => {
  it('count units by application and operation, used and refused', async () => {
    const metrics = createTestMetrics();
    metrics.throttle.used('storefront', 'read', 50);
    metrics.throttle.used('storefront', 'connect', 1);
    metrics.throttle.refused('storefront', 'read', 3, 'on');
    metrics.throttle.refused('storefront', 'read', 4, 'shadow');
    metrics.throttle.near('storefront', 'read');
    metrics.throttle.stranded('storefront', 'scan', 7);
    expect(await samples(metrics, 'weir_limit_used_units_total')).toEqual([
      'weir_limit_used_units_total{app="storefront",operation="read"} 50',
      'weir_limit_used_units_total{app="storefront",operation="connect"} 1',
    ]);
    expect(await samples(metrics, 'weir_limit_refused_units_total')).toEqual([
      'weir_limit_refused_units_total{app="storefront",operation="read",mode="on"} 3',
      'weir_limit_refused_units_total{app="storefront",operation="read",mode="shadow"} 4',
    ]);
    expect(await samples(metrics, 'weir_limit_near_total')).toEqual([
      'weir_limit_near_total{app="storefront",operation="read"} 1',
    ]);
    expect(await samples(metrics, 'weir_lease_stranded_units')).toEqual([
      'weir_lease_stranded_units{app="storefront",operation="scan"} 7',
    ]);
  });

  it('never fall where units are given back: that is made up for by those used after it', async () => {
    const metrics = createTestMetrics();
    const seen: string[] = [];
    for (const units of [10, -4, -2, 5, 3]) {
      metrics.throttle.used('storefront', 'read', units);
      const [line = ''] = await samples(metrics, 'weir_limit_used_units_total');
      seen.push(line.split(' ')[1] ?? '');
    }
    expect(seen).toEqual(['10', '10', '10', '10', '12']);
  });

  it('time what waits and what asks the store, in seconds', async () => {
    const metrics = createTestMetrics();
    metrics.throttle.waited('storefront', 'scan', 250);
    metrics.throttle.storeCall('charge', 2, 'ok');
    metrics.throttle.storeCall('charge', 40, 'timeout');
    expect(await samples(metrics, 'weir_limit_wait_seconds_sum')).toEqual([
      'weir_limit_wait_seconds_sum{app="storefront",operation="scan"} 0.25',
    ]);
    expect(await samples(metrics, 'weir_limiter_store_duration_seconds_sum')).toEqual([
      'weir_limiter_store_duration_seconds_sum{call="charge",outcome="ok"} 0.002',
      'weir_limiter_store_duration_seconds_sum{call="charge",outcome="timeout"} 0.04',
    ]);
  });

  it('make no series of names that are not configured', async () => {
    const metrics = createTestMetrics();
    for (const name of ['zq7-a', 'zq7-b']) {
      metrics.throttle.used(name, 'zq7-operation' as LimitedOperation, 1);
    }
    expect(await samples(metrics, 'weir_limit_used_units_total')).toEqual([
      'weir_limit_used_units_total{app="-",operation="-"} 2',
    ]);
  });

  it('make no more series of calls to the store than have room', async () => {
    const metrics = createTestMetrics();
    for (let call = 0; call < 60; call += 1) metrics.throttle.storeCall(`call-${call}`, 1, 'ok');
    const counts = await samples(metrics, 'weir_limiter_store_duration_seconds_count');
    expect(counts).toHaveLength(51);
    expect(counts.at(-1)).toBe('weir_limiter_store_duration_seconds_count{call="-",outcome="ok"} 10');
  });

  it('learn the names of a reload', async () => {
    const metrics = createTestMetrics();
    metrics.learnNames({ applications: ['new'], classes: [], operations: [], tables: [] });
    metrics.throttle.used('new', 'write', 1);
    expect(await samples(metrics, 'weir_limit_used_units_total')).toEqual([
      'weir_limit_used_units_total{app="new",operation="write"} 1',
    ]);
  });

  it('leave faults to whoever reports them', () => {
    const faults: unknown[] = [];
    const fault = new Error('x');
    createTestMetrics([], faults).throttle.unexpected(fault);
    expect(faults).toEqual([fault]);
  });
});

describe('the gauges of limits', () => {
  const gauges: LimitGauges = {
    rates: [
      { subject: 'storefront', operation: 'read', rate: 20_000 },
      { subject: 'class:frontend', operation: 'read', rate: 50_000 },
      { subject: 'fleet:all', operation: 'read', rate: 60_000 },
      { subject: 'zq7-a', operation: 'read', rate: 1 },
      { subject: 'class:zq7-b', operation: 'scan', rate: 2 },
    ],
    degraded: true,
    instances: 3,
    sessions: [
      ['storefront', 12],
      ['zq7-a', 1],
    ],
  };
  const open = (limits?: LimitGauges) =>
    createTestMetrics([], [], false, undefined, limits === undefined ? undefined : () => limits);

  it('are as told when scraped, under names of the configuration', async () => {
    const metrics = open(gauges);
    expect(await samples(metrics, 'weir_limit_rate')).toEqual([
      'weir_limit_rate{app="storefront",operation="read"} 20000',
      'weir_limit_rate{app="class:frontend",operation="read"} 50000',
      'weir_limit_rate{app="fleet:all",operation="read"} 60000',
      'weir_limit_rate{app="-",operation="read"} 1',
      'weir_limit_rate{app="-",operation="scan"} 2',
    ]);
    expect(await samples(metrics, 'weir_limiter_degraded')).toEqual(['weir_limiter_degraded 1']);
    expect(await samples(metrics, 'weir_limiter_instances')).toEqual(['weir_limiter_instances 3']);
    expect(await samples(metrics, 'weir_sessions')).toEqual([
      'weir_sessions{app="storefront"} 12',
      'weir_sessions{app="-"} 1',
    ]);
  });

  it('forget a limit that is no more', async () => {
    let rates = gauges.rates;
    const metrics = createTestMetrics([], [], false, undefined, () => ({ ...gauges, rates }));
    expect(await samples(metrics, 'weir_limit_rate')).toHaveLength(5);
    rates = [];
    expect(await samples(metrics, 'weir_limit_rate')).toEqual([]);
  });

  it('are absent where nobody is limited', async () => {
    const { body } = await open().exposition();
    expect(body).not.toMatch(/weir_limiter_degraded|weir_sessions|weir_limit_rate/);
  });
});
