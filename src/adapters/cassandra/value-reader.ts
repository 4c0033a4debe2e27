import type { Buffer } from 'node:buffer';
import type cassandra from 'cassandra-driver';
import type { CqlType } from '../../core/encoding/cql-type.ts';
import type { CqlUnreadable, CqlValue } from '../../core/encoding/cql-value.ts';
import { inetText } from '../../core/encoding/inet-text.ts';
import { valueFromBytes } from '../../core/encoding/value-bytes.ts';
import { ValueFault } from '../../core/encoding/value-fault.ts';
import type { Text } from '../../core/ports.ts';
import type { EntryList } from './entry-list.ts';

/** From what the driver decoded to a `CqlValue`. Made once a column, not once a value. */
export type ValueReader = (value: unknown) => CqlValue;

const unsupported: CqlUnreadable = { unreadable: 'a value of a type that is not supported' };

/** Undefined where the driver's value, apart from undefined, already is the `CqlValue`. */
export function createValueReader(type: CqlType, text: Text): ValueReader | undefined {
  const read = createPresentReader(type, text);
  return read && ((value) => (value === null || value === undefined ? null : read(value)));
}

function createPresentReader(type: CqlType, text: Text): ValueReader | undefined {
  switch (type.kind) {
    case 'ascii':
    case 'text':
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'float':
    case 'double':
    case 'bigint':
    case 'counter':
    case 'varint':
    case 'blob':
      return undefined;
    case 'uuid':
    case 'timeuuid':
      return (value) => String(value);
    case 'inet':
      return (value) => inetText((value as cassandra.types.InetAddress).getBuffer());
    case 'timestamp':
      return readTimestamp;
    case 'date':
      return readDate;
    case 'list':
    case 'set':
      return createArrayReader(type.element, text);
    case 'map':
      return createEntriesReader(type.key, type.value, text);
    case 'decimal':
    case 'duration':
    case 'time':
    case 'tuple':
    case 'udt':
    case 'vector':
      return (value) => readStored(type, value as Buffer, text);
    case 'unsupported':
      return () => unsupported;
  }
}

/** Of the types that the driver hands over as bytes. */
export function readStored(type: CqlType, bytes: Uint8Array, text: Text): CqlValue {
  try {
    return valueFromBytes(type, bytes, text);
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    return { unreadable: error.detail };
  }
}

/** The driver holds timestamps in a Date, which ends 8.64e15 ms from the epoch; Cassandra's do not. */
function readTimestamp(value: unknown): CqlValue {
  const ms = (value as Date).getTime();
  return Number.isNaN(ms) ? { unreadable: 'a timestamp beyond the range of dates' } : BigInt(ms);
}

/** A date is serialised with the epoch at 2^31. */
const dateOfEpoch = 2 ** 31;

function readDate(value: unknown): number {
  return (value as cassandra.types.LocalDate).toBuffer().readUInt32BE(0) - dateOfEpoch;
}

function createArrayReader(element: CqlType, text: Text): ValueReader | undefined {
  const read = createValueReader(element, text);
  return read && ((value) => (value as unknown[]).map(read));
}

function createEntriesReader(key: CqlType, value: CqlType, text: Text): ValueReader {
  const readKey = createValueReader(key, text) ?? asIs;
  const readValue = createValueReader(value, text) ?? asIs;
  return (map) =>
    (map as EntryList).entries.map(([entryKey, entryValue]) => [readKey(entryKey), readValue(entryValue)]);
}

function asIs(value: unknown): CqlValue {
  return (value ?? null) as CqlValue;
}
