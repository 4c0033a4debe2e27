/**
 * The whole configuration file, once: names, types, defaults, bounds and words. The types of the file are
 * derived from it, and so are the check, the masking, what a reload may change, and the schema for editors.
 */
import Type, { type TSchema } from 'typebox';
import { logLevels } from '../core/administration.ts';
import { defaultBounds } from '../core/reads/settings.ts';
import { applications, classes } from './application-schema.ts';
import { cache } from './cache-schema.ts';
import { cassandra } from './cassandra-schema.ts';
import { guard } from './guard-schema.ts';
import { limitsOf } from './limit-schema.ts';
import { admin, data } from './port-schema.ts';
import { redis } from './redis-schema.ts';
import type { SchemaNode } from './schema-node.ts';
import { closed, count, duration, file, secretFileBytes, section, size, text } from './schema-parts.ts';
import { tables } from './table-schema.ts';

const waiting = Type.Object(
  {
    callers: count('Most callers of one application that wait for one operation', 1, 100_000, 1_000),
    longest: duration('Longest time that a caller may wait, 0s to 5m; 0s: nobody waits', '30s'),
  },
  section('Callers who would rather wait than be refused: Prefer: wait, or onOver: wait', {
    reloadable: true,
  }),
);

const bounds = Type.Object(
  {
    keys: count('Most keys in a request', 1, 100_000, defaultBounds.keys),
    rows: count('Most keys x limitPerKey of a request', 1, 1_000_000, defaultBounds.rows),
    bodySize: size('Largest body of a request, 1KiB to 64MiB', '1MiB', { reloadable: false }),
    answerSize: size('Largest answer, 1KiB to 256MiB', '16MiB'),
    timeout: duration('Longest time that a request may ask for, 1ms to 5m', '10s'),
    defaultTimeout: duration('Time of a request that asks for none, 1ms up to bounds.timeout', '1s'),
    inFlightPerHost: count('Most messages under way to one node', 1, 32_768, defaultBounds.inFlightPerHost),
    keysInFlight: count('Most keys under way in this process', 1, 10_000_000, defaultBounds.keysInFlight),
    writeRows: count('Most rows in a write', 1, 100_000, defaultBounds.writeRows),
  },
  section('What one request, and all of them together, may take', { reloadable: true }),
);

const scans = Type.Object(
  {
    streams: count('Most scans under way at once in this process', 1, 10_000, 64),
    maxDuration: duration(
      'Longest time of one scan, 1s to 24h; it then ends with a cursor, from which the next one goes on',
      '1h',
    ),
  },
  section('Streams of the rows of a range or a partition', { reloadable: true }),
);

const cursorKeyFiles = Type.Array(file('A file with a secret of at least 32 characters', secretFileBytes), {
  minItems: 1,
  maxItems: 2,
  expects: 'a list of one or two files',
  description:
    'Secrets that seal the cursors of scans, the same on every instance: the first seals, both open, so that a new one can take the place of an old one; absent: a cursor is of use only with the process that gave it',
  reloadable: false,
});

const log = Type.Object(
  {
    level: Type.Enum([...logLevels], {
      default: 'info',
      description: 'The least serious lines that are logged; the admin port can change it for a while',
    }),
  },
  section('The log, one JSON object a line on standard error', { reloadable: true }),
);

const shutdown = Type.Object(
  {
    delay: duration(
      'How long readiness says no before connections are refused, so that balancers notice; 0s to 5m',
      '0s',
    ),
    timeout: duration('Longest time for requests under way to be answered, 0s to 10m', '15s'),
  },
  section('How the process ends', { reloadable: true }),
);

const reload = Type.Object(
  {
    watch: Type.Boolean({
      default: true,
      expects: 'true or false',
      description: 'Whether a change of this file, or of a file that it names, is taken over by itself',
    }),
  },
  section('When the configuration is read again; SIGHUP and the admin port always do', { reloadable: false }),
);

/** More cores than that are not used. */
export const mostWorkers = 64;

const settingsSchema = Type.Object(
  {
    data,
    admin,
    cassandra,
    auth: Type.Enum(['keys', 'trusted'], {
      default: 'keys',
      description: 'How callers say who they are: bearer keys, or the X-Weir-App header from trusted proxies',
      reloadable: false,
    }),
    trustedProxies: Type.Array(text('An address or CIDR range'), {
      maxItems: 256,
      default: [],
      description: 'Who may set X-Weir-App; loopback always may where the data port listens on loopback',
      reloadable: true,
    }),
    classes: Type.Optional(classes),
    applications,
    limits: Type.Optional(limitsOf('Limits of all applications of the fleet together', { reloadable: true })),
    waiting,
    redis: Type.Optional(redis),
    workers: Type.Union([Type.Integer({ minimum: 1, maximum: mostWorkers }), Type.Literal('auto')], {
      default: 1,
      expects: `a whole number from 1 to ${mostWorkers}, or auto`,
      description: 'Processes that serve, each an instance of its own to the limits; auto: one a core',
      reloadable: false,
    }),
    tables: Type.Optional(tables),
    cache,
    guard: Type.Optional(guard),
    scans,
    cursorKeyFiles: Type.Optional(cursorKeyFiles),
    bounds,
    log,
    shutdown,
    reload,
  },
  closed('The configuration of Weir'),
);

/** The schema as a tree to walk; it is plain JSON Schema too. */
export const settingsSchemaNode: SchemaNode = settingsSchema as TSchema;

/** A complete file as checked, with defaults filled in; units still as written. */
export type Settings = Type.Static<typeof settingsSchema>;
