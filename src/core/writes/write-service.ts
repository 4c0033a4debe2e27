import type { InvalidationReach } from '../cache/invalidation-follower.ts';
import type { TableSchema } from '../encoding/table-schema.ts';
import { RequestError } from '../errors.ts';
import type { Clock, RowChange, SchemaReader, Text } from '../ports.ts';
import { openTable } from '../reads/granted-table.ts';
import { keyIdentity } from '../reads/key-identity.ts';
import { type QuotaAccount, QuotaBill, type QuotaRefusal } from '../reads/quota-bill.ts';
import type { Bounds, TableSettings } from '../reads/settings.ts';
import type { SessionCheck } from '../throttle/session-check.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { tokenOfKey } from '../token/partition-key.ts';
import type { RowWriteParts } from './row-batch.ts';
import { countRows, type RowCounts, type RowOutcome } from './row-outcome.ts';
import { writeRows } from './row-writes.ts';
import type { SettlingPartitions } from './settling-partitions.ts';
import { trickleOf } from './trickle.ts';
import type { Write, WriteCall, WriteTelemetry } from './write.ts';
import { encodeWrite } from './write-answer.ts';
import type { RowsToPlan } from './write-plan.ts';
import { parseWriteRequest } from './write-request.ts';
import { createWriteStatements } from './write-statements.ts';
import { createWriteTimestamps } from './write-timestamps.ts';

export interface WriteParts extends Omit<RowWriteParts, 'telemetry'> {
  readonly cluster: RowWriteParts['cluster'] & SchemaReader;
  /** The time of day, µs since 1970. */
  readonly wallMicros: () => bigint;
  readonly text: Text;
  /** May change at run time: asked anew for each request. */
  readonly bounds: Pick<Bounds, 'writeRows'>;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
  /** Absent: nobody is limited. */
  readonly throttle?: Pick<Throttle, 'admit' | 'pace'> | undefined;
  /** Absent: no request has to name a session. */
  readonly sessions?: Pick<SessionCheck, 'refusalOf'> | undefined;
  /** Absent: nothing is cached anywhere. */
  readonly settling?: Pick<SettlingPartitions, 'written'> | undefined;
  readonly telemetry: WriteTelemetry;
}

/** An answer waits so long for the other instances to be told, also beyond its deadline: within the 50 ms that it may be late. */
const longestTellingMs = 40;
const untoldWarning = 'other instances could not be told; their cached rows live up to their ttl';

/** The way of a write, top to bottom: session, table, rows, units, timestamps, messages, invalidation, answer. */
export function createWrite(parts: WriteParts): Write {
  const statements = createWriteStatements();
  const timestamps = createWriteTimestamps(parts.wallMicros);
  return async (call) => {
    const refused = await parts.sessions?.refusalOf(call.application, call.sessionId);
    if (refused !== undefined) return refused;
    const table = await openTable({ schema: parts.cluster, clock: parts.clock }, call, 'write');
    const settings = parts.settingsOf(call.keyspace, call.table);
    requireWritable(settings);
    const request = parseWriteRequest(
      call.body,
      table,
      settings,
      parts.bounds,
      parts.wallMicros(),
      parts.text,
    );
    const units = await takeUnits(parts, call, request.rows.length);
    const baseMicros = request.timestampMicros ?? timestamps.take(request.rows.length);
    const changes = request.rows
      .slice(0, units.granted)
      .map((row, index) => statements.changeOf(table.schema, row, baseMicros + BigInt(index)));
    const tell = createTeller(parts, call, table.schema, settings, changes);
    const result = await writeRows(parts, {
      ...planned(call, table.schema, settings, changes),
      trickle: trickleOf(
        parts.throttle?.pace(call.application, 'write'),
        changes.length,
        call.deadlineMs - parts.clock.nowMs(),
      ),
      consistency: request.consistency,
      deadlineMs: call.deadlineMs,
      traceparent: call.traceparent,
      onLate: (rows) => void tell(rows),
    });
    units.settle(result.sent.length);
    // Also of rows that failed after they were sent: they may be written all the same.
    const reach = await within(parts.clock, longestTellingMs, tell(result.sent));
    const outcomes = [...result.outcomes, ...refusedRows(request.rows.length - units.granted)];
    const summary = countRows(outcomes);
    report(parts.telemetry, call, summary);
    const { problem, body, retryAfterMs } = encodeWrite({
      outcomes,
      summary,
      timestampMicros: baseMicros,
      expired: result.expired,
      refusal: units.refusal(),
      warnings: reach === 'instance' ? [untoldWarning] : [],
    });
    const { retries, durationMs: cassandraMs } = result;
    const account = { rows: outcomes.length, ...summary, retries, cassandraMs, quota: units.account() };
    return { kind: 'answer', problem, body, retryAfterMs, account };
  };
}

