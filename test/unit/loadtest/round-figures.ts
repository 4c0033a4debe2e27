import type { RoundFigures } from '../../../loadtest/rounds.ts';

/** Figures of one round in which nothing is remarkable but what is told. */
export function roundFigures(variant: string, told: Partial<RoundFigures>): RoundFigures {
  return {
    variant,
    round: 1,
    lookUps: 10,
    nodeCpuMs: {},
    cpuMs: 10,
    busiestOverMean: 1,
    product: 10,
    meanMs: 15,
    p50Ms: 10,
    p95Ms: 20,
    lookUpsPerSecond: 100,
    clientCpuMs: 1,
    proxyCpuMs: 0,
    ...told,
  };
}
