import { Type } from 'typebox';
import { guardPhases } from '../core/guard/guard.ts';

const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const factorDescription = 'The part of themselves that the limits of the slowed classes are';
const factor = Type.Number({
  minimum: 0.01,
  maximum: 1,
  description: factorDescription,
  examples: [0.5],
});
const milliseconds = Type.Number({ minimum: 0 });
const rate = Type.Optional(Type.Number({ minimum: 0 }));

/** One type of two names: a union would tell of a bad factor only that neither fits. */
export const guardOverrideSchema = Type.Object(
  {
    factor: Type.Unsafe<number | null>({
      ...factor,
      type: ['number', 'null'],
      description: `${factorDescription}; null: the guard decides again`,
    }),
  },
  { additionalProperties: false },
);

export const guardViewSchema = Type.Object(
  {
    enabled: Type.Boolean({
      description: 'False: the configuration has no guard, and only an operator slows anybody',
    }),
    settings: orNull(
      Type.Object({
        targetMs: Type.Number({ exclusiveMinimum: 0, description: 'Where the p95 is to stay' }),
        min: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'The least factor' }),
        protects: Type.Array(Type.String(), { description: 'Classes whose latency steers' }),
        slows: Type.Array(Type.String(), { description: 'Classes whose limits are steered' }),
      }),
    ),
    steering: Type.Object(
      {
        factor,
        phase: Type.Enum([...guardPhases]),
        latency: Type.Object(
          {
            samples: Type.Integer({ minimum: 0 }),
            // The core's own type has undefined, which JSON leaves out.
            p95Ms: Type.Optional(Type.Unsafe<number | undefined>(milliseconds)),
          },
          {
            description:
              'Of the look-ups of the protected classes that reached Cassandra in the last five seconds, of all instances',
          },
        ),
        rates: Type.Record(
          Type.String(),
          Type.Object({ read: rate, write: rate, scan: rate, connect: rate }),
          {
            description:
              'By class and operation: units a second of what the limit of the fleet leaves, after what is kept for others',
          },
        ),
      },
      { description: 'In force on this instance' },
    ),
    override: orNull(
      Type.Object({
        factor,
        by: Type.String({ description: 'Role and the beginning of the hash of the key' }),
        at: Type.String({ format: 'date-time' }),
      }),
    ),
    leader: orNull(Type.String({ description: 'The instance that decides for all; null: none is known' })),
    isLeader: Type.Boolean({ description: 'This instance is it' }),
    epoch: Type.Integer({ minimum: 0, description: 'Each new leader has a higher one' }),
    ageMs: orNull(
      Type.Integer({
        minimum: 0,
        description: 'Since the last decision was heard of; null: none was',
      }),
    ),
  },
  { description: 'How the protected classes fare, and what it makes of the limits of the slowed ones' },
);
