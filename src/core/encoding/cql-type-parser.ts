import type { CqlType, ScalarName, UdtField } from './cql-type.ts';

const scalars: ReadonlyMap<string, ScalarName> = new Map<string, ScalarName>([
  ['ascii', 'ascii'],
  ['bigint', 'bigint'],
  ['blob', 'blob'],
  ['boolean', 'boolean'],
  ['counter', 'counter'],
  ['date', 'date'],
  ['decimal', 'decimal'],
  ['double', 'double'],
  ['duration', 'duration'],
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

/** A field of a user-defined type as `system_schema.types` has it; `type` is CQL. */
export interface UserTypeField {
  readonly name: string;
  readonly type: string;
}

/** The user-defined types of one keyspace: the only ones that its tables can use. Names are exact. */
export interface UserTypes {
  readonly keyspace: string;
  fieldsOf(name: string): readonly UserTypeField[] | undefined;
}

/** For types that stand alone. */
const noUserTypes: UserTypes = { keyspace: '', fieldsOf: () => undefined };

/** Deeper types are unsupported, so that everything that walks a type may recurse; a user-defined type that holds itself ends here too. */
const maxDepth = 16;
/** Types of more parts, user-defined ones written out, are unsupported: what is made of a type grows with it. */
const maxParts = 5_000;
/** Cassandra's own bound on a vector is 2^13. */
const maxDimension = 65_535;
const token = /\s*([a-z_][a-z0-9_]*|[0-9]+|[<>,]|"(?:[^"]|"")+")/iy;

interface Tokens {
  readonly text: string;
  readonly userTypes: UserTypes;
  /** Shared with the types of fields. */
  readonly parts: { left: number };
  at: number;
}

/**
 * The type that `system_schema.columns.type` names. `frozen<…>` is transparent. A type that Weir does not
 * carry (custom, or a user-defined one that `userTypes` does not know), or one that contains such a type, is
 * `unsupported` as a whole under the name given. Never throws.
 */
export function parseCqlType(text: string, userTypes = noUserTypes): CqlType {
  const tokens: Tokens = { text, userTypes, parts: { left: maxParts }, at: 0 };
  return parseWhole(tokens, 0) ?? { kind: 'unsupported', name: text.trim() };
}

function parseWhole(tokens: Tokens, depth: number): CqlType | undefined {
  const type = parseType(tokens, depth);
  return tokens.text.slice(tokens.at).trim() === '' ? type : undefined;
}

/** Undefined for anything but a complete supported type. */
function parseType(tokens: Tokens, depth: number): CqlType | undefined {
  tokens.parts.left -= 1;
  if (depth > maxDepth || tokens.parts.left < 0) return undefined;
  const word = nextToken(tokens) ?? '';
  // A quoted name is never one of CQL's own.
  if (word.startsWith('"')) return userType(tokens, word.slice(1, -1).replaceAll('""', '"'), depth);
  const name = word.toLowerCase();
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
    case 'tuple': {
      const elements = parseArguments(tokens, depth);
      return elements && { kind: 'tuple', elements };
    }
    case 'vector':
      return parseVector(tokens, depth);
    default:
      return userType(tokens, name, depth);
  }
}

/** As many as `count`, or any number. */
function parseArguments(tokens: Tokens, depth: number, count?: number): CqlType[] | undefined {
  if (nextToken(tokens) !== '<') return undefined;
  const types: CqlType[] = [];
  for (;;) {
    const type = parseType(tokens, depth + 1);
    if (type === undefined) return undefined;
    types.push(type);
    const separator = nextToken(tokens);
    if (separator === '>') return count === undefined || types.length === count ? types : undefined;
    if (separator !== ',') return undefined;
  }
}

function parseVector(tokens: Tokens, depth: number): CqlType | undefined {
  if (nextToken(tokens) !== '<') return undefined;
  const element = parseType(tokens, depth + 1);
  if (element === undefined || nextToken(tokens) !== ',') return undefined;
  const dimension = Number(nextToken(tokens));
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > maxDimension) return undefined;
  return nextToken(tokens) === '>' ? { kind: 'vector', element, dimension } : undefined;
}

function userType(tokens: Tokens, name: string, depth: number): CqlType | undefined {
  const { userTypes, parts } = tokens;
  const fields: UdtField[] = [];
  for (const field of userTypes.fieldsOf(name) ?? []) {
    const type = parseWhole({ text: field.type, userTypes, parts, at: 0 }, depth + 1);
    if (type === undefined) return undefined;
    fields.push({ name: field.name, type });
  }
  return fields.length === 0 ? undefined : { kind: 'udt', keyspace: userTypes.keyspace, name, fields };
}

function nextToken(tokens: Tokens): string | undefined {
  token.lastIndex = tokens.at;
  const match = token.exec(tokens.text);
  if (match === null) return undefined;
  tokens.at = token.lastIndex;
  return match[1];
}
