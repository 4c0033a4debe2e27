import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, reference, refusalOf } from '../../support/config-file.ts';

interface Broken {
  readonly why: string;
  /** Replaces text of the good configuration; or adds lines at its end. */
  readonly change?: readonly [from: string, to: string];
  readonly add?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly message: string;
}

const ring = 'embedded: { datacenters: { us-east-1-frontend: 6 } }';
const hash = `sha256:${'a'.repeat(64)}`;

const broken: readonly Broken[] = [
  {
    why: 'an unknown key has a near one',
    change: ['port', 'prot'],
    message:
      'weir.yaml:1:26: unknown key "prot" in data (known are host, port, allowedHosts, tls; did you mean port?)',
  },
  {
    why: 'a number is out of range',
    change: ['8080', '70000'],
    message:
      'weir.yaml:1:32: data.port must be a whole number from 0 to 65535 (Port of look-ups; 0 takes any free one)',
  },
  {
    why: 'a list has a word that is nearly right',
    change: ['[read]', '[raed]'],
    message:
      'weir.yaml:8:31: applications.storefront.tables.shop.products.0 must be one of read, write, scan (An operation; did you mean read?)',
  },
  {
    why: 'a required key is missing; the place is that of what it is missing from',
    change: ['    class: frontend\n', ''],
    message: 'weir.yaml:6:3: applications.storefront.class is missing (The class it belongs to)',
  },
  {
    why: 'a unit is of another system',
    add: 'bounds: { bodySize: 1MB }',
    message:
      'weir.yaml:9:21: bounds.bodySize must be a size such as 64KiB or 1MiB (Largest body of a request, 1KiB to 64MiB)',
  },
  {
    why: 'a unit is right and the value too much',
    add: 'bounds: { timeout: 1h }',
    message: 'weir.yaml:9:20: bounds.timeout is out of range (from 1ms to 5m)',
  },
  {
    why: 'a group has a bound',
    add: 'tables: { shop.products: { maxKeysPerGroup: 1001 } }',
    message:
      'weir.yaml:9:45: tables.shop.products.maxKeysPerGroup must be a whole number from 1 to 1000, or unbounded (Most keys in one message)',
  },
  {
    why: 'a table needs its keyspace',
    change: ['shop.products', 'products'],
    message:
      'weir.yaml:8:15: "products" in applications.storefront.tables must be keyspace.table (Grants by keyspace.table)',
  },
  {
    why: 'no cluster',
    change: [`\n  ${ring}`, ' {}'],
    message:
      'weir.yaml:2:12: cassandra names no cluster (either contactPoints or embedded must be there, and not both)',
  },
  {
    why: 'two clusters',
    change: [ring, `contactPoints: [10.0.0.1]\n  ${ring}`],
    message:
      'weir.yaml:3:3: cassandra names two clusters (either contactPoints or embedded must be there, and not both)',
  },
  {
    why: 'a real cluster without the own datacenter',
    change: [ring, 'contactPoints: [10.0.0.1]'],
    message:
      'weir.yaml:3:3: cassandra.datacenter is missing (with contactPoints it says where this instance stands)',
  },
  {
    why: 'a user without a password',
    change: [ring, 'contactPoints: [10.0.0.1]\n  datacenter: a\n  username: weir'],
    message: 'weir.yaml:5:13: cassandra.username needs password or passwordFile (a log-in is both)',
  },
  {
    why: 'a class that is a letter away from a listed one',
    add: 'classes: { frontends: { datacenters: [us-east-1-frontend] } }',
    message:
      'weir.yaml:7:12: applications.storefront.class looks like a misspelt class (classes has frontends; correct it, or list it under classes if it is meant; did you mean frontends?)',
  },
  {
    why: 'a datacenter that the embedded ring has not',
    add: 'classes: { frontend: { datacenters: [us-east-frontend] } }',
    message:
      'weir.yaml:9:38: classes.frontend.datacenters.0 is no datacenter of the embedded ring (cassandra.embedded.datacenters has us-east-1-frontend; did you mean us-east-1-frontend?)',
  },
  {
    why: 'a trusted header from anybody',
    change: ['127.0.0.1', '0.0.0.0'],
    message:
      'weir.yaml:4:7: auth needs trustedProxies (data.host is not loopback, so anyone could name any application)',
  },
  {
    why: 'a range of addresses that is none',
    add: 'trustedProxies: [10.0.0.0/33]',
    message:
      'weir.yaml:9:18: trustedProxies.0 is no address or CIDR range (for example 10.0.0.7 or 10.0.0.0/8)',
  },
  {
    why: 'an application that nobody can be',
    change: ['trusted', 'keys'],
    message:
      'weir.yaml:7:5: applications.storefront has no keyHashes (auth is keys, so nobody could be this application; an empty list says so on purpose)',
  },
  {
    why: 'a credential in place of its hash, which must not be repeated',
    change: ['class: frontend', 'class: frontend\n    keyHashes: [weir_abc]'],
    message:
      'weir.yaml:8:17: applications.storefront.keyHashes.0 must be sha256: and 64 lower-case hex digits, as weir key new prints it (The hash of one credential)',
  },
  {
    why: 'one credential for two',
    change: ['class: frontend', `class: frontend\n    keyHashes: ['${hash}', '${hash}']`],
    message:
      'weir.yaml:8:92: applications.storefront.keyHashes.1 is given twice (storefront has the same; a credential belongs to one holder)',
  },
  {
    why: 'a default that is not allowed',
    add: 'tables: { shop.products: { consistency: { default: QUORUM } } }',
    message:
      'weir.yaml:9:52: tables.shop.products.consistency.default is not allowed (allowed has LOCAL_ONE, LOCAL_QUORUM)',
  },
  {
    why: 'one address for both ports',
    add: 'admin: { port: 8080 }',
    message: 'weir.yaml:9:16: admin.port is the same as data.port (the two ports need an address each)',
  },
  {
    why: 'a request that could never be served',
    add: 'bounds: { keysInFlight: 10 }',
    message:
      'weir.yaml:9:25: bounds.keysInFlight is less than bounds.keys (a request of so many keys could never be served)',
  },
  {
    why: 'a reference to a variable that is not there',
    change: ['class: frontend', `class: ${reference('CLASS')}`],
    message: `weir.yaml:7:12: the variable CLASS is not set (a variable of the environment stands as ${reference('NAME')}, or as ${reference('NAME:-default')}, the characters themselves as $$${'{'})`,
  },
  {
    why: 'a key twice',
    add: 'auth: keys',
    message: 'weir.yaml:9:1: auth is given twice (line 4 has it, too)',
  },
  {
    why: 'a variable that needs quotes, and nothing of what follows from that',
    change: ['8080', reference('PORT')],
    message: `weir.yaml:1:33: this is not valid YAML (inside brackets and braces ${reference('NAME')} needs quotes)`,
  },
  {
    why: 'an alias without an anchor',
    change: ['[read]', '*grants'],
    message:
      'weir.yaml:8:30: this alias names no anchor (an alias comes after its anchor, and text that begins with * needs quotes)',
  },
  {
    why: 'a hash of the admin port that is an application’s',
    change: ['class: frontend', `class: frontend\n    keyHashes: ['${hash}']`],
    add: `admin: { keyHashes: { viewer: ['${hash}'] } }`,
    message:
      'weir.yaml:10:32: admin.keyHashes.viewer.0 is given twice (storefront has the same; a credential belongs to one holder)',
  },
  {
    why: 'metrics that nobody could read',
    add: 'admin: { metrics: viewer }',
    message: 'weir.yaml:9:19: admin.metrics needs a key in admin.keyHashes (nobody could read the metrics)',
  },
  {
    why: 'a default time beyond the longest',
    add: 'bounds: { timeout: 2s, defaultTimeout: 3s }',
    message: 'weir.yaml:9:40: bounds.defaultTimeout is out of range (from 1ms to bounds.timeout)',
  },
  {
    why: 'a shutdown that would take too long',
    add: 'shutdown: { timeout: 1h }',
    message: 'weir.yaml:9:22: shutdown.timeout is out of range (from 0s to 10m)',
  },
  {
    why: 'a grant of columns without operations',
    change: ['[read]', '{ columns: [title] }'],
    message:
      'weir.yaml:8:15: applications.storefront.tables.shop.products.operations is missing (Operations granted on the table)',
  },
  {
    why: 'a grant that is neither list nor section',
    change: ['[read]', 'read'],
    message:
      'weir.yaml:8:30: applications.storefront.tables.shop.products must be a list of read, write, scan without repeats, or { operations: […], columns: […] } (What is granted on the table)',
  },
  {
    why: 'a scalar in place of a section',
    change: ['{ host: 127.0.0.1, port: 8080 }', '8080'],
    message: 'weir.yaml:1:7: data must be a mapping of names to values (The data port)',
  },
  {
    why: 'a variable that names nothing',
    env: { WEIR_DATA__PROT: '1' },
    message:
      'environment variable WEIR_DATA__PROT: there is no PROT in data (known are host, port, allowedHosts, tls; did you mean port?)',
  },
  {
    why: 'a variable with a wrong value',
    env: { WEIR_DATA__PORT: 'high' },
    message:
      'environment variable WEIR_DATA__PORT: data.port must be a whole number from 0 to 65535 (Port of look-ups; 0 takes any free one)',
  },
  {
    why: 'a variable that would add an entry',
    env: { WEIR_APPLICATIONS__STOREFORNT__CLASS: 'backend' },
    message:
      'environment variable WEIR_APPLICATIONS__STOREFORNT__CLASS: applications has no entry STOREFORNT (entries can be changed here, but only the file can add one; did you mean storefront?)',
  },
  {
    why: 'a flag below a plain value',
    flags: ['data.port.x=1'],
    message: 'flag --set data.port.x: there is no x in data.port (there is nothing below it)',
  },
  {
    why: 'a flag without a value',
    flags: ['data.port'],
    message: 'flag --set: this is not PATH=VALUE (for example --set data.port=9090)',
  },
];

