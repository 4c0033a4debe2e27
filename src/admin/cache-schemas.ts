import { Type } from 'typebox';

const count = Type.Integer({ minimum: 0 });
const counted = (description: string) => Type.Integer({ minimum: 0, description });

export const cacheStatsSchema = Type.Object(
  {
    partitions: count,
    missingPartitions: counted('Of these, those of which every read found nothing'),
    bytes: counted('All that is kept, keys and overhead counted'),
    missingBytes: counted('Of these, what is kept of rows that are not there; at most a tenth of `maxBytes`'),
    maxBytes: count,
    evictions: counted('Partitions that were pushed out since the start'),
    hits: counted('Distinct keys that were found fresh, since the start'),
    stale: counted('Distinct keys answered beyond their time because Cassandra failed, since the start'),
    misses: counted('Distinct keys that were not found fresh, since the start'),
    joined: counted('Distinct keys that a read of another request answered, since the start'),
    droppedFills: counted('Rows that were not kept, because they were invalidated while they were read'),
    invalidations: counted('Invalidations that came from other instances, since the start'),
    gaps: counted(
      'How often invalidations of other instances were lost, since the start; what was kept before expires then',
    ),
  },
  { description: 'The row cache of this instance' },
);

export const purgeReportSchema = Type.Object({
  partitions: Type.Union([Type.Integer({ minimum: 0 }), Type.Literal('all')], {
    description: 'How many partitions were named; `all` where the whole table was',
  }),
  reach: Type.Union([Type.Literal('fleet'), Type.Literal('instance')], {
    description:
      '`fleet`: every other instance of the fleet is told too; `instance`: they were not, since there is no Redis or it did not answer',
  }),
});

const mostKeys = 1_000;

/** A body may be left out: the whole table then. An empty list is refused, so that it is not taken for all. */
export const purgeBodySchema = Type.Object(
  {
    keys: Type.Optional(
      Type.Array(Type.Unknown(), {
        minItems: 1,
        maxItems: mostKeys,
        description: 'Each as in a look-up; a whole primary key drops its partition',
      }),
    ),
  },
  { additionalProperties: false },
);
