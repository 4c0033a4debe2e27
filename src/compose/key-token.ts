import { nodeText } from '../adapters/node/text.ts';
import { parseCqlType } from '../core/encoding/cql-type-parser.ts';
import { jsonFromText } from '../core/encoding/json-from-text.ts';
import { bytesFromValue } from '../core/encoding/value-bytes.ts';
import { ValueFault } from '../core/encoding/value-fault.ts';
import { valueFromJson } from '../core/encoding/value-from-json.ts';
import type { Text } from '../core/ports.ts';
import { murmur3Token } from '../core/token/murmur3.ts';
import { partitionKeyBytes } from '../core/token/partition-key.ts';
import { tokenToDecimal } from '../core/token/token.ts';

export interface KeyToken {
  /** Signed, in decimal. */
  readonly token: string;
  /** The partition key as Cassandra stores and hashes it. */
  readonly bytes: Uint8Array;
}

/** `component` from 0; undefined where the key as a whole is meant. */
export interface KeyFault {
  readonly component: number | undefined;
  readonly fault: string;
}

/** Cassandra's bound on a partition key. */
const largestKeyBytes = 65_535;

/** The token of a key given as text, component by component; `types` are CQL types that stand alone. Never throws for what was given. */
export function computeToken(
  types: readonly string[],
  components: readonly string[],
  text: Text = nodeText,
): KeyToken | KeyFault {
  const parts: Uint8Array[] = [];
  for (const [component, typeName] of types.entries()) {
    const type = parseCqlType(typeName);
    if (type.kind === 'unsupported')
      return { component, fault: `${type.name} is no CQL type that stands alone` };
    try {
      const value = valueFromJson(type, jsonFromText(type, components[component] ?? ''));
      parts.push(bytesFromValue(type, value, text));
    } catch (error) {
      if (error instanceof ValueFault) return { component, fault: error.detail };
      throw error;
    }
  }
  if (parts.some((part) => part.length > largestKeyBytes)) return tooLarge;
  const bytes = partitionKeyBytes(parts);
  if (bytes.length === 0) return { component: undefined, fault: 'a partition key may not be empty' };
  if (bytes.length > largestKeyBytes) return tooLarge;
  return { token: tokenToDecimal(murmur3Token(bytes)), bytes };
}

const tooLarge: KeyFault = {
  component: undefined,
  fault: `a partition key has at most ${largestKeyBytes} bytes`,
};
