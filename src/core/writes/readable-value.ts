import type { CqlType } from '../encoding/cql-type.ts';
import { jsonFromValue } from '../encoding/json-from-value.ts';
import { valueFromBytes } from '../encoding/value-bytes.ts';
import { ValueFault } from '../encoding/value-fault.ts';
import type { Text } from '../ports.ts';

/** Why a read could not give the value back, wherever in it the fault lies; undefined where it can. */
export function unreadableDetail(type: CqlType, bytes: Uint8Array, text: Text): string | undefined {
  if (!isWiderThanJson(type)) return undefined;
  try {
    jsonFromValue(type, valueFromBytes(type, bytes, text));
    return undefined;
  } catch (error) {
    if (error instanceof ValueFault) return error.detail;
    throw error;
  }
}

/** Of some types more values are taken than answers carry. */
function isWiderThanJson(type: CqlType): boolean {
  switch (type.kind) {
    case 'timestamp':
    case 'varint':
    case 'decimal':
      return true;
    case 'list':
    case 'set':
    case 'vector':
      return isWiderThanJson(type.element);
    case 'map':
      return isWiderThanJson(type.key) || isWiderThanJson(type.value);
    case 'tuple':
      return type.elements.some(isWiderThanJson);
    case 'udt':
      return type.fields.some((field) => isWiderThanJson(field.type));
    default:
      return false;
  }
}
