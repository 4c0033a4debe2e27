import { jsonFromText } from '../encoding/json-from-text.ts';
import { readKey } from '../encoding/key-json.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import { ValueFault } from '../encoding/value-fault.ts';
import { RequestError, type RequestFault } from '../errors.ts';
import type { Text } from '../ports.ts';
import type { GrantedTable } from './granted-table.ts';
import type { LookUpRequest, RequestedKey } from './look-up-request.ts';
import {
  echoName,
  malformed,
  maxFaults,
  parseColumnNames,
  parseConsistency,
  requireAllowed,
  resolveColumns,
} from './request-options.ts';
import type { RowCall } from './row.ts';
import type { TableSettings } from './settings.ts';

const columnsOption = '$columns';
const consistencyOption = '$consistency';
const options: readonly string[] = [columnsOption, consistencyOption];

/**
 * Reads the query of a row: every column of the primary key once, `$columns` and `$consistency` at most once.
 * Throws a `RequestError` as a look-up's body does; a fault's place is the parameter, `?sku`, and `?$columns/1`
 * the second name in it. A column whose name has a comma cannot be named here; a look-up can.
 */
export function parseRowRequest(
  parameters: RowCall['parameters'],
  table: Pick<GrantedTable, 'schema' | 'visible'>,
  settings: TableSettings,
  text: Text,
): LookUpRequest {
  const { schema, visible } = table;
  const keyColumns = [...schema.partitionKey, ...schema.clusteringKey];
  refuseReserved(keyColumns);
  const faults: RequestFault[] = [];
  const given = gather(parameters, keyColumns, faults);
  const keys = parseKey(given, schema, keyColumns, text, faults);
  const consistency = parseConsistency(
    given.get(consistencyOption),
    placeOf(consistencyOption),
    settings,
    faults,
  );
  const list = given.get(columnsOption);
  const names =
    list === undefined ? undefined : parseColumnNames(list.split(','), placeOf(columnsOption), faults);
  if (faults.length > 0) throw malformed('the query does not name one row', faults);
  const columns = names && resolveColumns(names, placeOf(columnsOption), visible);
  requireAllowed(consistency, placeOf(consistencyOption), settings);
  return { keys, columns, limitPerKey: 1, consistency };
}

/** A parameter cannot be both a column and an option. */
function refuseReserved(keyColumns: readonly Column[]): void {
  const reserved = keyColumns.find(({ name }) => options.includes(name));
  if (reserved === undefined) return;
  throw new RequestError('impossible', 'rows of this table cannot be addressed by a query; use a look-up', [
    { pointer: placeOf(reserved.name), detail: 'is a column of the key, and here the name of an option' },
  ]);
}

function gather(
  parameters: RowCall['parameters'],
  keyColumns: readonly Column[],
  faults: RequestFault[],
): ReadonlyMap<string, string> {
  const names = keyColumns.map(({ name }) => name);
  const known = new Set([...names, ...options]);
  const given = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (faults.length >= maxFaults) break;
    const pointer = placeOf(name);
    if (!known.has(name)) {
      const detail = `is not a column of the key; these are: ${names.join(', ')}; and these are options: ${options.join(', ')}`;
      faults.push({ pointer, detail });
    } else if (given.has(name)) faults.push({ pointer, detail: 'is given twice' });
    else given.set(name, value);
  }
  return given;
}

/** One whole key; none when there are faults. */
function parseKey(
  given: ReadonlyMap<string, string>,
  schema: TableSchema,
  keyColumns: readonly Column[],
  text: Text,
  faults: RequestFault[],
): readonly RequestedKey[] {
  const before = faults.length;
  const components: [string, unknown][] = [];
  const whole = keyColumns.map(({ name }) => name).join(', ');
  for (const { name, type } of keyColumns) {
    const value = given.get(name);
    if (value === undefined) {
      const detail = `is missing: this address answers one row, by its whole primary key: ${whole}`;
      faults.push({ pointer: placeOf(name), detail });
      continue;
    }
    try {
      components.push([name, jsonFromText(type, value)]);
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error;
      faults.push({ pointer: placeOf(name), detail: error.detail });
    }
  }
  if (faults.length > before) return [];
  // `fromEntries` makes a property of any name its own, `__proto__` too.
  const read = readKey(schema, Object.fromEntries(components), '', text);
  if (!('faults' in read)) return [{ key: read.key, whole: true }];
  for (const { pointer, detail } of read.faults)
    faults.push({ pointer: placeOf(unescapePointer(pointer)), detail });
  return [];
}

/** A parameter as a place; the empty name stands for the query as a whole. */
function placeOf(name: string): string {
  return `?${echoName(name)}`;
}

/** RFC 6901, of a pointer with at most one segment. */
function unescapePointer(pointer: string): string {
  return pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
}
