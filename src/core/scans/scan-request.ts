import { readKey } from '../encoding/key-json.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import { RequestError, type RequestFault } from '../errors.ts';
import type { Consistency, KeyBytes, Text, TokenRange } from '../ports.ts';
import type { GrantedTable } from '../reads/granted-table.ts';
import {
  echoName,
  malformed,
  maxFaults,
  parseColumnNames,
  parseConsistency,
  requireAllowed,
  resolveColumns,
} from '../reads/request-options.ts';
import type { TableSettings } from '../reads/settings.ts';
import { compareTokens, largestToken, smallestToken, type Token, tokenFromDecimal } from '../token/token.ts';

/** Rows of one page: when the request does not say, and at most. */
export const mostPageRows = 1_000;
const fields = ['range', 'key', 'columns', 'pageSize', 'limit', 'cursor', 'consistency'] as const;

/** What is scanned: a range of tokens, or one partition. */
export type ScanArea =
  | ({ readonly kind: 'range' } & TokenRange)
  | {
      readonly kind: 'partition';
      readonly key: KeyBytes;
      /** As the caller gave it. */
      readonly keyJson: unknown;
    };

export const wholeRing: ScanArea = { kind: 'range', after: smallestToken, upTo: largestToken };

/** A scan body that holds. What is undefined was not given: of a scan that goes on, the cursor has it. */
export interface ScanRequest {
  readonly area: ScanArea | undefined;
  readonly columns: readonly Column[] | undefined;
  readonly consistency: Consistency | undefined;
  readonly pageSize: number;
  /** Most rows to deliver. */
  readonly limit: number | undefined;
  /** As given; not looked at. */
  readonly cursor: string | undefined;
}

/**
 * Reads the JSON body of a scan. Throws a `RequestError` that lists the bad places by pointer: `invalid-request` for
 * what is malformed, `impossible` for a range across the seam of the ring, and for a column or a consistency level that
 * this table does not offer.
 */
export function parseScanRequest(
  body: unknown,
  table: Pick<GrantedTable, 'schema' | 'visible'>,
  settings: TableSettings,
  text: Text,
): ScanRequest {
  if (!isObject(body)) throw malformedBody([{ pointer: '', detail: 'the body must be a JSON object' }]);
  const faults = unknownFields(body, '', fields);
  const pageSize = parseCount(body['pageSize'], '/pageSize', mostPageRows, faults) ?? mostPageRows;
  const limit = parseCount(body['limit'], '/limit', Number.MAX_SAFE_INTEGER, faults);
  const consistency =
    body['consistency'] === undefined
      ? undefined
      : parseConsistency(body['consistency'], '/consistency', settings, faults);
  const names = parseColumns(body['columns'], faults);
  const cursor = parseCursor(body['cursor'], faults);
  const area = parseArea(body, table.schema, text, faults);
  if (faults.length > 0) throw malformedBody(faults);
  if (area?.kind === 'range' && compareTokens(area.after, area.upTo) > 0) throw acrossTheSeam();
  const columns = names && resolveColumns(names, '/columns', table.visible);
  if (consistency !== undefined) requireAllowed(consistency, '/consistency', settings);
  return { area, columns, consistency, pageSize, limit, cursor };
}

/** Of the body as a whole, with the places that are at fault. */
export function malformedBody(faults: readonly RequestFault[]): RequestError {
  return malformed('the body does not have the expected form', faults);
}

function parseCount(
  value: unknown,
  pointer: string,
  most: number,
  faults: RequestFault[],
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? 'of at least 1' : `from 1 to ${most}`;
  faults.push({ pointer, detail: `must be a whole number ${range}` });
  return undefined;
}

function parseColumns(value: unknown, faults: RequestFault[]): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length > 0) return parseColumnNames(value, '/columns', faults);
  faults.push({ pointer: '/columns', detail: 'must be a list of at least one column name' });
  return undefined;
}

function parseCursor(value: unknown, faults: RequestFault[]): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  faults.push({ pointer: '/cursor', detail: 'must be a string' });
  return undefined;
}

function parseArea(
  { range, key }: Record<string, unknown>,
  schema: TableSchema,
  text: Text,
  faults: RequestFault[],
): ScanArea | undefined {
  if (range !== undefined && key !== undefined) {
    faults.push({ pointer: '/key', detail: 'a scan is of a range or of a partition: give one of them' });
    return undefined;
  }
  if (range !== undefined) return parseRange(range, faults);
  return key === undefined ? undefined : parseKey(key, schema, text, faults);
}

function parseRange(value: unknown, faults: RequestFault[]): ScanArea | undefined {
  if (!isObject(value)) {
    faults.push({ pointer: '/range', detail: 'must be an object with start and end' });
    return undefined;
  }
  faults.push(...unknownFields(value, '/range', ['start', 'end']));
  const after = parseToken(value['start'], '/range/start', faults);
  const upTo = parseToken(value['end'], '/range/end', faults);
  if (after === undefined || upTo === undefined) return undefined;
  if (compareTokens(after, upTo) === 0) {
    faults.push({ pointer: '/range', detail: 'is empty: start is left out of a range, end is in it' });
  }
  return { kind: 'range', after, upTo };
}

function parseToken(value: unknown, pointer: string, faults: RequestFault[]): Token | undefined {
  try {
    if (typeof value === 'string') return tokenFromDecimal(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  faults.push({ pointer, detail: 'must be a token: a signed 64-bit number as a string of digits' });
  return undefined;
}

/** The key of a partition. Undefined where it has faults. */
function parseKey(
  keyJson: unknown,
  schema: TableSchema,
  text: Text,
  faults: RequestFault[],
): ScanArea | undefined {
  const read = readKey(schema, keyJson, '/key', text);
  if ('faults' in read) {
    faults.push(...read.faults.slice(0, maxFaults));
    return undefined;
  }
  if (schema.clusteringKey.length > 0 && read.full) {
    const names = schema.partitionKey.map(({ name }) => name).join(', ');
    faults.push({ pointer: '/key', detail: `must be the key of a partition: ${names}` });
  }
  return { kind: 'partition', key: read.key, keyJson };
}

function acrossTheSeam(): RequestError {
  const detail = 'start must come before end: give a range across the seam of the ring as two ranges';
  return new RequestError('impossible', 'the range crosses the seam of the ring', [
    { pointer: '/range', detail },
  ]);
}

function unknownFields(value: object, place: string, known: readonly string[]): RequestFault[] {
  return Object.keys(value)
    .filter((field) => !known.includes(field))
    .slice(0, maxFaults)
    .map((field) => ({
      pointer: `${place}/${escapePointer(field)}`,
      detail: `unknown field; known: ${known.join(', ')}`,
    }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 6901. Field names of the caller are echoed as places. */
function escapePointer(field: string): string {
  return echoName(field).replaceAll('~', '~0').replaceAll('/', '~1');
}
