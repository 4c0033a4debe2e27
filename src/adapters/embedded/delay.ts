import type { Random } from '../../core/ports.ts';

/** How long a node takes over one message besides the cost of its keys, in ms; drawn anew for each. */
export type Delay = (random: Random) => number;

export const noDelay: Delay = () => 0;

export function constantDelay(ms: number): Delay {
  return () => ms;
}

export function uniformDelay(fromMs: number, toMs: number): Delay {
  return (random) => fromMs + (toMs - fromMs) * random.next();
}

export function exponentialDelay(meanMs: number): Delay {
  return (random) => -meanMs * Math.log(1 - random.next());
}

/** Half of the delays are below the median; `sigma` is the deviation of their logarithm (0.5: the 99th percentile is 3.2 medians). */
export function logNormalDelay(medianMs: number, sigma: number): Delay {
  return (random) => medianMs * Math.exp(sigma * standardNormal(random));
}

/** Box and Muller (1958); the second of their two numbers is dropped. */
function standardNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}