describe('a broken configuration is refused with one line of words', () => {
  it.each(broken)('$why', ({ change: [from, to] = ['', ''], add, env, flags, message }) => {
    expect(goodConfig).toContain(from);
    const text = goodConfig.replace(from, () => to) + (add === undefined ? '' : `${add}\n`);
    expect(refusalOf(text, { ...(env && { env }), ...(flags && { flags }) })).toBe(message);
  });

  it('names a file that is not there', () => {
    const load = () => loadConfig({ file: 'no/such.yaml', env: {} });
    expect(load).toThrow('no/such.yaml: the configuration cannot be read (there is no such file)');
  });

  it('names a password file that is not there, and not its content', () => {
    const cassandra = 'contactPoints: [10.0.0.1]\n  datacenter: a\n  username: weir\n  passwordFile: none';
    const text = goodConfig.replace(ring, cassandra);
    expect(refusalOf(text)).toBe(
      'weir.yaml:6:17: cassandra.passwordFile cannot be read (there is no such file)',
    );
  });

  it('tells every fault at once, in the order of the file', () => {
    const text = goodConfig.replace('port', 'prot').replace('[read]', '[raed]');
    expect(
      refusalOf(text)
        .split('\n')
        .map((line) => line.slice(0, 14)),
    ).toEqual(['weir.yaml:1:26', 'weir.yaml:8:31']);
  });

  it('prints at most fifty faults and counts the rest', () => {
    const text = goodConfig + Array.from({ length: 60 }, (_, index) => `unknown${index}: 1\n`).join('');
    const lines = refusalOf(text).split('\n');
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('and 10 more');
  });

  it('ends on an alias that contains itself', () => {
    expect(refusalOf(`${goodConfig}tables: &a { shop.products: *a }\n`)).toContain('nested too deeply');
  });
});
