import { accessTo } from '../applications.ts';
import type { TableSchema } from '../encoding/table-schema.ts';
import { ReplicaError, RequestError } from '../errors.ts';
import type { Clock, Consistency, KeyBytes, ReadTelemetry, SchemaReader, Text } from '../ports.ts';
import { encodeAnswer } from './answer.ts';
import { keyIdentity } from './key-identity.ts';
import type { KeyOutcome, KeyReader } from './key-reader.ts';
import type { LookUp, LookUpAnswer, LookUpCall } from './look-up.ts';
import { parseLookUpRequest } from './look-up-request.ts';
import type { SelectionBook } from './selection.ts';
import type { Bounds, TableSettings } from './settings.ts';

export interface LookUpParts {
  readonly schema: SchemaReader;
  /** The outermost of the readers. */
  readonly reader: KeyReader;
  readonly selections: SelectionBook;
  readonly clock: Clock;
  readonly text: Text;
  readonly telemetry: ReadTelemetry;
  readonly bounds: Bounds;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
}

/** The way of a look-up, top to bottom: access, table, keys, doubles folded, read, answer in key order. */
export function createLookUp(parts: LookUpParts): LookUp {
  return async (call) => {
    checkAccess(call);
    const table = await findTable(parts, call);
    const settings = parts.settingsOf(call.keyspace, call.table);
    const request = parseLookUpRequest(call.body, table, settings, parts.bounds, parts.text);
    const { distinct, positions } = foldDoubles(request.keys, parts.text);
    const { selections } = parts;
    const { columns, wholePrimaryKey, limitPerKey } = request;
    const selection = selections.select(table, columns, wholePrimaryKey, limitPerKey);
    const result = await parts.reader({
      selection,
      settings,
      consistency: request.consistency satisfies Consistency,
      datacenters: call.application.datacenters,
      keys: distinct,
      deadlineMs: call.deadlineMs,
      answerBytes: parts.bounds.answerBytes,
    });
    const outcomes = positions.map((position) => result.outcomes[position] as KeyOutcome);
    const answer = encodeAnswer(outcomes, result.report, {
      answerBytes: parts.bounds.answerBytes,
      debug: call.debug,
      text: parts.text,
      warnings: selection.warnings,
    });
    const groups = result.report.groups;
    const { application, keyspace } = call;
    parts.telemetry.lookUp({
      application: application.name,
      keyspace,
      table: call.table,
      keys: outcomes.length,
      ...answer.summary,
      groups,
    });
    return {
      problem: answer.problem,
      body: answer.body,
      keys: outcomes.length,
      groups: groups.length,
    } satisfies LookUpAnswer;
  };
}

function checkAccess(call: LookUpCall): void {
  const access = accessTo(call.application, call.keyspace, call.table, 'read');
  if (access === 'hidden') throw noSuchTable();
  if (access === 'other-operation') {
    throw new RequestError('operation-not-granted', 'the application may not read this table');
  }
}

async function findTable(parts: LookUpParts, call: LookUpCall): Promise<TableSchema> {
  const table = await withinDeadline(
    parts.clock,
    call.deadlineMs,
    parts.schema.table(call.keyspace, call.table),
  ).catch((error: unknown) => {
    if (error instanceof ReplicaError) {
      throw new RequestError('not-ready', 'the schema cannot be read from the cluster just now');
    }
    throw error;
  });
  if (table === undefined) throw noSuchTable();
  return table;
}

function noSuchTable(): RequestError {
  return new RequestError('not-found', 'there is no such table, or nothing is granted on it');
}

/** Rejects with `deadline-exceeded` when the deadline comes first. */
function withinDeadline<T>(clock: Clock, deadlineMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(deadlineMs - clock.nowMs(), () =>
      reject(new RequestError('deadline-exceeded', 'the deadline passed before the table was known')),
    );
    work.then(resolve, reject).finally(cancel);
  });
}

/** A key given twice is read once. `positions[i]` finds the i-th asked key among the distinct ones. */
function foldDoubles(
  keys: readonly KeyBytes[],
  text: Text,
): { distinct: readonly KeyBytes[]; positions: readonly number[] } {
  const known = new Map<string, number>();
  const distinct: KeyBytes[] = [];
  const positions = keys.map((key) => {
    const identity = keyIdentity(key, text);
    const position = known.get(identity) ?? distinct.length;
    if (position === distinct.length) {
      known.set(identity, position);
      distinct.push(key);
    }
    return position;
  });
  return { distinct, positions };
}
