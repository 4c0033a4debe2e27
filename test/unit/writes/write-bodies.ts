import { nodeText } from '../../../src/adapters/node/text.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { Column, TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { RequestError } from '../../../src/core/errors.ts';
import { defaultTableSettings, type TableSettings } from '../../../src/core/reads/settings.ts';
import { parseWriteRequest } from '../../../src/core/writes/write-request.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';
import { grantOf } from '../../support/scripted-reads.ts';
import { wallStartMicros } from '../../support/scripted-writes.ts';

export const column = (name: string, cqlType: string, kind: Column['kind'] = 'regular'): Column => ({
  name,
  kind,
  type: parseCqlType(cqlType),
  cqlType,
});

/** `shop.orders (customer, day, no)`, with a static column. */
export const orders = makeTable('orders', ['customer'], ['day', 'no'], ['note'], ['region']);
/** `shop.products` with columns of several types. */
export const typed: TableSchema = {
  ...products,
  columns: [
    ...products.columns,
    column('labels', 'set<text>'),
    column('notes', 'list<text>'),
    column('parts', 'map<text, int>'),
    column('stock', 'int'),
    { ...column('shape', 'text'), type: { kind: 'unsupported', name: 'point' }, cqlType: 'point' },
  ],
};

interface Given {
  readonly table?: TableSchema;
  readonly columns?: readonly string[];
  readonly settings?: Partial<TableSettings>;
  readonly writeRows?: number;
}

export function parse(body: unknown, { table = typed, columns, settings, writeRows = 1_000 }: Given = {}) {
  const visible =
    columns === undefined ? table.columns : table.columns.filter(({ name }) => columns.includes(name));
  return parseWriteRequest(
    body,
    { schema: table, visible, grant: grantOf(['write'], columns) },
    { ...defaultTableSettings, ...settings },
    { writeRows },
    wallStartMicros,
    nodeText,
  );
}

export function refusal(body: unknown, given: Given = {}): RequestError {
  try {
    parse(body, given);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('the body was taken');
}

export const values = (more: object) => ({ rows: [{ values: { sku: 'a', ...more } }] });
export const pointers = ({ faults }: RequestError) => faults.map(({ pointer }) => pointer);
