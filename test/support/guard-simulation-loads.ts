import type { SimulatedLoad } from './guard-simulation.ts';

/** The job comes after 10 s and counts from 15 s later on, for 110 s. */
const usual = { seconds: 135, measuredFrom: 25, frontEnd: () => 0.5 } as const;
const job = { from: 10, limit: 0.6, leaseMs: 50 } as const;

/** In which there is something to be shared: what the guard gets for the job is compared with the best fixed limit. */
export const sharedLoads: readonly SimulatedLoad[] = [
  { ...usual, name: 'steady', jobs: [job] },
  { ...usual, name: 'in bursts', jobs: [{ ...job, leaseMs: 300 }] },
  { ...usual, name: 'a small limit, in bursts', jobs: [{ ...job, limit: 0.3, leaseMs: 300 }] },
  { ...usual, name: 'a limit above capacity', jobs: [{ ...job, limit: 1.5, callers: 32 }] },
  { ...usual, name: 'writes', jobs: [{ ...job, limit: 0.8, writes: 1 }] },
  {
    ...usual,
    name: 'two jobs',
    jobs: [
      { ...job, limit: 0.3 },
      { ...job, limit: 0.3, from: 5, writes: 0 },
    ],
  },
  { ...usual, name: 'few look-ups', size: 0.2, jobs: [job] },
  { ...usual, name: 'nodes pause', pauses: 6, jobs: [job] },
  { ...usual, name: 'lost observations', lost: 0.3, jobs: [job] },
  {
    ...usual,
    name: 'waves',
    frontEnd: (second) => 0.45 + 0.15 * Math.sin(second / 8),
    jobs: [job],
  },
  {
    ...usual,
    name: 'a ramp',
    frontEnd: (second) => 0.35 + 0.2 * (second / usual.seconds),
    jobs: [job],
  },
  {
    ...usual,
    name: 'steps',
    frontEnd: (second) => (second % 60 < 30 ? 0.4 : 0.55),
    jobs: [job],
  },
  {
    ...usual,
    name: 'spikes',
    frontEnd: (second) => (second % 40 < 2 ? 0.7 : 0.45),
    jobs: [job],
  },
];

/** Nobody sees these early enough: each peak overloads the nodes, and is over when it is known. */
export const hardLoads: readonly SimulatedLoad[] = [
  {
    ...usual,
    name: 'sharp spikes',
    frontEnd: (second) => (second % 40 < 3 ? 0.8 : 0.45),
    jobs: [job],
  },
];

export function loadWith(change: Partial<SimulatedLoad>): SimulatedLoad {
  return { ...usual, name: 'own', jobs: [job], ...change };
}
