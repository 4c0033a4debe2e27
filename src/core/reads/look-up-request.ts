import { type KeyColumns, readKey } from '../encoding/key-json.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import { RequestError, type RequestFault } from '../errors.ts';
import { type Consistency, consistencies, type KeyBytes, type Text } from '../ports.ts';
import type { Bounds, TableSettings } from './settings.ts';

/** Faults told at once; a caller that sent worse has enough to go by. */
const maxFaults = 100;
const defaultLimitPerKey = 100;
const maxLimitPerKey = 1_000;
const fields = new Set(['keys', 'columns', 'limitPerKey', 'consistency']);

/** A look-up body that holds: shape, types, columns and bounds have been checked against the table. */
export interface LookUpRequest {
  /** As asked: in order, doubles included. */
  readonly keys: readonly KeyBytes[];
  readonly wholePrimaryKey: boolean;
  /** Undefined: every column. */
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
  table: TableSchema,
  settings: TableSettings,
  bounds: Bounds,
  text: Text,
): LookUpRequest {
  if (!isObject(body)) throw malformed([{ pointer: '', detail: 'the body must be a JSON object' }]);
  const faults: RequestFault[] = Object.keys(body)
    .filter((field) => !fields.has(field))
    .map((field) => ({
      pointer: `/${escapePointer(field)}`,
      detail: `unknown field; known: ${[...fields].join(', ')}`,
    }));
  const limitPerKey = parseLimit(body['limitPerKey'], faults);
  const consistency = parseConsistency(body['consistency'], settings, faults);
  const columns = parseColumns(body['columns'], faults);
  const { keys, wholePrimaryKey } = parseKeys(body['keys'], table, bounds, text, faults);
  if (faults.length > 0) throw malformed(faults);
  const request = {
    keys,
    wholePrimaryKey,
    columns: columns && resolveColumns(columns, table),
    limitPerKey,
    consistency: checkAllowed(consistency, settings),
  };
  checkRows(request, table, bounds);
  return request;
}

function parseLimit(value: unknown, faults: RequestFault[]): number {
  if (value === undefined) return defaultLimitPerKey;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxLimitPerKey)
    return value;
  faults.push({ pointer: '/limitPerKey', detail: `must be a whole number from 1 to ${maxLimitPerKey}` });
  return defaultLimitPerKey;
}

function parseConsistency(value: unknown, settings: TableSettings, faults: RequestFault[]): Consistency {
  if (value === undefined) return settings.defaultConsistency;
  const known = consistencies.find((level) => level === value);
  if (known !== undefined) return known;
  faults.push({ pointer: '/consistency', detail: `must be one of ${consistencies.join(', ')}` });
  return settings.defaultConsistency;
}

function checkAllowed(consistency: Consistency, settings: TableSettings): Consistency {
  if (settings.allowedConsistencies.includes(consistency)) return consistency;
  const detail = `not allowed on this table; allowed: ${settings.allowedConsistencies.join(', ')}`;
  throw new RequestError('impossible', 'the consistency level is not allowed', [
    { pointer: '/consistency', detail },
  ]);
}

function parseColumns(value: unknown, faults: RequestFault[]): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) {
    faults.push({ pointer: '/columns', detail: 'must be a list of at least one column name' });
    return undefined;
  }
  const names: string[] = [];
  const seen = new Set<unknown>();
  for (const [index, name] of value.entries()) {
    if (faults.length >= maxFaults) break;
    if (typeof name !== 'string') faults.push({ pointer: `/columns/${index}`, detail: 'must be a string' });
    else if (seen.has(name)) faults.push({ pointer: `/columns/${index}`, detail: 'is named twice' });
    else names.push(name);
    seen.add(name);
  }
  return names;
}

function resolveColumns(names: readonly string[], table: TableSchema): readonly Column[] {
  const faults: RequestFault[] = [];
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const columns = names.flatMap((name, index) => {
    const column = byName.get(name);
    if (column !== undefined && column.type.kind !== 'unsupported') return [column];
    const detail = column === undefined ? 'unknown column' : `its type ${column.cqlType} is not supported`;
    if (faults.length < maxFaults) faults.push({ pointer: `/columns/${index}`, detail });
    return [];
  });
  if (faults.length > 0) throw new RequestError('impossible', 'not every column can be read', faults);
  return columns;
}

function parseKeys(
  value: unknown,
  table: KeyColumns,
  bounds: Bounds,
  text: Text,
  faults: RequestFault[],
): { keys: readonly KeyBytes[]; wholePrimaryKey: boolean } {
  if (!Array.isArray(value) || value.length === 0) {
    faults.push({ pointer: '/keys', detail: 'must be a list of at least one key' });
    return { keys: [], wholePrimaryKey: true };
  }
  if (value.length > bounds.keys) {
    const detail = `${value.length} keys; at most ${bounds.keys} are taken`;
    throw new RequestError('too-large', 'too many keys', [{ pointer: '/keys', detail }]);
  }
  const keys: KeyBytes[] = [];
  let wholePrimaryKey: boolean | undefined;
  for (const [index, json] of value.entries()) {
    if (faults.length >= maxFaults) break;
    const pointer = `/keys/${index}`;
    const read = readKey(table, json, pointer, text);
    if ('faults' in read) {
      faults.push(...read.faults.slice(0, maxFaults - faults.length));
      continue;
    }
    wholePrimaryKey ??= read.full;
    if (read.full !== wholePrimaryKey) {
      const detail =
        'gives other columns than the keys before it; the keys of one look-up are all whole or all partition keys';
      faults.push({ pointer, detail });
    }
    keys.push(read.key);
  }
  return { keys, wholePrimaryKey: wholePrimaryKey ?? true };
}

function checkRows(request: LookUpRequest, table: TableSchema, bounds: Bounds): void {
  if (request.wholePrimaryKey || table.clusteringKey.length === 0) return;
  const rows = request.keys.length * request.limitPerKey;
  if (rows <= bounds.rows) return;
  const detail = `${request.keys.length} keys x ${request.limitPerKey} rows; at most ${bounds.rows} rows are taken: give a smaller limitPerKey`;
  throw new RequestError('too-large', 'too many rows', [{ pointer: '/limitPerKey', detail }]);
}

function malformed(faults: readonly RequestFault[]): RequestError {
  return new RequestError(
    'invalid-request',
    'the body does not have the expected form',
    faults.slice(0, maxFaults),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 6901. Field names of the caller are echoed as places; long ones are cut. */
function escapePointer(field: string): string {
  return field.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1');
}
