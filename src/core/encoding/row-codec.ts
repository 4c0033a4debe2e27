import type { CqlValue } from './cql-value.ts';
import { createJsonWriter } from './json-from-value.ts';
import type { Column } from './table-schema.ts';

/** Turns rows into ready pieces of an answer. */
export interface RowCodec {
  /** Names the form of the pieces; rows of different codecs are different rows to a cache. */
  readonly id: string;
  /** One JSON object as text, every column present, null where unset. `values` are aligned with the columns. Throws a `ValueFault`. */
  encode(values: readonly CqlValue[]): string;
}

/** JSON objects, by the table of encodings. Names are quoted and writers chosen here, once, not a row. */
export function createRowCodec(columns: readonly Column[]): RowCodec {
  const fields = columns.map((column, at) => ({
    name: `${at === 0 ? '{' : ','}${JSON.stringify(column.name)}:`,
    write: createJsonWriter(column.type),
  }));
  const names = fields.map((field) => field.name);
  const writers = fields.map((field) => field.write);
  return {
    id: 'json/1',
    encode(values) {
      let json = '';
      for (let at = 0; at < names.length; at += 1)
        json += names[at] + (writers[at]?.(values[at] ?? null) ?? 'null');
      return json === '' ? '{}' : `${json}}`;
    },
  };
}
