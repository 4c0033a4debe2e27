/** The section `tables`. */
import Type from 'typebox';
import { consistencies } from '../core/ports.ts';
import { defaultTableSettings, writeGroupings } from '../core/reads/settings.ts';
import { groupings } from '../core/routing/plan.ts';
import { formatSpeculativeRetry } from '../core/speculation/speculative-retry.ts';
import { tableCache } from './cache-schema.ts';
import {
  closed,
  duration,
  named,
  section,
  speculativeRetry,
  tableForm,
  tablePattern,
} from './schema-parts.ts';

const tableEntry = Type.Object(
  {
    cache: Type.Optional(tableCache),
    speculativeRetry: speculativeRetry(
      'When keys without an answer are asked of another owner as well: a time, a percentile of what the table and the number of keys lead to expect, or MIN or MAX of both',
      { default: formatSpeculativeRetry(defaultTableSettings.speculativeRetry) },
    ),
    hedgeBudget: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: defaultTableSettings.hedgeBudget,
      expects: 'a number above 0 and up to 1',
      description: 'Speculative messages, as a share of ordinary ones; ALWAYS takes 1',
    }),
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
          description:
            'The consistency of a request that names none; writes take LOCAL_QUORUM where it is allowed',
        }),
        allowed: Type.Array(Type.Enum([...consistencies], { description: 'A consistency level' }), {
          minItems: 1,
          uniqueItems: true,
          expects: 'a list of consistency levels without repeats',
          default: [...defaultTableSettings.allowedConsistencies],
          description: 'The consistency levels that a request may ask for',
        }),
      },
      section('Consistency of reads, scans and writes'),
    ),
    writable: Type.Boolean({
      default: defaultTableSettings.writable,
      expects: 'true or false',
      description: 'Whether applications that are granted it may write the table',
    }),
    writeGrouping: Type.Enum([...writeGroupings], {
      default: defaultTableSettings.writeGrouping,
      description:
        'How rows of a write become messages: row, a statement each; owner, an unlogged batch for those of one owner; request, one for all, to one node that passes them on',
    }),
    settle: duration(
      'How long replicas may lag behind a write, 0s to 60s: nothing of its partition is cached meanwhile',
      '2s',
    ),
  },
  closed('Settings of one table'),
);

export const tables = named(tablePattern, tableForm, tableEntry, 'Settings by keyspace.table', {
  reloadable: true,
});
