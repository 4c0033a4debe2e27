import { Gauge, Histogram, type Registry } from 'prom-client';
import { type LimitedOperation, limitedOperations } from '../../core/throttle/limit.ts';
import type { ThrottleTelemetry } from '../../core/throttle/telemetry.ts';
import { durationBuckets } from './buckets.ts';
import { createBoundedLabel, createChildren, createKnownLabel, type Labels } from './label-values.ts';
import { createTallies } from './tally.ts';

/** What is known of limits at the moment of a scrape. */
export interface LimitGauges {
  /** Of each limit that counts; `subject` as `storefront`, `class:backend`, `fleet:all`. */
  readonly rates: Iterable<{
    readonly subject: string;
    readonly operation: LimitedOperation;
    /** Units a second. */
    readonly rate: number;
  }>;
  /** Limits are not counted where they should be: the store is away. */
  readonly degraded: boolean;
  /** As last known, this one included. */
  readonly instances: number;
  /** Held, by application, as last known. */
  readonly sessions: Iterable<readonly [application: string, held: number]>;
}

/** Calls to the store have names of the code; a bound all the same. */
const mostCalls = 50;

export function createLimitMetrics(
  registry: Registry,
  labels: Labels,
): Omit<ThrottleTelemetry, 'unexpected'> {
  const registers = [registry];
  const operationLabel = createKnownLabel(limitedOperations);
  const callLabel = createBoundedLabel(mostCalls);
  const counterOf = (name: string, help: string, ...more: string[]) =>
    createTallies({ name, help, labelNames: ['app', 'operation', ...more], registers });
  const usedOf = counterOf(
    'weir_limit_used_units_total',
    'Units that were charged, less those that were given back',
  );
  const refusedOf = counterOf(
    'weir_limit_refused_units_total',
    'Units that were asked for and not given: by a limit that is enforced (`on`), or that only says so (`shadow`)',
    'mode',
  );
  const nearOf = counterOf(
    'weir_limit_near_total',
    'Decisions after which a limit had four fifths of its burst used, or more',
  );
  const strandedOf = counterOf(
    'weir_lease_stranded_units',
    'Leased units that were neither spent nor given back, since the start',
  );
  const wait = new Histogram({
    name: 'weir_limit_wait_seconds',
    help: 'Time that requests waited for their turn where a limit was reached',
    labelNames: ['app', 'operation'],
    buckets: durationBuckets,
    registers,
  });
  const waitOf = createChildren((...values) => wait.labels(...values));
  const store = new Histogram({
    name: 'weir_limiter_store_duration_seconds',
    help: 'Calls to where limits are counted, by what became of them: `ok`, `timeout`, `failed`',
    labelNames: ['call', 'outcome'],
    buckets: durationBuckets,
    registers,
  });
  const storeOf = createChildren((...values) => store.labels(...values));
  const { application: nameOf } = labels;
  return {
    used: (application, operation, units) =>
      usedOf(nameOf(application), operationLabel(operation)).add(units),
    refused: (application, operation, units, mode) =>
      refusedOf(nameOf(application), operationLabel(operation), mode).add(units),
    near: (application, operation) => nearOf(nameOf(application), operationLabel(operation)).add(1),
    stranded: (application, operation, units) =>
      strandedOf(nameOf(application), operationLabel(operation)).add(units),
    waited: (application, operation, durationMs) =>
      waitOf(nameOf(application), operationLabel(operation)).observe(durationMs / 1_000),
    storeCall: (call, durationMs, outcome) => storeOf(callLabel(call), outcome).observe(durationMs / 1_000),
  };
}

/** Told by others when asked. Every worker process tells the same of the whole fleet. */
export function addLimitGauges(registry: Registry, gauges: () => LimitGauges, labels: Labels): void {
  const registers = [registry];
  const aggregator = 'max';
  const operationLabel = createKnownLabel(limitedOperations);
  new Gauge({
    name: 'weir_limit_rate',
    help: 'Units a second that a limit allows: of an application, `class:NAME` or `fleet:all`',
    labelNames: ['app', 'operation'],
    aggregator,
    registers,
    collect() {
      this.reset();
      for (const { subject, operation, rate } of gauges().rates) {
        this.set({ app: subjectLabel(labels, subject), operation: operationLabel(operation) }, rate);
      }
    },
  });
  new Gauge({
    name: 'weir_limiter_degraded',
    help: '1 while limits cannot be counted over all instances, and each limit does what it says for that',
    aggregator,
    registers,
    collect() {
      this.set(gauges().degraded ? 1 : 0);
    },
  });
  new Gauge({
    name: 'weir_limiter_instances',
    help: 'Instances that share the limits, this one included, as last known',
    aggregator,
    registers,
    collect() {
      this.set(gauges().instances);
    },
  });
  new Gauge({
    name: 'weir_sessions',
    help: 'Sessions held, as last known',
    labelNames: ['app'],
    aggregator,
    registers,
    collect() {
      this.reset();
      for (const [application, held] of gauges().sessions) {
        this.set({ app: labels.application(application) }, held);
      }
    },
  });
}

function subjectLabel(labels: Labels, subject: string): string {
  if (subject === 'fleet:all') return subject;
  const [, className] = /^class:(.*)$/.exec(subject) ?? [];
  if (className === undefined) return labels.application(subject);
  const known = labels.className(className);
  return known === className ? subject : known;
}
