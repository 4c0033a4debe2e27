/**
 * CQL types as data. A type is either one that Weir carries losslessly, or `unsupported` with the name
 * that the schema gave it: such a column can be described and left out, never guessed at.
 */
export type ScalarName =
  | 'ascii'
  | 'bigint'
  | 'blob'
  | 'boolean'
  | 'counter'
  | 'date'
  | 'decimal'
  | 'double'
  | 'duration'
  | 'float'
  | 'inet'
  | 'int'
  | 'smallint'
  | 'text'
  | 'time'
  | 'timestamp'
  | 'timeuuid'
  | 'tinyint'
  | 'uuid'
  | 'varint';

export type CqlType =
  | { readonly kind: ScalarName }
  | { readonly kind: 'list' | 'set'; readonly element: CqlType }
  | { readonly kind: 'map'; readonly key: CqlType; readonly value: CqlType }
  | { readonly kind: 'tuple'; readonly elements: readonly CqlType[] }
  | { readonly kind: 'vector'; readonly element: CqlType; readonly dimension: number }
  | {
      readonly kind: 'udt';
      readonly keyspace: string;
      readonly name: string;
      readonly fields: readonly UdtField[];
    }
  | { readonly kind: 'unsupported'; readonly name: string };

/** A field of a user-defined type; `name` is exact and may hold anything. */
export interface UdtField {
  readonly name: string;
  readonly type: CqlType;
}

/** Types whose JSON form is a string of its own: maps with such keys are objects, and a key is never lost or changed as a property name. */
export function isNameLike(type: CqlType): boolean {
  return ['text', 'ascii', 'uuid', 'timeuuid', 'inet'].includes(type.kind);
}
