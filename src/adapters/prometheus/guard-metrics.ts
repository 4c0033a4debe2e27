import { Gauge, type Registry } from 'prom-client';
import { type GuardPhase, guardPhases } from '../../core/guard/guard.ts';

/** What is known of the guard at the moment of a scrape. */
export interface GuardGauges {
  /** In force on this instance. */
  readonly factor: number;
  readonly phase: GuardPhase;
  /** As the leader saw it, of the whole fleet; undefined: there was nothing to be seen. */
  readonly p95Ms: number | undefined;
  readonly isLeader: boolean;
}

/** Every worker process tells the same of the whole fleet, but for one that hears of no leader. */
export function addGuardGauges(registry: Registry, gauges: () => GuardGauges): void {
  const registers = [registry];
  new Gauge({
    name: 'weir_guard_factor',
    help: 'The part of themselves that the limits of the slowed classes are now; 1: they are as they are set',
    // A worker that is cut off slows what it serves.
    aggregator: 'min',
    registers,
    collect() {
      this.set(gauges().factor);
    },
  });
  new Gauge({
    name: 'weir_guard_latency_p95_seconds',
    help: 'Of the protected look-ups of the last seconds that reached Cassandra, of all instances, as the leader saw it; absent where there were none',
    aggregator: 'max',
    registers,
    collect() {
      const { p95Ms } = gauges();
      if (p95Ms === undefined) this.remove();
      else this.set(p95Ms / 1_000);
    },
  });
  new Gauge({
    name: 'weir_guard_phase',
    help: '1 for what the guard does just now, 0 for the others',
    labelNames: ['phase'],
    aggregator: 'max',
    registers,
    collect() {
      const now = gauges().phase;
      for (const phase of guardPhases) this.set({ phase }, phase === now ? 1 : 0);
    },
  });
  new Gauge({
    name: 'weir_guard_leader',
    help: '1 on the instance that decides for all',
    aggregator: 'max',
    registers,
    collect() {
      this.set(gauges().isLeader ? 1 : 0);
    },
  });
}
