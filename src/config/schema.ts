/**
 * The whole configuration file, once: names, types, defaults, bounds and words. The types of the file are
 * derived from it, the check and the masking read it, and JSON Schema for editors is what it already is.
 *
 * Annotations of our own:
 * - `expects`: what a right value looks like, for errors;
 * - `later`: keys that the format has but this version does not serve, and why; they are refused;
 * - `secret`: shown masked.
 */
import Type, { type TSchema } from 'typebox';
import { operations } from '../core/applications.ts';
import { consistencies } from '../core/ports.ts';
import { defaultBounds, defaultTableSettings } from '../core/reads/settings.ts';
import { groupings } from '../core/routing/plan.ts';
import type { SchemaNode } from './schema-node.ts';
import { durationPattern, sizePattern } from './units.ts';

const noLimits = 'this version counts no requests and limits none';
const noCache = 'this version caches no rows';
const noTls = 'this version speaks no TLS; put a proxy that does in front';

type Later = Readonly<Record<string, string>>;
const closed = (description: string, later: Later = {}) =>
  ({ additionalProperties: false, description, later }) as const;
/** A section whose every key has a default, so that it may be left out. */
const section = (description: string, later: Later = {}) =>
  ({ ...closed(description, later), default: {} }) as const;

const port = (description: string, standard: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: standard, description });
const count = (description: string, minimum: number, maximum: number, standard: number) =>
  Type.Integer({ minimum, maximum, default: standard, description });
const text = (description: string, expects = 'text of 1 to 256 characters') =>
  Type.String({ minLength: 1, maxLength: 256, expects, description });
const host = (description: string, standard: string) =>
  Type.String({
    pattern: '^[A-Za-z0-9._:-]{1,253}$',
    expects: 'an address or a host name',
    default: standard,
    description,
  });
const duration = (description: string, standard: string) =>
  Type.String({
    pattern: durationPattern,
    expects: 'a duration such as 125ms or 2s',
    default: standard,
    description,
  });
const size = (description: string, standard: string) =>
  Type.String({
    pattern: sizePattern,
    expects: 'a size such as 64KiB or 1MiB',
    default: standard,
    description,
  });
const named = <Entry extends TSchema>(pattern: string, expects: string, entry: Entry, description: string) =>
  Type.Record(Type.String({ pattern }), entry, { additionalProperties: false, expects, description });

/** Names become metric labels and header values; hence the narrow alphabet. */
const namePattern = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';
const nameForm = 'a name of up to 64 letters, digits, ".", "_" and "-"';
/** Cassandra allows only word characters in the names of keyspaces and tables, quoted or not. */
const tablePattern = '^\\w{1,222}\\.\\w{1,222}$';
const tableForm = 'keyspace.table';

const data = Type.Object(
  {
    host: host('Address that the data port listens on', '0.0.0.0'),
    port: port('Port of look-ups; 0 takes any free one', 8080),
  },
  section('The data port', { tls: noTls }),
);

const admin = Type.Object(
  {
    host: host('Address that the admin port listens on', '127.0.0.1'),
    port: port('Port of health and metrics; 0 takes any free one', 8081),
    allowedHosts: Type.Array(host('A name in the Host header of admin requests', 'localhost'), {
      maxItems: 64,
      default: [],
      description: 'Names besides loopback by which the admin port may be called, against DNS rebinding',
    }),
  },
  section('The admin port', {
    metrics: 'this version always serves metrics openly on the admin port',
    keyHashes: 'the admin port of this version changes nothing and asks for no key',
    tls: noTls,
  }),
);

const embedded = Type.Object(
  {
    datacenters: named(
      namePattern,
      nameForm,
      Type.Integer({ minimum: 1, maximum: 100, description: 'Nodes in the datacenter' }),
      'Nodes by datacenter',
    ),
    seedRows: count('Products in shop.products, sku-1 and so on', 0, 1_000_000, 20_000),
    tokensPerNode: count('Tokens of each node', 1, 256, 16),
    racks: count('Racks in each datacenter, at most one a node', 1, 100, 3),
  },
  closed('A ring in this process, in memory, for trying things out and for tests'),
);

