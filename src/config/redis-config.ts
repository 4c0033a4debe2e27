import { type Address, splitAddress } from './address.ts';
import { checked } from './checked.ts';
import type { FileContents } from './file-contents.ts';
import { decodePart, parseRedisUrl } from './redis-url.ts';
import type { Settings } from './schema.ts';

/** Which Redis the fleet shares, and how. */
export interface RedisConfig {
  readonly servers:
    | { readonly kind: 'single'; readonly address: Address; readonly database: number }
    | { readonly kind: 'sentinel'; readonly sentinels: readonly Address[]; readonly master: string }
    | { readonly kind: 'cluster'; readonly nodes: readonly Address[] };
  readonly username?: string;
  readonly password?: string;
  /** Of the Sentinels themselves. */
  readonly sentinelPassword?: string;
  /** Absent: no TLS. `ca`: PEM text; absent: the authorities that Node knows. */
  readonly tls?: { readonly ca?: string };
  /** Names the instances that share limits; has no braces. */
  readonly fleet: string;
  /** Whose clock counts: `caller` where scripts may not ask Redis for the time. */
  readonly clock: 'redis' | 'caller';
}

type Redis = NonNullable<Settings['redis']>;

const redisPort = 6_379;
const sentinelPort = 26_379;

/** The Redis of checked settings. */
export function redisFrom(redis: Redis, contents: FileContents): RedisConfig {
  const { fleet, clock } = redis;
  const sentinelPassword = redis.sentinelPassword ?? contents.get('redis.sentinelPasswordFile');
  return {
    servers: serversFrom(redis),
    ...loginFrom(redis, contents),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...tlsFrom(redis, contents),
    fleet,
    clock,
  };
}

function serversFrom({ url, sentinels, master, cluster }: Redis): RedisConfig['servers'] {
  if (url !== undefined) {
    const { address, database } = checked(parseRedisUrl(url));
    return { kind: 'single', address, database };
  }
  if (sentinels !== undefined) {
    const addresses = sentinels.map((address) => splitAddress(address, sentinelPort));
    return { kind: 'sentinel', sentinels: addresses, master: checked(master) };
  }
  return { kind: 'cluster', nodes: checked(cluster).map((address) => splitAddress(address, redisPort)) };
}

function loginFrom(redis: Redis, contents: FileContents): Pick<RedisConfig, 'username' | 'password'> {
  const written = redis.url === undefined ? undefined : parseRedisUrl(redis.url);
  const password =
    written?.password === undefined
      ? (redis.password ?? contents.get('redis.passwordFile'))
      : decodePart(written.password);
  const username = written?.username === undefined ? redis.username : decodePart(written.username);
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function tlsFrom({ url, tls }: Redis, contents: FileContents): Pick<RedisConfig, 'tls'> {
  const isSpoken = tls !== undefined || (url !== undefined && checked(parseRedisUrl(url)).tls);
  if (!isSpoken) return {};
  const ca = contents.get('redis.tls.caFile');
  return { tls: ca === undefined ? {} : { ca } };
}
