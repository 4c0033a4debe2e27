/** The sections `classes` and `applications`: who asks, where it reads and what it may do. */
import Type from 'typebox';
import { type CacheUse, operations } from '../core/applications.ts';
import { limitsOf } from './limit-schema.ts';
import {
  closed,
  keyHash,
  named,
  nameForm,
  namePattern,
  speculativeRetry,
  tableForm,
  tablePattern,
  text,
} from './schema-parts.ts';

const cacheUses = ['fill', 'read', 'off'] as const satisfies readonly CacheUse[];

const classEntry = Type.Object(
  {
    datacenters: Type.Array(text('A datacenter, as Cassandra names it'), {
      minItems: 1,
      maxItems: 16,
      uniqueItems: true,
      expects: 'a list of 1 to 16 datacenters without repeats',
      description:
        'Where the class reads; further ones are fallbacks, in order; with cassandra.topologyFile the nearest come first, and this order decides between equally near ones',
    }),
    cache: Type.Optional(
      Type.Enum([...cacheUses], {
        description:
          'Whether look-ups of the class read the row cache and fill it, read it only, or leave it alone; absent: read for the class called backend, which must not push out what others need, and fill for any other',
      }),
    ),
    limits: Type.Optional(limitsOf('Limits of all applications of the class together', { like: 'limits' })),
  },
  closed('One class of applications'),
);

export const classes = named(
  namePattern,
  nameForm,
  classEntry,
  'Classes of applications by name; one that is not listed reads from cassandra.datacenter',
  { reloadable: true },
);

const operationList = Type.Array(Type.Enum([...operations], { description: 'An operation' }), {
  minItems: 1,
  uniqueItems: true,
  expects: `a list of ${operations.join(', ')} without repeats`,
  description: 'Operations granted on the table',
});

/** The list is the short form: all columns. */
const grant = Type.Union(
  [
    operationList,
    Type.Object(
      {
        operations: operationList,
        columns: Type.Optional(
          Type.Array(text('A column, as the schema has it'), {
            minItems: 1,
            maxItems: 1_000,
            uniqueItems: true,
            expects: 'a list of 1 to 1000 columns without repeats',
            description: 'Columns that it may see; absent: all',
          }),
        ),
      },
      closed('Operations granted on the table, and on which columns'),
    ),
  ],
  {
    expects: `a list of ${operations.join(', ')} without repeats, or { operations: […], columns: […] }`,
    description: 'What is granted on the table',
  },
);

const applicationEntry = Type.Object(
  {
    class: Type.String({ pattern: namePattern, expects: nameForm, description: 'The class it belongs to' }),
    keyHashes: Type.Optional(
      Type.Array(keyHash('The hash of one credential'), {
        maxItems: 16,
        description: 'Hashes of its credentials; two during a rotation',
      }),
    ),
    tables: named(tablePattern, tableForm, grant, 'Grants by keyspace.table'),
    speculativeRetry: Type.Optional(
      speculativeRetry(
        'When keys of its look-ups are asked of another owner as well; absent: as tables.*.speculativeRetry says',
      ),
    ),
    limits: Type.Optional(limitsOf('Limits of the application', { like: 'limits' })),
  },
  closed('One application'),
);

export const applications = named(namePattern, nameForm, applicationEntry, 'Applications by name', {
  reloadable: true,
});
