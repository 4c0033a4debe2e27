import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadConfig, loadConfigAndSettings } from '../../../src/config/load.ts';
import { maskSettings } from '../../../src/config/masked-settings.ts';
import { goodConfig, reference, refusalOf, writeConfig } from '../../support/config-file.ts';

const secret = 'hunter2';
const others = { password: `${secret}\n`, 'ca.pem': 'not PEM\n' };

function withRedis(redis: string): string {
  return `${goodConfig}redis: { ${redis} }\n`;
}

function redisOf(redis: string, env: Record<string, string> = {}) {
  return loadConfig({ file: writeConfig(withRedis(redis), others), env }).redis;
}

const standard = { fleet: 'weir', clock: 'redis' };

describe('the Redis of a fleet', () => {
  it.each([
    ['url: redis://10.0.0.1', { host: '10.0.0.1', port: 6_379 }, 0],
    ['url: redis://redis.test:7000/3', { host: 'redis.test', port: 7_000 }, 3],
    ['url: "redis://[::1]:7000/"', { host: '::1', port: 7_000 }, 0],
    ['url: "redis://[2001:db8::1]"', { host: '2001:db8::1', port: 6_379 }, 0],
  ])('is one server: %s', (redis, address, database) => {
    expect(redisOf(redis)).toEqual({ servers: { kind: 'single', address, database }, ...standard });
  });

  it('is what Sentinels say', () => {
    const sentinels =
      'sentinels: [10.0.0.1, "[::1]:5000", "::2"], master: weir, sentinelPasswordFile: password';
    expect(redisOf(`${sentinels}, fleet: shop, clock: caller`)).toEqual({
      servers: {
        kind: 'sentinel',
        sentinels: [
          { host: '10.0.0.1', port: 26_379 },
          { host: '::1', port: 5_000 },
          { host: '::2', port: 26_379 },
        ],
        master: 'weir',
      },
      sentinelPassword: secret,
      fleet: 'shop',
      clock: 'caller',
    });
  });

  it('is a cluster', () => {
    expect(redisOf('cluster: [10.0.0.1, "10.0.0.2:7001"], tls: {}')).toEqual({
      servers: {
        kind: 'cluster',
        nodes: [
          { host: '10.0.0.1', port: 6_379 },
          { host: '10.0.0.2', port: 7_001 },
        ],
      },
      tls: {},
      ...standard,
    });
  });

  it.each([
    ['url: redis://10.0.0.1, passwordFile: password', {}, { password: secret }],
    [
      `url: redis://10.0.0.1, username: weir, password: "${reference('PW')}"`,
      { PW: secret },
      { username: 'weir', password: secret },
    ],
    [`url: "redis://:${reference('PW')}@10.0.0.1"`, { PW: secret }, { password: secret }],
    [
      `url: "${reference('URL')}"`,
      { URL: `rediss://w%40b:${secret}%2F@10.0.0.1` },
      { username: 'w@b', password: `${secret}/`, tls: {} },
    ],
    ['fleet: weir', { WEIR_REDIS__URL: `redis://:${secret}@10.0.0.1` }, { password: secret }],
  ])('is logged in to with %s', (redis, env, expected) => {
    expect(redisOf(redis, env)).toEqual({
      servers: { kind: 'single', address: { host: '10.0.0.1', port: 6_379 }, database: 0 },
      ...standard,
      ...expected,
    });
  });

  it.each([
    ['fleet: weir', 'redis names no server'],
    ['url: redis://a, sentinels: [b], master: m', 'redis.sentinels has no use beside url'],
    ['url: redis://a, master: m', 'redis.master has no use here'],
    ['cluster: [a], sentinelPasswordFile: password', 'redis.sentinelPasswordFile has no use here'],
    ['url: http://a', 'redis.url must be redis://host:port/database, or rediss:// with TLS'],
    ['url: "redis://a:0"', 'redis.url has no possible port'],
    ['sentinels: [a, "b:65536"], master: m', 'redis.sentinels.1 has no possible port'],
    ['cluster: [a, a]', 'redis.cluster must be a list of 1 to 64 servers without repeats'],
    ['url: redis://a, tls: {}', 'redis.tls needs rediss://'],
    ['url: rediss://a, tls: { caFile: ca.pem }', 'redis.tls.caFile holds no certificate'],
    ['url: redis://weir@a', 'redis.url has a user and no password'],
    ['url: redis://a, username: weir', 'redis.username needs password or passwordFile'],
    [
      `url: redis://a, password: "${reference('PW')}", passwordFile: password`,
      'redis.passwordFile has no use beside password',
    ],
    [
      `url: "redis://:${reference('PW')}@a", passwordFile: password`,
      'redis.passwordFile has no use beside the log-in of redis.url',
    ],
    ['url: "redis://:%zz@a"', 'redis.url has a log-in that cannot be read'],
    ['url: redis://a, fleet: "{weir}"', 'redis.fleet must be a name'],
    ['url: redis://a, fleet: weir, clok: caller', 'did you mean clock?'],
  ])('%s is refused', (redis, message) => {
    expect(refusalOf(withRedis(redis), { others, env: { PW: secret } })).toContain(message);
  });

  it.each([
    [`url: "redis://weir:${secret}@a"`, {}],
    [`url: "redis://:${secret}@a"`, {}],
    [`url: "${reference(`NONE:-redis://:${secret}@a`)}"`, {}],
    ['fleet: weir', { flags: [`redis.url=redis://:${secret}@a`] }],
    [`url: redis://a, password: ${secret}`, {}],
    [`sentinels: [a], master: m, sentinelPassword: ${secret}`, {}],
    [`url: "redis://:${secret} @a"`, {}],
  ])('a password in plain sight is refused and not repeated: %s', (redis, sources) => {
    const message = refusalOf(withRedis(redis), { others, ...sources });
    expect(message).toMatch(/is written out|is given as a flag|must be redis:/);
    expect(message).not.toContain(secret);
  });

  it('is shown without its password', () => {
    const shown = (url: string) => {
      const file = writeConfig(withRedis('fleet: weir'));
      return maskSettings(loadConfigAndSettings({ file, env: { WEIR_REDIS__URL: url } }).settings)['redis'];
    };
    expect(shown(`redis://weir:a:${secret}@a:7000/1`)).toMatchObject({ url: 'redis://weir:…@a:7000/1' });
    expect(shown(`redis://:${secret}@a`)).toMatchObject({ url: 'redis://:…@a' });
    expect(shown('redis://a:7000')).toMatchObject({ url: 'redis://a:7000' });
  });
});

describe('workers', () => {
  const url = 'redis: { url: redis://a }\n';
  it.each([
    ['', 1],
    [`workers: 1\n`, 1],
    [`workers: 3\n${url}`, 3],
    [`workers: auto\n${url}`, Math.min(64, availableParallelism())],
  ])('are as many as written: %j', (lines, workers) => {
    expect(loadConfig({ file: writeConfig(goodConfig + lines), env: {} }).workers).toBe(workers);
  });

  it.each([
    ['workers: 2\n', 'workers needs redis'],
    // On a machine of one core as well: the file is meant for others too.
    ['workers: auto\n', 'workers needs redis'],
    [`workers: 65\n${url}`, 'workers must be a whole number from 1 to 64, or auto'],
    [`workers: all\n${url}`, 'workers must be a whole number from 1 to 64, or auto'],
  ])('are refused: %j', (lines, message) => {
    expect(refusalOf(goodConfig + lines)).toContain(message);
  });
});
