import { readKey } from '../encoding/key-json.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import { RequestError, type RequestFault } from '../errors.ts';
import type { Consistency, KeyBytes, Text } from '../ports.ts';
import type { GrantedTable } from './granted-table.ts';
import {
  echoName,
  malformed,
  maxFaults,
  parseColumnNames,
  parseConsistency,
  requireAllowed,
  resolveColumns,
} from './request-options.ts';
import type { RequestBounds, TableSettings } from './settings.ts';

/** Rows of one partition that an answer shows: when the request does not say, and at most. */
export const limitsPerKey = { default: 100, max: 1_000 } as const;
const fields = new Set(['keys', 'columns', 'limitPerKey', 'consistency']);

/** One key as asked. `whole`: the whole primary key, at most one row; otherwise the key of a partition. */
export interface RequestedKey {
  readonly key: KeyBytes;
  readonly whole: boolean;
  /** Its `keyIdentity`, where it was at hand. */
  readonly identity?: string | undefined;
}

/** A look-up body that holds: shape, types, columns and bounds have been checked against the table. */
export interface LookUpRequest {
  /** As asked: in order, doubles included; both forms may be among them. */
  readonly keys: readonly RequestedKey[];
  /** Undefined: every column that the application may see. */
  readonly columns: readonly Column[] | undefined;
  readonly limitPerKey: number;
  readonly consistency: Consistency;
}

/**
 * Reads the JSON body of a look-up. Throws a `RequestError` that lists every bad place by pointer (the
 * first 100): `invalid-request` for what is malformed, `too-large` for what is too much, `impossible` for a
 * column or a consistency level that this table does not offer.
 */
export function parseLookUpRequest(
  body: unknown,
  table: Pick<GrantedTable, 'schema' | 'visible'>,
  settings: TableSettings,
  bounds: RequestBounds,
  text: Text,
): LookUpRequest {
  if (!isObject(body)) throw malformedBody([{ pointer: '', detail: 'the body must be a JSON object' }]);
  const faults: RequestFault[] = Object.keys(body)
    .filter((field) => !fields.has(field))
    .map((field) => ({
      pointer: `/${escapePointer(field)}`,
      detail: `unknown field; known: ${[...fields].join(', ')}`,
    }));
  const limitPerKey = parseLimit(body['limitPerKey'], faults);
  const consistency = parseConsistency(body['consistency'], '/consistency', settings, faults);
  const names = parseColumns(body['columns'], faults);
  const keys = parseKeys(body['keys'], table.schema, bounds, text, faults);
  if (faults.length > 0) throw malformedBody(faults);
  const columns = names && resolveColumns(names, '/columns', table.visible);
  requireAllowed(consistency, '/consistency', settings);
  checkRows(keys, limitPerKey, bounds);
  return { keys, columns, limitPerKey, consistency };
}

function parseLimit(value: unknown, faults: RequestFault[]): number {
  if (value === undefined) return limitsPerKey.default;
  const { max } = limitsPerKey;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  faults.push({ pointer: '/limitPerKey', detail: `must be a whole number from 1 to ${max}` });
  return limitsPerKey.default;
}

function parseColumns(value: unknown, faults: RequestFault[]): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) {
    faults.push({ pointer: '/columns', detail: 'must be a list of at least one column name' });
    return undefined;
  }
  return parseColumnNames(value, '/columns', faults);
}

function parseKeys(
  value: unknown,
  table: TableSchema,
  bounds: RequestBounds,
  text: Text,
  faults: RequestFault[],
): readonly RequestedKey[] {
  if (!Array.isArray(value) || value.length === 0) {
    faults.push({ pointer: '/keys', detail: 'must be a list of at least one key' });
    return [];
  }
  if (value.length > bounds.keys) {
    const detail = `${value.length} keys; at most ${bounds.keys} are taken`;
    throw new RequestError('too-large', 'too many keys', [{ pointer: '/keys', detail }]);
  }
  const keys: RequestedKey[] = [];
  const textColumn = onlyTextColumn(table);
  for (let index = 0; index < value.length && faults.length < maxFaults; index += 1) {
    const json: unknown = value[index];
    const read = readKey(table, json, '', text);
    if ('faults' in read) {
      for (const { pointer, detail } of read.faults.slice(0, maxFaults - faults.length)) {
        faults.push({ pointer: `/keys/${index}${pointer}`, detail });
      }
      continue;
    }
    const { key, full } = read;
    keys.push({ key, whole: full, identity: textColumn && identityAtHand(textColumn, key, json) });
  }
  return keys;
}

/** The name of the partition key where that is a single text. */
function onlyTextColumn({ partitionKey: [only, ...others] }: TableSchema): string | undefined {
  const isText = only !== undefined && (only.type.kind === 'text' || only.type.kind === 'ascii');
  return isText && others.length === 0 ? only.name : undefined;
}

/** A text with as many bytes in UTF-8 as characters is all ASCII, and so its own identity; most keys are. */
function identityAtHand(column: string, key: KeyBytes, json: unknown): string | undefined {
  const given = typeof json === 'object' ? (json as Record<string, unknown>)[column] : json;
  return typeof given === 'string' && key.length === 1 && key[0]?.length === given.length ? given : undefined;
}

/** A partition may bring `limitPerKey` rows, a whole key one. */
function checkRows(keys: readonly RequestedKey[], limitPerKey: number, bounds: RequestBounds): void {
  const partitions = keys.reduce((count, { whole }) => count + (whole ? 0 : 1), 0);
  const wholeKeys = keys.length - partitions;
  if (partitions * limitPerKey + wholeKeys <= bounds.rows) return;
  const terms = [
    ...(partitions > 0 ? [`${partitions} keys x ${limitPerKey} rows`] : []),
    ...(wholeKeys > 0 ? [`${wholeKeys} whole keys`] : []),
  ];
  const [pointer, advice] =
    partitions > 0 ? ['/limitPerKey', 'give a smaller limitPerKey'] : ['/keys', 'give fewer keys'];
  const detail = `${terms.join(' and ')}; at most ${bounds.rows} rows are taken: ${advice}`;
  throw new RequestError('too-large', 'too many rows', [{ pointer, detail }]);
}

function malformedBody(faults: readonly RequestFault[]): RequestError {
  return malformed('the body does not have the expected form', faults);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 6901. Field names of the caller are echoed as places. */
function escapePointer(field: string): string {
  return echoName(field).replaceAll('~', '~0').replaceAll('/', '~1');
}