function requireWritable({ writable }: TableSettings): void {
  if (writable) return;
  const detail = 'the table takes no writes: its setting `writable` is not true';
  throw new RequestError('impossible', detail);
}

interface Units {
  readonly granted: number;
  /** Once, with the rows that were sent. */
  settle(used: number): void;
  refusal(): QuotaRefusal | undefined;
  account(): QuotaAccount | undefined;
}

/** One for each row; in part, unless the call is strict. */
async function takeUnits(
  { throttle, clock, readTelemetry }: WriteParts,
  { application, strict, waitMs, deadlineMs, caller }: WriteCall,
  rows: number,
): Promise<Units> {
  if (throttle === undefined) {
    return { granted: rows, settle() {}, refusal: () => undefined, account: () => undefined };
  }
  const ask = { application, operation: 'write', strict, waitMs, deadlineMs, caller } as const;
  const bill = new QuotaBill({ throttle, clock, telemetry: readTelemetry }, ask);
  let settle: (used: number) => void = () => {};
  const granted = await new Promise<number>((resolve) => {
    settle = bill.claim({ units: rows, delayed() {}, granted: resolve });
    bill.close();
  });
  return { granted, settle, refusal: () => bill.refusal, account: () => bill.account() };
}

function planned(
  { keyspace, application }: WriteCall,
  { partitionKey }: TableSchema,
  { writeGrouping }: TableSettings,
  changes: readonly RowChange[],
): Omit<RowsToPlan, 'trickle'> {
  const tokens = changes.map(({ key }) => tokenOfKey(key.slice(0, partitionKey.length)));
  return { keyspace, grouping: writeGrouping, datacenters: application.datacenters, tokens, changes };
}

/** Tells the caches of rows, by their places. Keeps of them no more than their partitions: it may be called late. */
function createTeller(
  { settling, text }: WriteParts,
  { keyspace, table }: WriteCall,
  { partitionKey }: TableSchema,
  { settleMs }: TableSettings,
  changes: readonly RowChange[],
): (rows: readonly number[]) => Promise<InvalidationReach> {
  if (settling === undefined) return async () => 'fleet';
  const identities = changes.map(({ key }) => keyIdentity(key.slice(0, partitionKey.length), text));
  return (rows) => {
    const partitions = new Set(rows.flatMap((row) => identities[row] ?? []));
    return settling.written({ keyspace, table, partitions: [...partitions], settleMs });
  };
}

/** What is not known in time has not come to the others. */
async function within(
  clock: Clock,
  longestMs: number,
  told: Promise<InvalidationReach>,
): Promise<InvalidationReach> {
  let cancel = (): void => {};
  const late = new Promise<InvalidationReach>((resolve) => {
    cancel = clock.after(longestMs, () => resolve('instance'));
  });
  const reach = await Promise.race([told, late]);
  cancel();
  return reach;
}

function refusedRows(count: number): readonly RowOutcome[] {
  return Array.from({ length: count }, () => ({ status: 'unprocessed', reason: 'quota' }) as const);
}

function report(telemetry: WriteTelemetry, call: WriteCall, summary: RowCounts): void {
  for (const outcome of ['written', 'error', 'unprocessed'] as const) {
    const rows = summary[outcome];
    if (rows > 0) telemetry.rows(call.application.name, call.keyspace, call.table, outcome, rows);
  }
}
