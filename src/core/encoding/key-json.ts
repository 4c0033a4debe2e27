import type { RequestFault } from '../errors.ts';
import type { KeyBytes, Text } from '../ports.ts';
import type { Column, TableSchema } from './table-schema.ts';
import { bytesFromValue } from './value-bytes.ts';
import { ValueFault } from './value-fault.ts';
import { valueFromJson } from './value-from-json.ts';

export type KeyColumns = Pick<TableSchema, 'partitionKey' | 'clusteringKey'>;

/** `full`: the whole primary key was given, not the partition key alone. Without a clustering key the two are one. */
export type KeyReading =
  | { readonly key: KeyBytes; readonly full: boolean }
  | { readonly faults: readonly RequestFault[] };

/** Cassandra's bound on a partition key and on each clustering component. */
const maxKeyBytes = 65_535;
/** An element takes a byte at least (in a vector): what cannot fit is refused before it is read and sorted. */
const maxElements = maxKeyBytes;
/** Told of one key at once. */
const maxUnknownNames = 8;
/** Characters of an unknown name that are echoed as a place. */
const maxEchoedName = 64;

/**
 * Reads one key of a request body. An object names its columns: the partition key, or the whole primary key. A
 * partition key of one column may be given bare: a scalar, or an array where the values of the column are arrays;
 * an object always names columns. `pointer` is where the key stands in the body.
 */
export function readKey(columns: KeyColumns, json: unknown, pointer: string, text: Text): KeyReading {
  const { partitionKey, clusteringKey } = columns;
  if (isObject(json)) return readNamed(columns, json, pointer, text);
  const only = partitionKey[0];
  if (only === undefined || partitionKey.length > 1) {
    return { faults: [{ pointer, detail: `must be an object with ${namesOf(partitionKey)}` }] };
  }
  if (Array.isArray(json) && !isArrayLike(only)) {
    return {
      faults: [{ pointer, detail: `must be a ${only.cqlType} or an object with ${namesOf(partitionKey)}` }],
    };
  }
  const bytes = readComponent(only, json, pointer, text);
  if (!(bytes instanceof Uint8Array)) return { faults: [bytes] };
  const fault = lengthFault(bytes.length, pointer);
  return fault === undefined ? { key: [bytes], full: clusteringKey.length === 0 } : { faults: [fault] };
}

function readNamed(columns: KeyColumns, json: object, pointer: string, text: Text): KeyReading {
  const { partitionKey, clusteringKey } = columns;
  const full = clusteringKey.length === 0 || clusteringKey.some((column) => Object.hasOwn(json, column.name));
  const wanted = full ? [...partitionKey, ...clusteringKey] : partitionKey;
  const missing = wanted.filter((column) => !Object.hasOwn(json, column.name));
  const unknown = Object.keys(json).filter((name) => !wanted.some((column) => column.name === name));
  if (missing.length > 0 || unknown.length > 0) {
    return {
      faults: [
        ...missing.map((column) => ({
          pointer: placeOf(pointer, column.name),
          detail:
            column.kind === 'clustering'
              ? 'is missing: the clustering key is given whole or not at all'
              : 'is missing from the partition key',
        })),
        ...unknown.slice(0, maxUnknownNames).map((name) => ({
          pointer: placeOf(pointer, name),
          detail: `is not a column of the key; these are: ${namesOf([...partitionKey, ...clusteringKey])}`,
        })),
      ],
    };
  }
  const given = wanted.map((column) => ({
    column,
    json: (json as Record<string, unknown>)[column.name],
    pointer: placeOf(pointer, column.name),
  }));
  return readComponents(given, full, pointer, text);
}

interface GivenComponent {
  readonly column: Column;
  readonly json: unknown;
  readonly pointer: string;
}

function readComponents(
  given: readonly GivenComponent[],
  full: boolean,
  pointer: string,
  text: Text,
): KeyReading {
  const key: Uint8Array[] = [];
  const faults: RequestFault[] = [];
  const partition: Uint8Array[] = [];
  for (const component of given) {
    const bytes = readComponent(component.column, component.json, component.pointer, text);
    if (bytes instanceof Uint8Array) {
      key.push(bytes);
      if (component.column.kind === 'partition') partition.push(bytes);
    } else faults.push(bytes);
  }
  if (faults.length > 0) return { faults };
  // A composite key is stored with two bytes of length and one end byte a component.
  const overhead = partition.length > 1 ? 3 * partition.length : 0;
  const length = partition.reduce((sum, component) => sum + component.length, overhead);
  const fault = lengthFault(length, pointer);
  return fault === undefined ? { key, full } : { faults: [fault] };
}

function lengthFault(length: number, pointer: string): RequestFault | undefined {
  if (length === 0) return { pointer, detail: 'a partition key may not be empty' };
  return length > maxKeyBytes
    ? { pointer, detail: `a partition key has at most ${maxKeyBytes} bytes` }
    : undefined;
}

function readComponent(
  column: Column,
  json: unknown,
  pointer: string,
  text: Text,
): Uint8Array | RequestFault {
  if (json === null) return { pointer, detail: 'a key may not be null' };
  if (typeof json === 'object' && countElements(json) > maxElements) {
    return { pointer, detail: `has at most ${maxKeyBytes} bytes` };
  }
  try {
    const bytes = bytesFromValue(column.type, valueFromJson(column.type, json), text);
    return bytes.length > maxKeyBytes ? { pointer, detail: `has at most ${maxKeyBytes} bytes` } : bytes;
  } catch (error) {
    if (error instanceof ValueFault) return { pointer, detail: error.detail };
    throw error;
  }
}

/** Of a collection and those within, up to one more than may be; 0 for anything else. However deep: nothing has looked at the JSON yet. */
function countElements(json: unknown): number {
  let count = 0;
  const open = [json];
  for (let held = open.pop(); held !== undefined && count <= maxElements; held = open.pop()) {
    if (typeof held !== 'object' || held === null) continue;
    for (const element of Object.values(held)) {
      count += 1;
      open.push(element);
    }
  }
  return count;
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isArrayLike(column: Column): boolean {
  return ['list', 'set', 'map', 'tuple', 'vector'].includes(column.type.kind);
}

function namesOf(columns: readonly Column[]): string {
  return columns.map((column) => column.name).join(', ');
}

/** RFC 6901. */
function placeOf(pointer: string, name: string): string {
  return `${pointer}/${name.slice(0, maxEchoedName).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
