import type { CqlType, ScalarName } from './cql-type.ts';

const scalars: ReadonlyMap<string, ScalarName> = new Map<string, ScalarName>([
  ['ascii', 'ascii'],
  ['bigint', 'bigint'],
  ['blob', 'blob'],
  ['boolean', 'boolean'],
  ['counter', 'counter'],
  ['date', 'date'],
  ['decimal', 'decimal'],
  ['double', 'double'],
  ['float', 'float'],
  ['inet', 'inet'],
  ['int', 'int'],
  ['smallint', 'smallint'],
  ['text', 'text'],
  ['time', 'time'],
  ['timestamp', 'timestamp'],
  ['timeuuid', 'timeuuid'],
  ['tinyint', 'tinyint'],
  ['uuid', 'uuid'],
  ['varchar', 'text'],
  ['varint', 'varint'],
]);

/** Deeper types are unsupported, so that everything that walks a type may recurse. */
const maxDepth = 16;
const token = /\s*([a-z_][a-z0-9_]*|[<>,])/iy;

interface Tokens {
  readonly text: string;
  at: number;
}

/**
 * The type that `system_schema.columns.type` names. `frozen<…>` is transparent. A type that Weir does not
 * carry (user-defined, tuple, vector, duration, custom), or one that contains such a type, is `unsupported`
 * as a whole under the name given. Never throws.
 */
export function parseCqlType(text: string): CqlType {
  const tokens = { text, at: 0 };
  const type = parseType(tokens, 0);
  if (type === undefined || text.slice(tokens.at).trim() !== '')
    return { kind: 'unsupported', name: text.trim() };
  return type;
}

/** Undefined for anything but a complete supported type. */
function parseType(tokens: Tokens, depth: number): CqlType | undefined {
  if (depth > maxDepth) return undefined;
  const name = nextToken(tokens)?.toLowerCase() ?? '';
  const scalar = scalars.get(name);
  if (scalar !== undefined) return { kind: scalar };
  switch (name) {
    case 'frozen':
      return parseArguments(tokens, depth, 1)?.[0];
    case 'list':
    case 'set': {
      const element = parseArguments(tokens, depth, 1)?.[0];
      return element && { kind: name, element };
    }
    case 'map': {
      const [key, value] = parseArguments(tokens, depth, 2) ?? [];
      return key && value && { kind: 'map', key, value };
    }
    default:
      return undefined;
  }
}

function parseArguments(tokens: Tokens, depth: number, count: number): CqlType[] | undefined {
  const types: CqlType[] = [];
  for (let at = 0; at < count; at += 1) {
    if (nextToken(tokens) !== (at === 0 ? '<' : ',')) return undefined;
    const type = parseType(tokens, depth + 1);
    if (type === undefined) return undefined;
    types.push(type);
  }
  return nextToken(tokens) === '>' ? types : undefined;
}

/** Quoted names are user-defined or custom types; they match no token, and so end the parse. */
function nextToken(tokens: Tokens): string | undefined {
  token.lastIndex = tokens.at;
  const match = token.exec(tokens.text);
  if (match === null) return undefined;
  tokens.at = token.lastIndex;
  return match[1];
}
