import fc from 'fast-check';
import type { CqlType } from '../../src/core/encoding/cql-type.ts';
import { parseCqlType } from '../../src/core/encoding/cql-type-parser.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import type { ColumnDefinition, TypeDefinition } from '../contract/cluster-fixture.ts';
import { scalarNames, valuesOf } from '../unit/encoding/arbitrary-values.ts';
import { userTypesOf } from './embedded-fixture.ts';

export const keyspace = 'every_type';

export const userTypes: readonly TypeDefinition[] = [
  {
    keyspace,
    name: 'place',
    fields: [
      { name: 'zip', type: 'int' },
      { name: 'x', type: 'decimal' },
      { name: 'tags', type: 'frozen<set<text>>' },
    ],
  },
  {
    keyspace,
    name: 'Person of "Note"',
    fields: [
      { name: '__proto__', type: 'text' },
      { name: 'constructor', type: 'bigint' },
      { name: 'Upper Case', type: 'frozen<place>' },
      { name: 'a.b "c" 😀', type: 'frozen<list<frozen<place>>>' },
      { name: 'spans', type: 'frozen<tuple<duration, timestamp, vector<float, 2>>>' },
    ],
  },
];

const scalars = scalarNames.filter((name) => name !== 'counter');

/** Types that may be a key, besides the scalars. */
const keyCompounds = [
  'frozen<list<int>>',
  'frozen<set<decimal>>',
  // Not of text: a key called __proto__ would make an object that no JSON body may have.
  'frozen<map<uuid, inet>>',
  'frozen<tuple<int, text>>',
  'frozen<tuple<timeuuid, frozen<set<blob>>>>',
  'vector<double, 2>',
  'vector<varint, 2>',
  'frozen<place>',
  'frozen<list<frozen<place>>>',
] as const;

const otherCompounds = [
  'list<text>',
  'set<timeuuid>',
  'map<text, double>',
  'map<int, frozen<list<text>>>',
  'map<date, boolean>',
  'map<blob, time>',
  'map<frozen<tuple<int, text>>, duration>',
  'map<frozen<place>, frozen<map<uuid, smallint>>>',
  'list<frozen<tuple<duration, decimal>>>',
  'set<frozen<tuple<duration, int>>>',
  'list<frozen<vector<text, 2>>>',
  'frozen<tuple<boolean, frozen<tuple<tinyint, float>>>>',
  'vector<frozen<tuple<int, text>>, 2>',
  'vector<frozen<vector<timestamp, 2>>, 2>',
  'vector<frozen<list<smallint>>, 1>',
  'place',
  '"Person of ""Note"""',
  'frozen<"Person of ""Note""">',
  'list<frozen<"Person of ""Note""">>',
  'map<text, frozen<"Person of ""Note""">>',
] as const;

const odd = ['__proto__', 'constructor', 'Upper', 'with "quotes"', 'a.b', 'two words', '😀', "it's"] as const;

const named = (prefix: string, types: readonly string[]): readonly ColumnDefinition[] =>
  types.map((type, at) => ({ name: `${prefix}${at}`, type }));

/** A column of every type, and some of one type under any name. */
export const columns: readonly ColumnDefinition[] = [
  ...named('scalar_', scalars),
  ...named('compound_', [...keyCompounds, ...otherCompounds]),
  ...odd.map((name) => ({ name, type: 'text' })),
];

const keyTypes = [...scalars.filter((name) => name !== 'duration'), ...keyCompounds];

/** Every type that may be a key, once in the partition key and once in the clustering key. */
export const partitionKey = named('p', keyTypes);
export const clusteringKey = named('c', keyTypes);

export function typeOf(cqlType: string): CqlType {
  return parseCqlType(cqlType, userTypesOf(keyspace, userTypes));
}

/** The same for the same seed. */
export function sampleOf(cqlType: string, count: number, seed: number): readonly CqlValue[] {
  const values = valuesOf(typeOf(cqlType)).filter(isPrintable);
  return fc.sample(values, { numRuns: count, seed });
}

/** A node writes `SELECT JSON` of a decimal without exponents: 1E-2000000000 would end it. */
function isPrintable(value: CqlValue): boolean {
  if (Array.isArray(value)) return value.every(isPrintable);
  return !(typeof value === 'object' && value !== null && 'scale' in value && Math.abs(value.scale) > 100);
}
