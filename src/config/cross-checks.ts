import { isIP } from 'node:net';
import { checkCallers } from './caller-checks.ts';
import { checkCassandra } from './cassandra-checks.ts';
import { checkJobs } from './job-checks.ts';
import { checkLimits } from './limit-config.ts';
import type { Origins } from './origins.ts';
import { checkRedis } from './redis-checks.ts';
import { parseRedisUrl } from './redis-url.ts';
import type { Report } from './report.ts';
import { type Settings, settingsSchemaNode } from './schema.ts';
import { leafSettings, type Tree } from './schema-node.ts';
import { checkCache, checkTables } from './table-checks.ts';
import { isWithin, parseDurationMs, parseSizeBytes } from './units.ts';

/** Reports what no single setting shows: rules between settings, and ranges of written units. */
export function checkAcross(settings: Settings, origins: Origins, report: Report): void {
  checkPorts(settings, report);
  checkCassandra(settings, report);
  checkAuthentication(settings, report);
  checkCallers(settings, report);
  checkLimits(settings, report);
  checkWaiting(settings.waiting, report);
  checkRedis(settings, report);
  checkTables(settings, report);
  checkJobs(settings, report);
  checkCache(settings.cache, report);
  checkBounds(settings.bounds, origins, report);
  checkShutdown(settings.shutdown, report);
}

/** Whether only this machine can reach an address; a name other than `localhost` may be anything. */
export function isLoopback(host: string): boolean {
  return (
    host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  );
}

function checkPorts({ data, admin }: Settings, report: Report): void {
  if (data.port !== 0 && data.port === admin.port && data.host === admin.host) {
    report(['admin', 'port'], 'is the same as data.port', 'the two ports need an address each');
  }
}

function checkAuthentication(settings: Settings, report: Report): void {
  const { auth, trustedProxies, data } = settings;
  if (auth === 'keys' && trustedProxies.length > 0) {
    report(['trustedProxies'], 'has no use here', 'only auth: trusted takes a name from a proxy');
  }
  if (auth === 'trusted' && trustedProxies.length === 0 && !isLoopback(data.host)) {
    report(
      ['auth'],
      'needs trustedProxies',
      'data.host is not loopback, so anyone could name any application',
    );
  }
  for (const [index, proxy] of trustedProxies.entries()) {
    if (!isAddressRange(proxy)) {
      report(
        ['trustedProxies', String(index)],
        'is no address or CIDR range',
        'for example 10.0.0.7 or 10.0.0.0/8',
      );
    }
  }
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return (
    prefix === undefined || (/^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  );
}

function checkBounds(bounds: Settings['bounds'], origins: Origins, report: Report): void {
  const { bodySize, answerSize, timeout, defaultTimeout, keys, rows, keysInFlight } = bounds;
  if (!isWithin(parseSizeBytes(bodySize), 1_024, 64 * 1_048_576)) {
    report(['bounds', 'bodySize'], 'is out of range', 'from 1KiB to 64MiB, in whole bytes');
  }
  if (!isWithin(parseSizeBytes(answerSize), 1_024, 256 * 1_048_576)) {
    report(['bounds', 'answerSize'], 'is out of range', 'from 1KiB to 256MiB, in whole bytes');
  }
  const timeoutMs = parseDurationMs(timeout);
  const defaultPath = ['bounds', 'defaultTimeout'];
  if (!isWithin(timeoutMs, 1, 300_000)) {
    report(['bounds', 'timeout'], 'is out of range', 'from 1ms to 5m');
  } else if (
    // The default of the default gives way to a shorter bound; one that was written down is meant.
    origins.sourceOf(defaultPath).source !== 'default' &&
    !isWithin(parseDurationMs(defaultTimeout), 1, timeoutMs ?? 0)
  ) {
    report(defaultPath, 'is out of range', 'from 1ms to bounds.timeout');
  }
  if (rows < keys) {
    report(
      ['bounds', 'rows'],
      'is less than bounds.keys',
      'a key takes at least one row, so so many keys could never be asked',
    );
  }
  if (keysInFlight < keys) {
    report(
      ['bounds', 'keysInFlight'],
      'is less than bounds.keys',
      'a request of so many keys could never be served',
    );
  }
}

function checkWaiting({ longest }: Settings['waiting'], report: Report): void {
  if (!isWithin(parseDurationMs(longest), 0, 300_000)) {
    report(['waiting', 'longest'], 'is out of range', 'from 0s to 5m');
  }
}

function checkShutdown({ delay, timeout }: Settings['shutdown'], report: Report): void {
  if (!isWithin(parseDurationMs(delay), 0, 300_000)) {
    report(['shutdown', 'delay'], 'is out of range', 'from 0s to 5m');
  }
  if (!isWithin(parseDurationMs(timeout), 0, 600_000)) {
    report(['shutdown', 'timeout'], 'is out of range', 'from 0s to 10m');
  }
}

/** Refuses secrets in plain sight: files are copied and shown around, and flags stand in every list of processes. */
export function checkSecrets(settings: Settings, origins: Origins, report: Report): void {
  for (const { path, node, tree } of leafSettings(settings as unknown as Tree, settingsSchemaNode)) {
    const isUrl = node.secret === 'url' && parseRedisUrl(String(tree))?.password !== undefined;
    if (node.secret !== 'whole' && !isUrl) continue;
    const { source } = origins.sourceOf(path);
    if (source === 'environment' || origins.isReference(path)) continue;
    const name = isUrl ? 'password' : path.at(-1);
    const which = isUrl ? 'has a password that ' : '';
    report(
      path,
      which + (source === 'flag' ? 'is given as a flag' : 'is written out'),
      `a secret stands in a file that ${name}File names, or comes from the environment as $${'{NAME}'}`,
    );
  }
}
