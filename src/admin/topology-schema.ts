import { Type } from 'typebox';

const count = Type.Integer({ minimum: 0 });
const nullableText = Type.Union([Type.String(), Type.Null()]);

const node = Type.Object({
  address: Type.String(),
  rack: Type.String(),
  up: Type.Union([Type.Boolean(), Type.Null()], {
    description: 'Null: no application reads from the datacenter, so this instance does not connect to it',
  }),
  inFlight: Type.Integer({ minimum: 0, description: 'Messages of this instance under way to the node' }),
  tokens: count,
});

export const topologyViewSchema = Type.Object(
  {
    ringEpoch: Type.Integer({ minimum: 0, description: 'Grows when the ring or a replication changes' }),
    ownDatacenter: Type.String(),
    ownRack: nullableText,
    datacenters: Type.Array(
      Type.Object({
        name: Type.String(),
        region: Type.Union([Type.String(), Type.Null()], { description: 'Null without a topology file' }),
        distance: Type.Union([Type.Enum(['own', 'same-region', 'other-region']), Type.Null()]),
        nodes: Type.Array(node),
      }),
    ),
    keyspaces: Type.Array(Type.Object({ name: Type.String(), replication: Type.String() })),
    classes: Type.Array(
      Type.Object({
        name: Type.String(),
        datacenters: Type.Array(Type.String(), { description: 'In the order in which they are tried' }),
      }),
    ),
    lint: Type.Array(Type.String(), {
      description: 'What the topology file and the cluster do not agree on',
    }),
  },
  { description: 'The cluster as this instance sees it' },
);
