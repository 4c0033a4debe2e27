import { hasPossiblePort } from './address.ts';
import { decodePart, parseRedisUrl } from './redis-url.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';

type Redis = NonNullable<Settings['redis']>;

const forms = ['url', 'sentinels', 'cluster'] as const;

/** Rules between the settings of `redis`, and of what needs it. */
export function checkRedis({ redis, workers }: Settings, report: Report): void {
  if (redis === undefined) {
    if (workers !== 1) {
      const why = 'each worker would count for itself, and together they would let through a multiple';
      report(['workers'], 'needs redis', why);
    }
    return;
  }
  checkForms(redis, report);
  checkAddresses(redis, report);
  checkUrl(redis, report);
  checkLogIn(redis, report);
}

function checkForms(redis: Redis, report: Report): void {
  const [first, ...further] = forms.filter((form) => redis[form] !== undefined);
  if (first === undefined) {
    report(['redis'], 'names no server', 'one of url, sentinels and cluster says where Redis is');
  }
  for (const form of further) {
    const why = 'one of url, sentinels and cluster says where Redis is, and no two';
    report(['redis', form], `has no use beside ${first}`, why);
  }
  if (redis.sentinels !== undefined && redis.master === undefined) {
    report(['redis', 'sentinels'], 'needs master', 'Sentinels may watch several, and know each by a name');
  }
  if (redis.sentinels !== undefined) return;
  for (const key of ['master', 'sentinelPassword', 'sentinelPasswordFile'] as const) {
    if (redis[key] === undefined) continue;
    report(['redis', key], 'has no use here', 'it is for Sentinels, and redis.sentinels names none');
  }
}

function checkAddresses({ sentinels = [], cluster = [] }: Redis, report: Report): void {
  for (const [form, addresses] of Object.entries({ sentinels, cluster })) {
    for (const [index, address] of addresses.entries()) {
      if (hasPossiblePort(address)) continue;
      report(['redis', form, String(index)], 'has no possible port', 'ports go from 1 to 65535');
    }
  }
}

function checkUrl({ url, tls, username, password, passwordFile }: Redis, report: Report): void {
  const parsed = url === undefined ? undefined : parseRedisUrl(url);
  if (parsed === undefined) return;
  const path = ['redis', 'url'];
  const { port } = parsed.address;
  if (port < 1 || port > 65_535) report(path, 'has no possible port', 'ports go from 1 to 65535');
  if (!parsed.tls && tls !== undefined) {
    report(['redis', 'tls'], 'needs rediss://', 'redis.url says redis://, which is plain text');
  }
  if (
    [parsed.username, parsed.password].some((part) => part !== undefined && decodePart(part) === undefined)
  ) {
    report(path, 'has a log-in that cannot be read', 'a percent sign in it is written as %25');
  }
  if (parsed.username !== undefined && parsed.password === undefined) {
    report(path, 'has a user and no password', 'a log-in is both, or the password alone');
  }
  if (parsed.password === undefined) return;
  for (const [key, value] of Object.entries({ username, password, passwordFile })) {
    if (value === undefined) continue;
    report(['redis', key], 'has no use beside the log-in of redis.url', 'they say the same thing twice');
  }
}

function checkLogIn(redis: Redis, report: Report): void {
  for (const key of ['password', 'sentinelPassword'] as const) {
    if (redis[key] === undefined || redis[`${key}File`] === undefined) continue;
    report(['redis', `${key}File`], `has no use beside ${key}`, 'they say the same thing twice');
  }
  if (redis.username === undefined || redis.password !== undefined || redis.passwordFile !== undefined)
    return;
  if (redis.url !== undefined && parseRedisUrl(redis.url)?.password !== undefined) return;
  report(['redis', 'username'], 'needs password or passwordFile', 'a log-in is both, or the password alone');
}
