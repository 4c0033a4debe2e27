import { Buffer } from 'node:buffer';
import type cassandra from 'cassandra-driver';
import type { CqlType } from '../../core/encoding/cql-type.ts';
import { bytesFromValue } from '../../core/encoding/value-bytes.ts';
import type { Text } from '../../core/ports.ts';
import { createValueReader } from './value-reader.ts';

/** From a key column's cell to its bytes as stored; an absent value has none. */
export type KeyReader = (value: unknown) => Uint8Array;

const noBytes = Buffer.alloc(0);

/**
 * Whether a key column must be selected as bytes, because what the driver decodes does not tell two stored
 * keys apart, or fails: 1.0 and 1.00, 0.0 and -0.0, a timestamp beyond its range. The commonest types are
 * put back together instead, which spares the node a function call a row.
 */
export function isSelectedAsBytes(type: CqlType): boolean {
  switch (type.kind) {
    case 'boolean':
    case 'counter':
    case 'date':
    case 'decimal':
    case 'double':
    case 'float':
    case 'time':
    case 'timestamp':
    case 'varint':
      return true;
    default:
      return false;
  }
}

export function createKeyReader(type: CqlType, text: Text): KeyReader {
  const read = createPresentKeyReader(type, text);
  return (value) => (value === null || value === undefined ? noBytes : read(value));
}

function createPresentKeyReader(type: CqlType, text: Text): KeyReader {
  if (isSelectedAsBytes(type)) return (value) => value as Buffer;
  switch (type.kind) {
    case 'blob':
    case 'tuple':
    case 'udt':
    case 'vector':
      return (value) => value as Buffer;
    case 'ascii':
      return (value) => Buffer.from(value as string, 'latin1');
    case 'text':
      return (value) => Buffer.from(value as string, 'utf8');
    case 'uuid':
    case 'timeuuid':
      return (value) => (value as cassandra.types.Uuid).getBuffer();
    case 'inet':
      return (value) => (value as cassandra.types.InetAddress).getBuffer();
    case 'tinyint':
      return written(1, (bytes, value) => bytes.writeInt8(value as number));
    case 'smallint':
      return written(2, (bytes, value) => bytes.writeInt16BE(value as number));
    case 'int':
      return written(4, (bytes, value) => bytes.writeInt32BE(value as number));
    case 'bigint':
      return written(8, (bytes, value) => bytes.writeBigInt64BE(value as bigint));
    default: {
      const readValue = createValueReader(type, text);
      return (value) => bytesFromValue(type, readValue ? readValue(value) : asIs(value), text);
    }
  }
}

function asIs(value: unknown): Parameters<typeof bytesFromValue>[1] {
  return value as Parameters<typeof bytesFromValue>[1];
}

function written(length: number, write: (bytes: Buffer, value: unknown) => void): KeyReader {
  return (value) => {
    const bytes = Buffer.allocUnsafe(length);
    write(bytes, value);
    return bytes;
  };
}
