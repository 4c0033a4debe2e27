import { Type } from 'typebox';
import { consistencies } from '../core/ports.ts';
import { groupings } from '../core/routing/plan.ts';

const place = Type.Integer({ minimum: 0 });

const node = Type.Object({
  address: Type.String(),
  datacenter: Type.String(),
  rack: Type.String(),
  up: Type.Union([Type.Boolean(), Type.Null()], {
    description: 'Null: this instance does not connect to the datacenter',
  }),
  standing: Type.Enum(['well', 'suspect', 'ejected'], {
    description:
      '`suspect`: gets only keys that no well owner has; `ejected`: asked only where nobody else is left',
  }),
});

export const explanationSchema = Type.Object(
  {
    keyspace: Type.String(),
    table: Type.String(),
    application: Type.String(),
    datacenters: Type.Array(Type.String(), { description: 'In the order in which they are tried' }),
    ringEpoch: Type.Integer({ minimum: 0 }),
    consistency: Type.Enum([...consistencies]),
    grouping: Type.Enum([...groupings]),
    maxKeysPerGroup: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'Null: no bound',
    }),
    columns: Type.Array(Type.String()),
    speculativeRetry: Type.String({
      description: 'The rule in force: of the application, else of the table',
    }),
    hedgeBudget: Type.Number({ description: 'Hedge messages to ordinary ones, at most' }),
    keys: Type.Array(
      Type.Object({
        positions: Type.Array(place, { description: 'Places in `keys` of the look-up' }),
        token: Type.String({ description: 'Digits, with a sign where negative' }),
        owners: Type.Array(node, { description: 'Every replica, those that may be asked first' }),
        cache: Type.Enum(['fresh', 'stale', 'none', 'off'], {
          description:
            'What the cache has of the key for this request. `stale`: only to stand in where Cassandra fails; `off`: the table has no cache, or the class does without',
        }),
        cacheAgeMs: Type.Union([place, Type.Null()], {
          description: 'Since it was read; null where the cache has nothing',
        }),
        group: Type.Union([place, Type.Null()], {
          description: 'The place in `groups`; null without a usable owner, and where the cache answers',
        }),
      }),
    ),
    groups: Type.Array(
      Type.Object({
        node,
        keys: Type.Array(place, { description: 'Places in `keys` of this explanation' }),
        messages: Type.Integer({ minimum: 1 }),
        expectedMs: Type.Union([Type.Number(), Type.Null()], {
          description: 'Null before enough was measured',
        }),
        hedgeAfterMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
          description:
            'When its keys would be asked of other owners as well; null: never, or before enough was measured',
        }),
      }),
    ),
    warnings: Type.Array(Type.String()),
  },
  { description: 'What the look-up would do now; nothing was sent' },
);
