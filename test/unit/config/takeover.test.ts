import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfigAndSettings } from '../../../src/config/load.ts';
import { takeOver } from '../../../src/config/takeover.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';

/** What happens when the file's text becomes another. */
function change(before: string, after: string, others: Readonly<Record<string, string>> = {}) {
  const file = writeConfig(before, others);
  const first = loadConfigAndSettings({ file, env: {} });
  writeFileSync(file, after);
  return takeOver(first, loadConfigAndSettings({ file, env: {} }));
}

const contacting = `data: { host: 127.0.0.1, port: 8080 }
cassandra:
  contactPoints: [10.0.0.1]
  datacenter: east
  username: weir
  passwordFile: password
  topologyFile: nodes
auth: trusted
applications: { storefront: { class: frontend, tables: { shop.products: [read] } } }
`;
const named = { password: 'one\n', nodes: '203.0.113.1=east:east-1a:10.0.0.1\n' };

describe('taking over a configuration', () => {
  it('that is the same changes nothing', () => {
    expect(change(goodConfig, goodConfig)).toMatchObject({ applied: [], pendingRestart: [] });
    expect(change(goodConfig, `# a comment\n${goodConfig}`)).toMatchObject({
      applied: [],
      pendingRestart: [],
    });
  });

  it.each([
    ['bounds: { keys: 7 }', ['bounds.keys']],
    ['log: { level: debug }', ['log.level']],
    ['shutdown: { delay: 5s }', ['shutdown.delay']],
    ['trustedProxies: [10.0.0.0/8]', ['trustedProxies']],
    ['admin: { allowedHosts: [weir.test], metrics: open }', ['admin.allowedHosts']],
    ['tables: { shop.products: { grouping: key } }', ['tables']],
    ['tables: { shop.products: { cache: { ttl: 60s } } }', ['tables']],
    ['cache: { warmUp: { duration: 0s } }', ['cache.warmUp.duration']],
    ['classes: { frontend: { datacenters: [us-east-1-frontend] } }', ['classes']],
    ['limits: { read: { rate: 5 } }', ['limits']],
    ['waiting: { callers: 5, longest: 0s }', ['waiting.callers', 'waiting.longest']],
  ])('applies %s', (line, applied) => {
    expect(change(goodConfig, `${goodConfig}${line}\n`)).toMatchObject({ applied, pendingRestart: [] });
  });

  it.each([
    ['8080', '9090', 'data.port'],
    ['127.0.0.1', '127.0.0.2', 'data.host'],
    ['us-east-1-frontend: 6', 'us-east-1-frontend: 7', 'cassandra.embedded.datacenters.us-east-1-frontend'],
    ['embedded:', 'rack: a\n  embedded:', 'cassandra.rack'],
    ['embedded:', 'sickNodes: ignore\n  embedded:', 'cassandra.sickNodes'],
    ['auth: trusted', 'auth: trusted\ncache: { size: 1GiB }', 'cache.size'],
    ['auth: trusted', 'auth: trusted\ncache: { onGap: drop }', 'cache.onGap'],
    ['auth: trusted', 'auth: trusted\nredis: { url: redis://127.0.0.1 }', 'redis'],
  ])('keeps what needs a restart: %s becomes %s', (from, to, path) => {
    const { loaded, ...report } = change(goodConfig, goodConfig.replace(from, to));
    expect(report).toEqual({ applied: [], pendingRestart: [path] });
    expect(loaded.config.data).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(loaded.config.cassandra.rack).toBeUndefined();
  });

  it('applies the one and keeps the other, in config, settings and origins alike', () => {
    const after = `${goodConfig.replace('8080', '9090')}bounds: { keys: 7, bodySize: 2MiB }\n`;
    const { loaded, applied, pendingRestart } = change(goodConfig, after);
    expect(applied).toEqual(['bounds.keys']);
    expect(pendingRestart).toEqual(['data.port', 'bounds.bodySize']);
    expect(loaded.config.bounds).toMatchObject({ keys: 7, bodyBytes: 1_048_576 });
    expect(loaded.settings).toMatchObject({ data: { port: 8080 }, bounds: { keys: 7, bodySize: '1MiB' } });
    const source = (path: string) => loaded.origins.find((origin) => origin.path.join('.') === path)?.source;
    expect([source('data.port'), source('bounds.keys'), source('bounds.bodySize')]).toEqual([
      'file',
      'file',
      'default',
    ]);
  });

  it('goes on to tell what waits, until it is taken back', () => {
    const file = writeConfig(goodConfig);
    const load = (text: string) => {
      writeFileSync(file, text);
      return loadConfigAndSettings({ file, env: {} });
    };
    const first = load(goodConfig);
    const moved = goodConfig.replace('8080', '9090');
    const second = takeOver(first, load(moved));
    const third = takeOver(second.loaded, load(moved));
    expect(third).toMatchObject({ applied: [], pendingRestart: ['data.port'] });
    expect(takeOver(third.loaded, load(goodConfig))).toMatchObject({ applied: [], pendingRestart: [] });
  });

  it('adds, changes and removes entries by name', () => {
    const entry = '  report: { class: backend, tables: { shop.products: [scan] } }\n';
    const added = change(goodConfig, goodConfig + entry);
    expect(added.applied).toEqual(['applications.report']);
    expect(added.loaded.config.applications).toHaveLength(2);
    const removed = change(goodConfig + entry, goodConfig);
    expect(removed.applied).toEqual(['applications.report']);
    expect(removed.loaded.config.applications).toHaveLength(1);
    const changed = change(goodConfig, goodConfig.replace('[read]', '{ operations: [read], columns: [a] }'));
    expect(changed.applied).toEqual(['applications.storefront.tables.shop.products']);
  });

  it('changes the limits of an application, and what it does not say of them', () => {
    const limited = (limit: string) => `${goodConfig}    limits: { read: ${limit} }\n`;
    const { applied, loaded } = change(limited('{ rate: 5, burst: 9 }'), limited('{ rate: 6 }'));
    const path = 'applications.storefront.limits.read';
    expect(applied).toEqual([`${path}.rate`, `${path}.burst`]);
    const limit = loaded.config.limits.get('storefront/read');
    expect([limit?.rate, limit?.burst]).toEqual([6, undefined]);
  });

  it('keeps the Redis that was there, and as many workers', () => {
    const shared = `${goodConfig}workers: 2\nredis: { url: redis://127.0.0.1, passwordFile: password }\n`;
    const { loaded, pendingRestart } = change(shared, goodConfig, named);
    expect(pendingRestart).toEqual(['redis', 'workers']);
    expect(loaded.config).toMatchObject({ workers: 2, redis: { password: 'one' } });
  });

  it('takes the content of a file for a part of the setting that names it', () => {
    const file = writeConfig(contacting, named);
    const first = loadConfigAndSettings({ file, env: {} });
    writeFileSync(join(dirname(file), 'password'), 'two\n');
    writeFileSync(join(dirname(file), 'nodes'), '203.0.113.9=east:east-1a:10.0.0.9\n');
    const { loaded, ...report } = takeOver(first, loadConfigAndSettings({ file, env: {} }));
    expect(report).toEqual({
      applied: ['cassandra.topologyFile'],
      pendingRestart: ['cassandra.passwordFile'],
    });
    expect(loaded.config.topology?.entries[0]?.privateAddress).toBe('10.0.0.9');
    expect(loaded.config.cassandra).toMatchObject({ login: { username: 'weir', password: 'one' } });
  });

  it('keeps the log-in that was there, whichever way the new one is given', () => {
    const after = contacting.replace('  username: weir\n  passwordFile: password\n', '');
    const { loaded, pendingRestart } = change(contacting, after, named);
    expect(pendingRestart).toEqual(['cassandra.username', 'cassandra.passwordFile']);
    expect(loaded.config.cassandra).toMatchObject({ login: { username: 'weir', password: 'one' } });
  });

  it('is refused where what can change now does not go with what cannot', () => {
    const before = `${goodConfig.replace('127.0.0.1', '0.0.0.0')}trustedProxies: [10.0.0.0/8]\n`;
    const after = goodConfig
      .replace('127.0.0.1', '0.0.0.0')
      .replace('auth: trusted', 'auth: keys')
      .replace('class: frontend', 'class: frontend\n    keyHashes: []');
    expect(() => change(before, after)).toThrow(ConfigError);
    expect(() => change(before, after)).toThrow(
      /weir.yaml:4:7: auth needs trustedProxies \(.*; in force until a restart: the former auth\)$/,
    );
  });

  it('that is refused for what waits for a restart still tells the files that may put it right', () => {
    const after = contacting
      .replace('datacenter: east', 'datacenter: west')
      .replace('topologyFile: nodes', 'topologyFile: western');
    const western = '203.0.113.1=west:west-1a:10.0.0.1\n';
    try {
      change(contacting, after, { ...named, western });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      const { message, files } = error as ConfigError;
      expect(message).toContain('cassandra.datacenter is no datacenter of cassandra.topologyFile');
      expect(files.map((file) => basename(file))).toContain('western');
    }
  });
});
