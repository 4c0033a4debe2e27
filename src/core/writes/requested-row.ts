import type { CqlType } from '../encoding/cql-type.ts';
import { type KeyColumns, type KeyReading, readKey } from '../encoding/key-json.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import { bytesFromValue } from '../encoding/value-bytes.ts';
import { ValueFault } from '../encoding/value-fault.ts';
import { valueFromJson } from '../encoding/value-from-json.ts';
import type { KeyBytes, Text, WriteStatement } from '../ports.ts';
import type { GrantedTable } from '../reads/granted-table.ts';
import { unreadableDetail } from './readable-value.ts';
import { isObject, placeOf, type RequestFaults } from './request-faults.ts';

/** Serialised; null deletes the cell. */
export type Cell = Uint8Array | null;

/** One row of a write, checked against the table. */
export interface RequestedRow {
  readonly kind: WriteStatement['kind'];
  /** The whole primary key; the partition key where a partition is deleted, or only static columns are written. */
  readonly key: KeyBytes;
  /** Of an upsert: the columns that it names beside the key. */
  readonly cells: ReadonlyMap<Column, Cell>;
  readonly ttlSeconds: number | undefined;
}

/** What an application may write of a table. */
export interface WritableColumns {
  readonly schema: TableSchema;
  /** Those of the key, which it may name in any case, and those that are granted. */
  readonly byName: ReadonlyMap<string, Column>;
  /** The grant is of single columns. */
  readonly isPartial: boolean;
}

export function writableColumns({ schema, visible, grant }: GrantedTable): WritableColumns {
  const columns = [...schema.partitionKey, ...schema.clusteringKey, ...visible];
  const byName = new Map(columns.map((column) => [column.name, column]));
  return { schema, byName, isPartial: grant.columns !== undefined };
}

/** As Cassandra has it: 20 years. */
const longestTtlSeconds = 630_720_000;
const forms = ['values', 'delete', 'deletePartition'] as const;
const formRule = `must be an object with one of ${forms.join(', ')}`;
const conditions: readonly string[] = ['if', 'ifNotExists', 'ifExists'];
/** What a change of single elements looks like elsewhere. */
const elementChanges = ['append', 'prepend', 'add', 'remove', 'set'] as const;
const noCells: ReadonlyMap<Column, Cell> = new Map();

/** Undefined where it has faults: they are noted. `pointer`: where it stands in the body. */
export function readRow(
  json: unknown,
  pointer: string,
  table: WritableColumns,
  text: Text,
  faults: RequestFaults,
): RequestedRow | undefined {
  if (!isObject(json)) {
    faults.refuse(pointer, formRule);
    return undefined;
  }
  const [form, ...others] = forms.filter((name) => Object.hasOwn(json, name));
  if (form === undefined || others.length > 0) faults.refuse(pointer, formRule);
  noteMembers(json, pointer, form, faults);
  if (form === undefined || others.length > 0) return undefined;
  const place = placeOf(pointer, form);
  const given = json[form];
  if (!isObject(given)) {
    faults.refuse(place, 'must be an object that names columns');
    return undefined;
  }
  if (form !== 'values') return readDeletion(given, place, form, table, text, faults);
  const ttlSeconds = readTtl(json['ttlSeconds'], placeOf(pointer, 'ttlSeconds'), faults);
  return readUpsert(given, place, ttlSeconds, table, text, faults);
}

function noteMembers(
  json: Readonly<Record<string, unknown>>,
  pointer: string,
  form: (typeof forms)[number] | undefined,
  faults: RequestFaults,
): void {
  for (const name of Object.keys(json)) {
    if (forms.some((known) => known === name)) continue;
    const place = placeOf(pointer, name);
    if (conditions.includes(name)) {
      faults.deny(place, 'conditional writes are not offered: repeated, they have another outcome');
    } else if (name !== 'ttlSeconds') {
      faults.refuse(place, `unknown member; known: ${[...forms, 'ttlSeconds'].join(', ')}`);
    } else if (form !== undefined && form !== 'values') {
      faults.refuse(place, 'goes with values only');
    }
    if (faults.isFull) return;
  }
}

function readTtl(value: unknown, place: string, faults: RequestFaults): number | undefined {
  if (value === undefined) return undefined;
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  if (isWhole && value >= 1 && value <= longestTtlSeconds) return value;
  faults.refuse(place, `must be a whole number of seconds, from 1 to ${longestTtlSeconds}`);
  return undefined;
}