const cassandra = Type.Object(
  {
    contactPoints: Type.Optional(
      Type.Array(
        Type.String({
          pattern:
            '^(\\[[0-9A-Fa-f:.]{2,45}\\](:[0-9]{1,5})?|[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|[0-9A-Fa-f:]{2,39})$',
          expects: 'host or host:port',
          description: 'A node to ask first, as host or host:port',
        }),
        {
          minItems: 1,
          maxItems: 64,
          expects: 'a list of 1 to 64 nodes',
          description: 'Nodes to learn the cluster from; the port is 9042 unless given',
        },
      ),
    ),
    embedded: Type.Optional(embedded),
    datacenter: Type.Optional(text('The datacenter that this instance stands in')),
    rack: Type.Optional(text('The rack that this instance stands in; breaks ties between owners')),
    username: Type.Optional(text('Who logs in to Cassandra')),
    passwordFile: Type.Optional(
      text('File with the password and nothing else; a relative path starts at the configuration file'),
    ),
  },
  closed('The cluster: either contactPoints or embedded', {
    tls: 'this version connects to Cassandra without TLS',
    topologyFile: 'this version takes distances from the order of class datacenters',
  }),
);

const classEntry = Type.Object(
  {
    datacenters: Type.Array(text('A datacenter, as Cassandra names it'), {
      minItems: 1,
      maxItems: 16,
      uniqueItems: true,
      expects: 'a list of 1 to 16 datacenters without repeats',
      description: 'Where the class reads; further ones are fallbacks, in order',
    }),
  },
  closed('One class of applications', { limits: noLimits }),
);

const applicationEntry = Type.Object(
  {
    class: Type.String({ pattern: namePattern, expects: nameForm, description: 'The class it belongs to' }),
    keyHashes: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^sha256:[0-9a-f]{64}$',
          expects: 'sha256: and 64 lower-case hex digits, as weir key new prints it',
          secret: true,
          description: 'The hash of one credential',
        }),
        { maxItems: 16, description: 'Hashes of its credentials; two during a rotation' },
      ),
    ),
    tables: named(
      tablePattern,
      tableForm,
      Type.Array(Type.Enum([...operations], { description: 'An operation' }), {
        minItems: 1,
        uniqueItems: true,
        expects: `a list of ${operations.join(', ')} without repeats; grants by column are not supported yet`,
        description: 'Operations granted on the table',
      }),
      'Grants by keyspace.table',
    ),
  },
  closed('One application', { limits: noLimits }),
);

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
    cache: noCache,
    speculativeRetry: 'this version sends no speculative retries',
    hedgeBudget: 'this version sends no speculative retries',
    writable: 'this version writes nothing',
  }),
);

const bounds = Type.Object(
  {
    keys: count('Most keys in a request', 1, 100_000, defaultBounds.keys),
    rows: count('Most keys x limitPerKey of a request', 1, 1_000_000, defaultBounds.rows),
    bodySize: size('Largest body of a request, 1KiB to 64MiB', '1MiB'),
    answerSize: size('Largest answer, 1KiB to 256MiB', '16MiB'),
    timeout: duration('Longest time that a request may ask for, 1ms to 5m', '10s'),
    inFlightPerHost: count('Most messages under way to one node', 1, 32_768, defaultBounds.inFlightPerHost),
    keysInFlight: count('Most keys under way in this process', 1, 10_000_000, defaultBounds.keysInFlight),
  },
  section('What one request, and all of them together, may take'),
);

const settingsSchema = Type.Object(
  {
    data,
    admin,
    cassandra,
    auth: Type.Enum(['keys', 'trusted'], {
      default: 'keys',
      description: 'How callers say who they are: bearer keys, or the X-Weir-App header from trusted proxies',
    }),
    trustedProxies: Type.Array(text('An address or CIDR range'), {
      maxItems: 256,
      default: [],
      description: 'Who may set X-Weir-App; loopback always may where the data port listens on loopback',
    }),
    classes: Type.Optional(named(namePattern, nameForm, classEntry, 'Classes of applications by name')),
    applications: named(namePattern, nameForm, applicationEntry, 'Applications by name'),
    tables: Type.Optional(named(tablePattern, tableForm, tableEntry, 'Settings by keyspace.table')),
    bounds,
  },
  closed('The configuration of Weir', {
    workers: 'this version runs one process; start several',
    redis: 'this version shares nothing between instances',
    guard: noLimits,
    limits: noLimits,
    cache: noCache,
    cursorKeyFiles: 'this version scans nothing',
  }),
);

/** The schema as a tree to walk; it is plain JSON Schema too. */
export const settingsSchemaNode: SchemaNode = settingsSchema as TSchema;

/** A complete file as checked, with defaults filled in; units still as written. */
export type Settings = Type.Static<typeof settingsSchema>;
