import { Buffer } from 'node:buffer';
import type { TableSchema } from '../../core/encoding/table-schema.ts';
import type { KeyBytes, ReadStatement } from '../../core/ports.ts';
import { asBuffer, intBytes } from './bound-values.ts';
import { listedComponent } from './statement-text.ts';

/** The longest key, and the longest component of one, that Cassandra stores. */
const maxKeyBytes = 65_535;

/**
 * Whether a row with this key can exist. Cassandra refuses a whole statement for one empty or overlong key,
 * so such keys are left out: nothing is stored under them.
 */
export function canBeStored(table: TableSchema, key: KeyBytes): boolean {
  const partitionColumns = table.partitionKey.length;
  if (partitionColumns === 1 && key[0]?.length === 0) return false;
  // Components of a composite key carry a length of two bytes and an end mark.
  let partitionBytes = partitionColumns === 1 ? 0 : 3 * partitionColumns;
  for (const [position, component] of key.entries()) {
    if (component.length > maxKeyBytes) return false;
    if (position < partitionColumns) partitionBytes += component.length;
  }
  return partitionBytes <= maxKeyBytes;
}

/** The bound values of `selectText`, serialised; the driver passes buffers on as they are. */
export function readParameters(statement: ReadStatement, keys: readonly KeyBytes[]): Buffer[] {
  const parameters = (keys[0] ?? []).map(asBuffer);
  if (keys.length > 1) {
    const listed = listedComponent(statement);
    parameters[listed] = listOf(keys.map((key) => key[listed] ?? new Uint8Array(0)));
  }
  if (statement.rowsPerPartition !== undefined) parameters.push(intBytes(statement.rowsPerPartition));
  return parameters;
}

/** A CQL list in native protocol v3 and later: the count, then each element with its length. */
function listOf(elements: readonly Uint8Array[]): Buffer {
  let length = 4;
  for (const element of elements) length += 4 + element.length;
  const list = Buffer.allocUnsafe(length);
  let offset = list.writeInt32BE(elements.length, 0);
  for (const element of elements) {
    offset = list.writeInt32BE(element.length, offset);
    list.set(element, offset);
    offset += element.length;
  }
  return list;
}
