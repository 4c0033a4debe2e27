import type { Application } from '../applications.ts';
import type { ProblemSlug } from '../errors.ts';
import type { Clock, ReadTelemetry, SchemaReader, Text } from '../ports.ts';
import type { SpeculativeRetry } from '../speculation/speculative-retry.ts';
import type { CallerWatch, Throttle } from '../throttle/throttle.ts';
import type { Summary } from './answer.ts';
import { createAnswerRoom } from './answer-room.ts';
import type { GrantedTable, TableCall } from './granted-table.ts';
import { batchKeys } from './key-batches.ts';
import type { KeyOutcome, KeyReader, ReadReport, ReadResult } from './key-reader.ts';
import type { CacheAccount, ReadAccount } from './look-up.ts';
import type { LookUpRequest } from './look-up-request.ts';
import { type QuotaAccount, QuotaBill, type QuotaRefusal } from './quota-bill.ts';
import { addReports, unsentReport } from './read-report.ts';
import type { SelectionBook } from './selection.ts';
import type { Bounds, RequestBounds, TableSettings } from './settings.ts';

/** What the use cases that read share. */
export interface ReadParts {
  readonly schema: SchemaReader;
  /** The outermost of the readers. */
  readonly reader: KeyReader;
  readonly selections: SelectionBook;
  readonly clock: Clock;
  readonly text: Text;
  readonly telemetry: ReadTelemetry;
  /** May change at run time: asked anew for each request. */
  readonly bounds: Bounds;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
  /** Absent: nobody is limited. */
  readonly throttle?: Pick<Throttle, 'admit'> | undefined;
}

/** A request keeps the bounds that it began with. */
export function boundsOfNow({ keys, rows, answerBytes }: Bounds): RequestBounds {
  return { keys, rows, answerBytes };
}

interface ReadCall extends TableCall {
  readonly strict: boolean;
  readonly traceparent?: string | undefined;
  readonly speculativeRetry?: SpeculativeRetry | undefined;
  readonly noCache?: boolean | undefined;
  readonly waitMs?: number | undefined;
  readonly caller?: CallerWatch | undefined;
}

interface RequestRead {
  /** `outcomes[i]` is of the i-th key of the request. */
  readonly outcomes: readonly KeyOutcome[];
  readonly report: ReadReport;
  readonly cache: CacheAccount | undefined;
  /** Undefined where no limit was asked. */
  readonly quota: QuotaAccount | undefined;
  /** Why keys are `unprocessed: quota`. */
  readonly refusal: QuotaRefusal | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads the keys of a request that holds: doubles once, both forms at once, under one deadline, one answer's size and
 * one verdict of the limits.
 */
export async function readRequest(
  parts: ReadParts,
  call: ReadCall,
  table: GrantedTable,
  settings: TableSettings,
  request: LookUpRequest,
  { answerBytes }: RequestBounds,
): Promise<RequestRead> {
  const { batches, places, warnings } = batchKeys(request, table, parts.selections, parts.text);
  const answerRoom = createAnswerRoom(answerBytes);
  const rule = speculationOf(call.application, settings);
  const speculation = call.speculativeRetry === undefined ? [rule] : [rule, call.speculativeRetry];
  const bill = openBill(parts, call);
  const reads = batches.map(({ selection, keys, identities }) =>
    parts.reader({
      selection,
      settings,
      consistency: request.consistency,
      datacenters: call.application.datacenters,
      keys,
      identities,
      deadlineMs: call.deadlineMs,
      traceparent: call.traceparent,
      speculation,
      cacheUse: call.application.cacheUse,
      noCache: call.noCache ?? false,
      strict: call.strict,
      answerRoom,
      bill,
    }),
  );
  bill?.close();
  const results = await Promise.all(reads);
  const outcomes = places.map(({ batch, position }) => results[batch]?.outcomes[position] as KeyOutcome);
  const [first = unsentReport(0), ...others] = results.map(({ report }) => report);
  const report = others.reduce(addReports, first);
  return {
    outcomes,
    report,
    cache: accountForCache(call, settings, results, report),
    quota: bill?.account(),
    refusal: bill?.refusal,
    warnings,
  };
}

function openBill({ throttle, clock, telemetry }: ReadParts, call: ReadCall): QuotaBill | undefined {
  if (throttle === undefined) return undefined;
  const { application, strict, waitMs, deadlineMs, caller } = call;
  const ask = { application, operation: 'read', strict, waitMs, deadlineMs, caller } as const;
  return new QuotaBill({ throttle, clock, telemetry }, ask);
}

function accountForCache(
  { application, noCache }: ReadCall,
  settings: TableSettings,
  results: readonly ReadResult[],
  { stale }: ReadReport,
): CacheAccount | undefined {
  if (settings.cache === undefined) return undefined;
  const use = application.cacheUse === 'off' ? 'off' : noCache === true ? 'refused' : 'read';
  return { use, keys: results.reduce((sum, { outcomes }) => sum + outcomes.length, 0), stale };
}

/** The rule that holds, whatever a request asks for on top of it. */
export function speculationOf(application: Application, settings: TableSettings): SpeculativeRetry {
  return application.speculativeRetry ?? settings.speculativeRetry;
}

/** Tells the telemetry what became of the request, and the caller as well. `summary` is as answered. */
export function accountFor(
  telemetry: ReadTelemetry,
  { application, keyspace, table }: TableCall,
  summary: Readonly<Summary>,
  { outcomes, report, cache, quota }: Pick<RequestRead, 'outcomes' | 'report' | 'cache' | 'quota'>,
): ReadAccount {
  const { groups, span, hedges, cacheHits, joined } = report;
  const keys = summary.found + summary.missing + summary.error + summary.unprocessed;
  const { name, className } = application;
  const cassandraMs = span === undefined ? undefined : span.toMs - span.fromMs;
  telemetry.lookUp({
    application: name,
    className,
    keyspace,
    table,
    keys,
    ...summary,
    groups,
    cassandraMs,
    clusterFailed: hasClusterFailed(outcomes, report),
  });
  const counts = { keys, groups: groups.length, hedges, cacheHits, joined, ...summary };
  return { ...counts, cassandraMs: cassandraMs ?? 0, cache, quota };
}

/** However busy or idle the cluster is, these would be the same. */
const steadyProblems: ReadonlySet<ProblemSlug> = new Set([
  'internal',
  'unreadable-value',
  'replica-rejected',
]);

/** Rows are served stale only where the cluster failed. */
function hasClusterFailed(outcomes: readonly KeyOutcome[], { expired, stale }: ReadReport): boolean {
  if (expired || stale > 0) return true;
  return outcomes.some((outcome) => outcome.status === 'error' && !steadyProblems.has(outcome.problem));
}
