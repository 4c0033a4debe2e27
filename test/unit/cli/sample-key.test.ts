import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { sampleKey } from '../../../src/cli/sample-key.ts';
import type { ScalarName } from '../../../src/core/encoding/cql-type.ts';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import { readKey } from '../../../src/core/encoding/key-json.ts';

const scalars: readonly ScalarName[] = [
  'ascii',
  'bigint',
  'blob',
  'boolean',
  'date',
  'decimal',
  'double',
  'float',
  'inet',
  'int',
  'smallint',
  'text',
  'time',
  'timestamp',
  'timeuuid',
  'tinyint',
  'uuid',
  'varint',
];

describe('a key to show the form', () => {
  it.each([
    ...scalars,
    'frozen<list<int>>',
    'frozen<map<int, text>>',
    'frozen<tuple<int, text>>',
    'vector<float, 2>',
  ])('of type %s is one that a look-up takes', (cqlType) => {
    const column = { name: 'k', kind: 'partition', type: parseCqlType(cqlType), cqlType } as const;
    const key = sampleKey({ partitionKey: [column] });
    expect(readKey({ partitionKey: [column], clusteringKey: [] }, key, '', nodeText)).toMatchObject({
      full: true,
    });
  });
});
