import type { Address } from './address.ts';
import { splitAddress } from './address.ts';

export const redisUrlPattern =
  '^rediss?://([^\\s@/?#]{0,1024}@)?(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?(/[0-9]{0,4})?$';
export const redisUrlForm = 'redis://host:port/database, or rediss:// with TLS';

interface RedisUrl {
  readonly tls: boolean;
  /** As written: still percent-encoded; undefined where there is none, or an empty one. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly address: Address;
  readonly database: number;
}

const standardPort = 6_379;

/** The parts of a text of `redisUrlPattern`; undefined for any other. */
export function parseRedisUrl(text: string): RedisUrl | undefined {
  const [, scheme, login = '', place, database = ''] =
    /^(rediss?):\/\/(?:([^@]*)@)?([^@/]+)(?:\/([0-9]*))?$/.exec(text) ?? [];
  if (scheme === undefined || place === undefined) return undefined;
  const colon = login.indexOf(':');
  const username = colon < 0 ? login : login.slice(0, colon);
  const password = colon < 0 ? '' : login.slice(colon + 1);
  return {
    tls: scheme === 'rediss',
    username: username === '' ? undefined : username,
    password: password === '' ? undefined : password,
    address: splitAddress(place, standardPort),
    database: Number(database),
  };
}

/** A user name or password of a URL as it is meant; undefined where its percent signs encode nothing. */
export function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** The URL to be shown: without its password. */
export function maskRedisUrl(text: string): string {
  return text.replace(/(:\/\/[^:@]*):.*@/, '$1:…@');
}
