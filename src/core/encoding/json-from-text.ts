import { hasBackslashName } from './backslash-name.ts';
import type { CqlType } from './cql-type.ts';
import { ValueFault } from './value-fault.ts';

/**
 * What `valueFromJson` takes for a value that stands alone as text, in a query or on a command line. Texts and
 * numbers are written bare, so that no digit is lost to a JSON number; collections, tuples, vectors and
 * user-defined types are JSON. Throws a `ValueFault` for text that is not of the form; its content is checked later.
 */
export function jsonFromText(type: CqlType, text: string): unknown {
  switch (type.kind) {
    case 'unsupported':
      throw new ValueFault(`the type ${type.name} is not supported`);
    case 'boolean':
      if (text === 'true') return true;
      if (text === 'false') return false;
      throw new ValueFault('a boolean is true or false');
    case 'list':
    case 'set':
    case 'map':
    case 'tuple':
    case 'vector':
    case 'udt':
      return parsedJson(type.kind, text);
    default:
      return text;
  }
}

function parsedJson(kind: string, text: string): unknown {
  if (hasBackslashName(text))
    throw new ValueFault('no JSON member is named by one backslash; write a map as an array of [key, value]');
  try {
    return JSON.parse(text);
  } catch {
    throw new ValueFault(`a value of the type ${kind} is written as JSON`);
  }
}