function readUpsert(
  values: Readonly<Record<string, unknown>>,
  pointer: string,
  ttlSeconds: number | undefined,
  table: WritableColumns,
  text: Text,
  faults: RequestFaults,
): RequestedRow | undefined {
  const keyJson: [string, unknown][] = [];
  const cells = new Map<Column, Cell>();
  const named: Column[] = [];
  for (const [name, json] of Object.entries(values)) {
    if (faults.isFull) return undefined;
    const place = placeOf(pointer, name);
    const column = table.byName.get(name);
    if (column === undefined) faults.deny(place, 'unknown column');
    else if (column.kind === 'partition' || column.kind === 'clustering') keyJson.push([name, json]);
    else {
      named.push(column);
      const cell = readCell(column, json, place, text, faults);
      if (cell !== undefined) cells.set(column, cell);
    }
  }
  // `fromEntries` makes a property of any name its own.
  const key = readUpsertKey(Object.fromEntries(keyJson), named, pointer, table.schema, text, faults);
  return key && { kind: 'upsert', key, cells, ttlSeconds };
}

function readUpsertKey(
  json: Readonly<Record<string, unknown>>,
  named: readonly Column[],
  pointer: string,
  schema: TableSchema,
  text: Text,
  faults: RequestFaults,
): KeyBytes | undefined {
  const { partitionKey, clusteringKey } = schema;
  const isOfPartition = !clusteringKey.some(({ name }) => Object.hasOwn(json, name));
  const areStatic = named.length > 0 && named.every(({ kind }) => kind === 'static');
  const wanted = isOfPartition && areStatic ? { partitionKey, clusteringKey: [] } : schema;
  const read = takeKey(readKey(wanted, json, pointer, text), faults);
  if (read === undefined) return undefined;
  if (read.full) return isReadableKey(read.key, wanted, pointer, text, faults) ? read.key : undefined;
  for (const { name } of clusteringKey) {
    faults.refuse(
      placeOf(pointer, name),
      'is missing: a row needs its whole primary key, unless only static columns are written',
    );
  }
  return undefined;
}

/** Only of what is written: a row that has such a key already can be deleted. */
function isReadableKey(
  key: KeyBytes,
  { partitionKey, clusteringKey }: KeyColumns,
  pointer: string,
  text: Text,
  faults: RequestFaults,
): boolean {
  let isReadable = true;
  for (const [at, { name, type }] of [...partitionKey, ...clusteringKey].entries()) {
    const bytes = key[at];
    const detail = bytes && unreadableDetail(type, bytes, text);
    if (detail === undefined) continue;
    faults.refuse(placeOf(pointer, name), detail);
    isReadable = false;
  }
  return isReadable;
}

/** Undefined where it has a fault. */
function readCell(
  { type, cqlType }: Column,
  json: unknown,
  place: string,
  text: Text,
  faults: RequestFaults,
): Cell | undefined {
  if (type.kind === 'unsupported') faults.deny(place, `its type ${cqlType} is not supported`);
  else if (json === null) return null;
  else if (changesElements(type, json)) {
    faults.deny(place, `a ${type.kind} is written whole: a repeated change of elements has another outcome`);
  } else {
    try {
      const bytes = bytesFromValue(type, valueFromJson(type, json), text);
      const detail = unreadableDetail(type, bytes, text);
      if (detail === undefined) return bytes;
      faults.refuse(place, detail);
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error;
      faults.refuse(place, error.detail);
    }
  }
  return undefined;
}

/** Of a map the same words may be keys. */
function changesElements({ kind }: CqlType, json: unknown): boolean {
  if (kind !== 'list' && kind !== 'set') return false;
  return isObject(json) && elementChanges.some((name) => Object.hasOwn(json, name));
}

function readDeletion(
  json: Readonly<Record<string, unknown>>,
  pointer: string,
  form: 'delete' | 'deletePartition',
  { schema, isPartial }: WritableColumns,
  text: Text,
  faults: RequestFaults,
): RequestedRow | undefined {
  if (isPartial) {
    faults.deny(pointer, 'only single columns are granted: set them to null, the others are not yours');
  }
  const { partitionKey } = schema;
  const columns: KeyColumns = form === 'delete' ? schema : { partitionKey, clusteringKey: [] };
  const read = takeKey(readKey(columns, json, pointer, text), faults);
  if (read === undefined) return undefined;
  if (!read.full) {
    faults.refuse(pointer, 'names a whole partition: to delete all of its rows, use deletePartition');
    return undefined;
  }
  // Without a clustering key both are the same, and one statement is enough.
  const isRow = form === 'delete' || schema.clusteringKey.length === 0;
  return {
    kind: isRow ? 'delete-row' : 'delete-partition',
    key: read.key,
    cells: noCells,
    ttlSeconds: undefined,
  };
}

function takeKey(
  read: KeyReading,
  faults: RequestFaults,
): Exclude<KeyReading, { faults: unknown }> | undefined {
  if (!('faults' in read)) return read;
  for (const { pointer, detail } of read.faults) faults.refuse(pointer, detail);
  return undefined;
}
