import { isIP } from 'node:net';
import { nearestName } from './nearest-name.ts';
import { type Origins, pathText } from './origins.ts';
import type { Settings } from './schema.ts';
import { parseDurationMs, parseSizeBytes } from './units.ts';

/** Reports what no single setting shows: rules between settings, and ranges of written units. */
export function checkAcross(settings: Settings, origins: Origins): void {
  const report: Report = (path, what, why, nearest) => {
    origins.report(origins.valueAt(path), path, `${pathText(path)} ${what}`, why, nearest);
  };
  checkPorts(settings, report);
  checkCassandra(settings.cassandra, report);
  checkDatacenters(settings, report);
  checkAuthentication(settings, report);
  checkApplications(settings, report);
  checkTables(settings, report);
  checkBounds(settings.bounds, report);
}

type Report = (path: readonly string[], what: string, why: string, nearest?: string) => void;

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

function checkCassandra(cassandra: Settings['cassandra'], report: Report): void {
  const { contactPoints, embedded, datacenter, username, passwordFile } = cassandra;
  if ((contactPoints === undefined) === (embedded === undefined)) {
    const what = embedded === undefined ? 'names no cluster' : 'names two clusters';
    report(['cassandra'], what, 'either contactPoints or embedded must be there, and not both');
    return;
  }
  if (contactPoints !== undefined && datacenter === undefined) {
    report(
      ['cassandra', 'datacenter'],
      'is missing',
      'with contactPoints it says where this instance stands',
    );
  }
  for (const [index, point] of contactPoints?.entries() ?? []) {
    const port = /^(?:\[.*\]|[^:]*):([0-9]+)$/.exec(point)?.[1];
    if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
      report(
        ['cassandra', 'contactPoints', String(index)],
        'has no possible port',
        'ports go from 1 to 65535',
      );
    }
  }
  if (embedded !== undefined && Object.keys(embedded.datacenters).length === 0) {
    report(['cassandra', 'embedded', 'datacenters'], 'is empty', 'the ring needs a node');
  }
  if (embedded !== undefined && (username ?? passwordFile) !== undefined) {
    const key = username === undefined ? 'passwordFile' : 'username';
    report(['cassandra', key], 'has no use here', 'the embedded ring knows no log-in');
  } else if ((username === undefined) !== (passwordFile === undefined)) {
    const [there, missing] =
      username === undefined ? ['passwordFile', 'username'] : ['username', 'passwordFile'];
    report(['cassandra', there], `needs ${missing}`, 'a log-in is both');
  }
}

/** The embedded ring's datacenters are known here; those of a real cluster only once it is reached. */
function checkDatacenters({ cassandra, classes }: Settings, report: Report): void {
  if (cassandra.embedded === undefined) return;
  const known = Object.keys(cassandra.embedded.datacenters);
  const check = (path: readonly string[], name: string) => {
    if (known.includes(name)) return;
    const why = `cassandra.embedded.datacenters has ${known.join(', ')}`;
    report(path, 'is no datacenter of the embedded ring', why, nearestName(name, known));
  };
  if (cassandra.datacenter !== undefined) check(['cassandra', 'datacenter'], cassandra.datacenter);
  for (const [name, entry] of Object.entries(classes ?? {})) {
    for (const [index, datacenter] of entry.datacenters.entries()) {
      check(['classes', name, 'datacenters', String(index)], datacenter);
    }
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

function checkApplications({ applications, classes, auth }: Settings, report: Report): void {
  if (Object.keys(applications).length === 0) {
    report(['applications'], 'is empty', 'nobody could ask anything');
  }
  const holders = new Map<string, string>();
  for (const [name, application] of Object.entries(applications)) {
    if (classes !== undefined && !Object.hasOwn(classes, application.class)) {
      const known = Object.keys(classes);
      const nearest = nearestName(application.class, known);
      report(
        ['applications', name, 'class'],
        'is not in classes',
        `classes has ${known.join(', ')}`,
        nearest,
      );
    }
    if (auth === 'keys' && application.keyHashes === undefined) {
      const why = 'auth is keys, so nobody could be this application; an empty list says so on purpose';
      report(['applications', name], 'has no keyHashes', why);
    }
    for (const [index, hash] of application.keyHashes?.entries() ?? []) {
      const holder = holders.get(hash);
      if (holder !== undefined) {
        const why = `${holder} has the same; a credential belongs to one application`;
        report(['applications', name, 'keyHashes', String(index)], 'is given twice', why);
      }
      holders.set(hash, name);
    }
  }
}

function checkTables({ tables }: Settings, report: Report): void {
  for (const [name, { consistency }] of Object.entries(tables ?? {})) {
    if (!consistency.allowed.includes(consistency.default)) {
      const why = `allowed has ${consistency.allowed.join(', ')}`;
      report(['tables', name, 'consistency', 'default'], 'is not allowed', why);
    }
  }
}

function checkBounds(bounds: Settings['bounds'], report: Report): void {
  const { bodySize, answerSize, timeout, keys, rows, keysInFlight } = bounds;
  if (!isWithin(parseSizeBytes(bodySize), 1_024, 64 * 1_048_576)) {
    report(['bounds', 'bodySize'], 'is out of range', 'from 1KiB to 64MiB, in whole bytes');
  }
  if (!isWithin(parseSizeBytes(answerSize), 1_024, 256 * 1_048_576)) {
    report(['bounds', 'answerSize'], 'is out of range', 'from 1KiB to 256MiB, in whole bytes');
  }
  if (!isWithin(parseDurationMs(timeout), 1, 300_000)) {
    report(['bounds', 'timeout'], 'is out of range', 'from 1ms to 5m');
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

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
