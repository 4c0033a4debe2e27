/** The section `redis`. */
import Type from 'typebox';
import { redisUrlForm, redisUrlPattern } from './redis-url.ts';
import {
  addressForm,
  addressPattern,
  closed,
  file,
  nameForm,
  namePattern,
  pemFileBytes,
  secretFileBytes,
  secretText,
  text,
} from './schema-parts.ts';

const servers = (description: string, each: string) =>
  Type.Optional(
    Type.Array(Type.String({ pattern: addressPattern, expects: addressForm, description: each }), {
      minItems: 1,
      maxItems: 64,
      uniqueItems: true,
      expects: 'a list of 1 to 64 servers without repeats',
      description,
    }),
  );

const secret = (what: string) =>
  Type.Optional(secretText(`${what}, from a variable of the environment; it may not be written out here`));

const tls = Type.Object(
  {
    caFile: Type.Optional(
      file(
        'PEM file with the authorities that sign the servers; absent: those that Node knows',
        pemFileBytes,
      ),
    ),
  },
  closed('TLS to Redis, and to its Sentinels; of a server with a url it is spoken where that says rediss'),
);

export const redis = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        pattern: redisUrlPattern,
        expects: redisUrlForm,
        secret: 'url',
        description: 'One server; the port is 6379 and the database 0 unless given',
      }),
    ),
    sentinels: servers(
      'Sentinels that know which server is the master; the port is 26379 unless given',
      'A Sentinel',
    ),
    master: Type.Optional(text('What the Sentinels call the master')),
    cluster: servers(
      'Nodes to learn a Redis Cluster from; the port is 6379 unless given',
      'A node of the cluster',
    ),
    username: Type.Optional(text('Who logs in to Redis; absent: its default user')),
    password: secret('The password'),
    passwordFile: Type.Optional(file('File with the password and nothing else', secretFileBytes)),
    sentinelPassword: secret('The password of the Sentinels, where they have one'),
    sentinelPasswordFile: Type.Optional(
      file('File with the password of the Sentinels and nothing else', secretFileBytes),
    ),
    tls: Type.Optional(tls),
    fleet: Type.String({
      pattern: namePattern,
      expects: nameForm,
      default: 'weir',
      description:
        'Names the instances that share limits: all keys in Redis begin with it, so that several fleets can use one Redis',
    }),
    clock: Type.Enum(['redis', 'caller'], {
      default: 'redis',
      description:
        'Whose clock counts: that of Redis, or of the instances, for a Redis whose scripts may not ask for the time; what they differ by adds to what is admitted, and may be a minute at most',
    }),
  },
  closed(
    'The Redis that the instances of a fleet share: url, or sentinels and master, or cluster; absent: each process counts for itself',
    { reloadable: false },
  ),
);
