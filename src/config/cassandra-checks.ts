import { isIP } from 'node:net';
import { hasPossiblePort } from './address.ts';
import { nearestName } from './nearest-name.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';

type Cassandra = Settings['cassandra'];

/** Rules between the settings of `cassandra`, and of classes as far as the datacenters are known here. */
export function checkCassandra(settings: Settings, report: Report): void {
  const { contactPoints, embedded, datacenter } = settings.cassandra;
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
  checkPortsOf(contactPoints ?? [], report);
  checkLogIn(settings.cassandra, report);
  if (embedded !== undefined) checkEmbedded(settings, embedded, report);
}

function checkPortsOf(contactPoints: readonly string[], report: Report): void {
  for (const [index, point] of contactPoints.entries()) {
    if (hasPossiblePort(point)) continue;
    report(['cassandra', 'contactPoints', String(index)], 'has no possible port', 'ports go from 1 to 65535');
  }
}

function checkLogIn(cassandra: Cassandra, report: Report): void {
  const users = (['username', 'usernameFile'] as const).filter((key) => cassandra[key] !== undefined);
  const passwords = (['password', 'passwordFile'] as const).filter((key) => cassandra[key] !== undefined);
  for (const [first, second] of [users, passwords]) {
    if (second === undefined) continue;
    report(['cassandra', second], `has no use beside ${first}`, 'they say the same thing twice');
  }
  const [user] = users;
  const [password] = passwords;
  if (cassandra.embedded === undefined && (user === undefined) !== (password === undefined)) {
    const there = user ?? password ?? '';
    const missing = user === undefined ? 'username or usernameFile' : 'password or passwordFile';
    report(['cassandra', there], `needs ${missing}`, 'a log-in is both');
  }
  const { tls } = cassandra;
  if (tls !== undefined && (tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    const [there, missing] = tls.keyFile === undefined ? ['certFile', 'keyFile'] : ['keyFile', 'certFile'];
    report(['cassandra', 'tls', there], `needs ${missing}`, 'a certificate and its key go together');
  }
  if (tls?.serverName !== undefined && isIP(tls.serverName) !== 0) {
    const why = 'a host name is meant; without it each node has to bear the address at which it is reached';
    report(['cassandra', 'tls', 'serverName'], 'is an address', why);
  }
}

const unusedByEmbedded = ['username', 'usernameFile', 'password', 'passwordFile', 'tls'] as const;

function checkEmbedded(
  { cassandra, classes }: Settings,
  embedded: NonNullable<Cassandra['embedded']>,
  report: Report,
): void {
  for (const key of unusedByEmbedded) {
    if (cassandra[key] === undefined) continue;
    report(['cassandra', key], 'has no use here', 'the embedded ring knows no log-in and no TLS');
  }
  const known = Object.keys(embedded.datacenters);
  if (known.length === 0) {
    report(['cassandra', 'embedded', 'datacenters'], 'is empty', 'the ring needs a node');
    return;
  }
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
