/** The section `cache`, and what a table says of its own rows. */
import Type from 'typebox';
import { closed, count, duration, requiredDuration, section, size } from './schema-parts.ts';

export const cache = Type.Object(
  {
    size: size('Memory for cached rows in this process, keys and overhead counted, 1MiB to 64GiB', '256MiB'),
    warmUp: Type.Object(
      {
        messages: count('Most messages under way to Cassandra while the cache is cold', 1, 100_000, 64),
        duration: duration(
          'How long the cache counts as cold, from the first look-up of a cached table on, 0s to 1h; 0s: never',
          '60s',
        ),
      },
      section('How a restarted instance, whose cache is empty, spares Cassandra', { reloadable: true }),
    ),
    onGap: Type.Enum(['expire', 'drop'], {
      default: 'expire',
      description:
        'What becomes of cached rows where invalidations of other instances were lost: older ones expire over 10 s, or all are dropped at once',
    }),
  },
  section('The rows that this process keeps; which tables are cached says tables.*.cache', {
    reloadable: false,
  }),
);

export const tableCache = Type.Object(
  {
    ttl: requiredDuration('How old a cached row may be, 1ms to 24h'),
    missingTtl: duration(
      'How long it is kept that a key has no row, 0s to 24h; at most ttl counts, and 0s is not at all',
      '5s',
    ),
    staleIfError: duration(
      'How much older a row may be where Cassandra fails, 0s to 24h; 0s: an error is told instead',
      '0s',
    ),
  },
  closed('What is kept of the rows of the table, and how long; absent: nothing'),
);
