import { type CqlType, isNameLike, type ScalarName } from './cql-type.ts';

/** The JSON form of values of a type in words, for descriptions of a table. `unsupported` for what is left out of answers. */
export function jsonFormOf(type: CqlType): string {
  switch (type.kind) {
    case 'unsupported':
      return 'unsupported';
    case 'list':
    case 'set':
      return `array of ${jsonFormOf(type.element)}`;
    case 'vector':
      return `array of ${type.dimension} x ${jsonFormOf(type.element)}`;
    case 'tuple':
      return `array [${type.elements.map(jsonFormOf).join(', ')}]`;
    case 'map':
      return isNameLike(type.key)
        ? `object of ${jsonFormOf(type.value)}`
        : `array of [${jsonFormOf(type.key)}, ${jsonFormOf(type.value)}]`;
    case 'udt':
      return `object {${type.fields.map(({ name, type: field }) => `${JSON.stringify(name)}: ${jsonFormOf(field)}`).join(', ')}}`;
    default:
      return scalarForms[type.kind];
  }
}

const scalarForms: Readonly<Record<ScalarName, string>> = {
  ascii: 'string',
  text: 'string',
  uuid: 'string',
  timeuuid: 'string',
  inet: 'string',
  tinyint: 'number',
  smallint: 'number',
  int: 'number',
  float: 'number',
  double: 'number',
  bigint: 'string of digits',
  counter: 'string of digits',
  varint: 'string of digits',
  decimal: 'decimal string',
  boolean: 'boolean',
  blob: 'hex string',
  timestamp: 'RFC 3339 string',
  date: 'date string',
  time: 'time string',
  duration: 'duration string',
};
