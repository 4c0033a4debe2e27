import type { Column, TableSchema } from '../encoding/table-schema.ts';
import type { Text } from '../ports.ts';
import { murmur3Token } from '../token/murmur3.ts';
import { tokenToDecimal } from '../token/token.ts';

/**
 * Of what a scan relies on: the key, and names, kinds and types of the columns, in their order. Tables that differ in
 * it only by chance share one. Undefined where a column is missing. Other columns may come and go.
 */
export function fingerprintOf(
  { partitionKey, clusteringKey, columns }: TableSchema,
  names: readonly string[],
  text: Pick<Text, 'utf8'>,
): string | undefined {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const wanted = names.flatMap((name) => byName.get(name) ?? []);
  if (wanted.length < names.length) return undefined;
  const parts = [partitionKey, clusteringKey, wanted].map((part) => part.map(describe));
  return tokenToDecimal(murmur3Token(text.utf8(JSON.stringify(parts))));
}

function describe({ name, kind, cqlType }: Column): readonly string[] {
  return [name, kind, cqlType];
}
