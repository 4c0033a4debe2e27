import type { TableSchema } from '../encoding/table-schema.ts';

/** Samples kept for a fit; the oldest are overwritten. */
const windowSize = 256;
/** A new fit after so many further samples. */
const refitEvery = 64;
const minimumSamples = 32;

/**
 * What a message with so many keys should take: a + b x keys ms, fitted on the faster half of the recent
 * answers, since the slower half is queueing, pauses and sick nodes: just what the expectation judges.
 */
export interface CostModel {
  observe(keys: number, durationMs: number): void;
  /** In ms; undefined before there is enough to go by. */
  expectedMs(keys: number): number | undefined;
}

/** The cost model of each table; it goes with the table. */
export function createCostBook(): (table: TableSchema) => CostModel {
  const models = new WeakMap<TableSchema, CostModel>();
  return (table) => {
    let known = models.get(table);
    if (known === undefined) {
      known = createCostModel();
      models.set(table, known);
    }
    return known;
  };
}

interface Fit {
  readonly perMessageMs: number;
  readonly perKeyMs: number;
}

export function createCostModel(): CostModel {
  const keysSeen = new Float64Array(windowSize);
  const durations = new Float64Array(windowSize);
  let observed = 0;
  let fit: Fit | undefined;

  return {
    observe(keys, durationMs) {
      keysSeen[observed % windowSize] = keys;
      durations[observed % windowSize] = durationMs;
      observed += 1;
      const due = observed === minimumSamples || observed % refitEvery === 0;
      if (due && observed >= minimumSamples) {
        const count = Math.min(observed, windowSize);
        fit = fitFasterHalf(keysSeen.subarray(0, count), durations.subarray(0, count));
      }
    },
    expectedMs: (keys) => (fit === undefined ? undefined : fit.perMessageMs + fit.perKeyMs * keys),
  };
}

/** Fit all, keep the half that is fastest relative to that fit, fit those. */
function fitFasterHalf(keys: Float64Array, durations: Float64Array): Fit {
  const rough = leastSquares(keys, durations, () => true);
  const ratios = durations.map(
    (duration, index) => duration / (rough.perMessageMs + rough.perKeyMs * (keys[index] ?? 0)),
  );
  const median = ratios.toSorted()[Math.ceil(ratios.length / 2) - 1] ?? 0;
  return leastSquares(keys, durations, (index) => (ratios[index] ?? 0) <= median);
}

/** Ordinary least squares, held to a > 0 and b >= 0: a message is never free, more keys are never cheaper. */
function leastSquares(
  keys: Float64Array,
  durations: Float64Array,
  isChosen: (index: number) => boolean,
): Fit {
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  let n = 0;
  for (let index = 0; index < keys.length; index += 1) {
    if (!isChosen(index)) continue;
    n += 1;
    const x = keys[index] ?? 0;
    const y = durations[index] ?? 0;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  const spread = n * sumXX - sumX * sumX;
  const slope = spread > 1e-9 ? (n * sumXY - sumX * sumY) / spread : 0;
  const floorMs = 0.01;
  if (slope <= 0) return { perMessageMs: Math.max(floorMs, sumY / n), perKeyMs: 0 };
  const intercept = (sumY - slope * sumX) / n;
  if (intercept >= floorMs) return { perMessageMs: intercept, perKeyMs: slope };
  return { perMessageMs: floorMs, perKeyMs: sumXX > 0 ? sumXY / sumXX : 0 };
}
