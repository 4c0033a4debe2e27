import type { CqlType } from '../core/encoding/cql-type.ts';
import type { Column, TableSchema } from '../core/encoding/table-schema.ts';

/** A key that a look-up of the table takes, whether there is such a row or not: to show the form. */
export function sampleKey({ partitionKey }: Pick<TableSchema, 'partitionKey'>): unknown {
  return Object.fromEntries(partitionKey.map(({ name, type }: Column) => [name, sampleValue(type)]));
}

function sampleValue(type: CqlType): unknown {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'float':
    case 'double':
      return 1;
    case 'bigint':
    case 'counter':
    case 'varint':
    case 'decimal':
      return '1';
    case 'boolean':
      return true;
    case 'blob':
      return '0x01';
    case 'uuid':
      return '00000000-0000-4000-8000-000000000001';
    case 'timeuuid':
      return '00000000-0000-1000-8000-000000000001';
    case 'timestamp':
      return '2026-01-01T00:00:00.000Z';
    case 'date':
      return '2026-01-01';
    case 'time':
      return '00:00:00.000000000';
    case 'duration':
      return '1h';
    case 'inet':
      return '127.0.0.1';
    case 'list':
    case 'set':
      return [sampleValue(type.element)];
    case 'map':
      return [[sampleValue(type.key), sampleValue(type.value)]];
    case 'tuple':
      return type.elements.map(sampleValue);
    case 'vector':
      return Array.from({ length: type.dimension }, () => sampleValue(type.element));
    case 'udt':
      return Object.fromEntries(type.fields.map((field) => [field.name, sampleValue(field.type)]));
    default:
      return 'a';
  }
}
