import type { TableSchema } from '../encoding/table-schema.ts';
import { RequestError } from '../errors.ts';
import type { Consistency, Text } from '../ports.ts';
import type { GrantedTable } from '../reads/granted-table.ts';
import { malformed, parseConsistency, requireAllowed } from '../reads/request-options.ts';
import type { Bounds, TableSettings } from '../reads/settings.ts';
import { isObject, placeOf, RequestFaults } from './request-faults.ts';
import { type RequestedRow, readRow, writableColumns } from './requested-row.ts';

const fields = ['rows', 'timestampMicros', 'consistency'] as const;
/** A row of the future wins over all that is written until then: a clock that is a little ahead is all that is meant. */
const mostAheadMicros = 60_000_000n;
const digits = /^[0-9]{1,19}$/;

/** The body of a write that holds: shape, types, columns and bounds have been checked against the table. */
export interface WriteRequest {
  /** As given, in order; at least one. */
  readonly rows: readonly RequestedRow[];
  readonly consistency: Consistency;
  /** Of the first row, µs since 1970; undefined: to be chosen. */
  readonly timestampMicros: bigint | undefined;
}

/**
 * Reads the JSON body of a write. Throws a `RequestError` that lists every bad place by pointer (the first 100):
 * `invalid-request` for what is malformed, `too-large` for too many rows, `impossible` for what is not offered: counters,
 * conditions, changes of single elements, columns that are unknown, consistency levels that are not allowed.
 * `wallMicros`: the time of day, µs since 1970.
 */
export function parseWriteRequest(
  body: unknown,
  table: GrantedTable,
  settings: TableSettings,
  bounds: Pick<Bounds, 'writeRows'>,
  wallMicros: bigint,
  text: Text,
): WriteRequest {
  const faults = new RequestFaults();
  if (!isObject(body)) {
    faults.refuse('', 'the body must be a JSON object');
    throw malformedBody(faults);
  }
  refuseCounters(table.schema);
  for (const name of Object.keys(body)) {
    if (fields.some((field) => field === name)) continue;
    faults.refuse(placeOf('', name), `unknown field; known: ${fields.join(', ')}`);
  }
  const timestampMicros = parseTimestamp(body['timestampMicros'], wallMicros, faults);
  const preferred = { ...settings, defaultConsistency: usualConsistency(settings) };
  const consistency = parseConsistency(body['consistency'], '/consistency', preferred, faults.malformed);
  const rows = parseRows(body['rows'], table, bounds, text, faults);
  if (faults.malformed.length > 0) throw malformedBody(faults);
  if (faults.impossible.length > 0) {
    throw new RequestError('impossible', 'not every row can be written', faults.impossible);
  }
  requireAllowed(consistency, '/consistency', settings);
  return { rows, consistency, timestampMicros };
}

/** What is acknowledged by one replica alone may be lost with it. */
function usualConsistency({ allowedConsistencies, defaultConsistency }: TableSettings): Consistency {
  return allowedConsistencies.includes('LOCAL_QUORUM') ? 'LOCAL_QUORUM' : defaultConsistency;
}

function refuseCounters({ columns }: TableSchema): void {
  if (!columns.some(({ type }) => type.kind === 'counter')) return;
  throw new RequestError('impossible', 'counters are not written: a repeated change counts twice', [
    { pointer: '/rows', detail: 'the table has counters' },
  ]);
}

function parseTimestamp(value: unknown, wallMicros: bigint, faults: RequestFaults): bigint | undefined {
  if (value === undefined) return undefined;
  const place = '/timestampMicros';
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  const isText = typeof value === 'string' && digits.test(value);
  if (!isNumber && !isText) {
    faults.refuse(place, 'must be a whole number of µs since 1970, not negative; large ones as digits');
    return undefined;
  }
  const micros = BigInt(value);
  if (micros <= wallMicros + mostAheadMicros) return micros;
  faults.refuse(place, 'is more than 60 s ahead: the row could not be changed until then');
  return undefined;
}

function parseRows(
  value: unknown,
  table: GrantedTable,
  { writeRows }: Pick<Bounds, 'writeRows'>,
  text: Text,
  faults: RequestFaults,
): readonly RequestedRow[] {
  if (!Array.isArray(value) || value.length === 0) {
    faults.refuse('/rows', 'must be a list of at least one row');
    return [];
  }
  if (value.length > writeRows) {
    const detail = `${value.length} rows; at most ${writeRows} are taken`;
    throw new RequestError('too-large', 'too many rows', [{ pointer: '/rows', detail }]);
  }
  const columns = writableColumns(table);
  const rows: RequestedRow[] = [];
  for (let index = 0; index < value.length && !faults.isFull; index += 1) {
    const row = readRow(value[index], `/rows/${index}`, columns, text, faults);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

function malformedBody({ malformed: faults }: RequestFaults): RequestError {
  return malformed('the body does not have the expected form', faults);
}
