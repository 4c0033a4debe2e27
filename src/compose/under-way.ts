import type { RequestMetrics } from '../http/request-metrics.ts';

/** Counts the requests that are under way, on their way to the metrics. */
export function countUnderWay(metrics: RequestMetrics): {
  readonly metrics: RequestMetrics;
  readonly count: () => number;
} {
  let count = 0;
  return {
    metrics: {
      requestStarted() {
        count += 1;
        metrics.requestStarted();
      },
      requestEnded(end) {
        count -= 1;
        metrics.requestEnded(end);
      },
    },
    count: () => count,
  };
}
