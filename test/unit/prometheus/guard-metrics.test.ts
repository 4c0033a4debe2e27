import { describe, expect, it } from 'vitest';
import type { GuardGauges } from '../../../src/adapters/prometheus/guard-metrics.ts';
import { guardPhases } from '../../../src/core/guard/guard.ts';
import { createTestMetrics, samples } from './metrics-fixture.ts';

const open = (guard: () => GuardGauges) => createTestMetrics([], [], false, undefined, undefined, guard);

describe('the gauges of the guard', () => {
  it('are as it is when scraped', async () => {
    let guard: GuardGauges = { factor: 0.35, phase: 'cut', p95Ms: 82.5, isLeader: true };
    const metrics = open(() => guard);
    expect(await samples(metrics, 'weir_guard_factor')).toEqual(['weir_guard_factor 0.35']);
    expect(await samples(metrics, 'weir_guard_latency_p95_seconds')).toEqual([
      'weir_guard_latency_p95_seconds 0.0825',
    ]);
    expect(await samples(metrics, 'weir_guard_leader')).toEqual(['weir_guard_leader 1']);
    guard = { factor: 0.5, phase: 'blind', p95Ms: undefined, isLeader: false };
    expect(await samples(metrics, 'weir_guard_factor')).toEqual(['weir_guard_factor 0.5']);
    expect(await samples(metrics, 'weir_guard_latency_p95_seconds')).toEqual([]);
    expect(await samples(metrics, 'weir_guard_leader')).toEqual(['weir_guard_leader 0']);
    guard = { ...guard, p95Ms: 10 };
    expect(await samples(metrics, 'weir_guard_latency_p95_seconds')).toEqual([
      'weir_guard_latency_p95_seconds 0.01',
    ]);
  });

  it.each(guardPhases)('have one phase at a time: %s', async (phase) => {
    const metrics = open(() => ({ factor: 1, phase, p95Ms: 1, isLeader: false }));
    const lines = await samples(metrics, 'weir_guard_phase');
    expect(lines).toHaveLength(guardPhases.length);
    expect(lines.filter((line) => line.endsWith(' 1'))).toEqual([`weir_guard_phase{phase="${phase}"} 1`]);
  });

  it('are absent where there is no guard', async () => {
    expect((await createTestMetrics().exposition()).body).not.toContain('weir_guard');
  });
});
