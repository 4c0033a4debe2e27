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
    keys: Type.Array(
      Type.Object({
        positions: Type.Array(place, { description: 'Places in `keys` of the look-up' }),
        token: Type.String({ description: 'Digits, with a sign where negative' }),
        owners: Type.Array(node, { description: 'Every replica, those that may be asked first' }),
        group: Type.Union([place, Type.Null()], {
          description: 'The place in `groups`; null without a usable owner',
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
      }),
    ),
    warnings: Type.Array(Type.String()),
  },
  { description: 'What the look-up would do now; nothing was sent' },
);
