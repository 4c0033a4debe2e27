/** The section `tables`. */
import Type from 'typebox';
import { consistencies } from '../core/ports.ts';
import { defaultTableSettings } from '../core/reads/settings.ts';
import { groupings } from '../core/routing/plan.ts';
import { closed, named, section, tableForm, tablePattern } from './schema-parts.ts';

const noSpeculation = 'this version sends no speculative retries';

const tableEntry = Type.Object(
  {
    grouping: Type.Enum([...groupings], {
      default: defaultTableSettings.grouping,
      description: 'How keys become messages; anything but owner is there to be measured',
    }),
    maxKeysPerGroup: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000 }), Type.Literal('unbounded')], {
      default: defaultTableSettings.maxKeysPerGroup,
      expects: 'a whole number from 1 to 1000, or unbounded',
      description: 'Most keys in one message',
    }),
    consistency: Type.Object(
      {
        default: Type.Enum([...consistencies], {
          default: defaultTableSettings.defaultConsistency,
          description: 'The consistency of a look-up that names none',
        }),
        allowed: Type.Array(Type.Enum([...consistencies], { description: 'A consistency level' }), {
          minItems: 1,
          uniqueItems: true,
          expects: 'a list of consistency levels without repeats',
          default: [...defaultTableSettings.allowedConsistencies],
          description: 'The consistency levels that a look-up may ask for',
        }),
      },
      section('Consistency of reads'),
    ),
  },
  closed('Settings of one table', {
    later: {
      cache: 'this version caches no rows',
      speculativeRetry: noSpeculation,
      hedgeBudget: noSpeculation,
      writable: 'this version writes nothing',
    },
  }),
);

export const tables = named(tablePattern, tableForm, tableEntry, 'Settings by keyspace.table', {
  reloadable: true,
});
