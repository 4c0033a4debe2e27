import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, loadConfigAndSettings } from '../../../src/config/load.ts';
import { maskSettings } from '../../../src/config/masked-settings.ts';
import { defaultBounds, defaultTableSettings } from '../../../src/core/reads/settings.ts';
import { goodConfig, reference, writeConfig } from '../../support/config-file.ts';

describe('precedence', () => {
  it('takes the default of what nobody wrote', () => {
    const config = loadConfig({ file: writeConfig(goodConfig), env: {} });
    expect(config.admin).toEqual({
      host: '127.0.0.1',
      port: 8081,
      allowedHosts: [],
      metrics: 'open',
      keyHashes: { operator: [], viewer: [] },
    });
    expect(config.bounds).toEqual(defaultBounds);
    expect(config.cache).toEqual({
      sizeBytes: 268_435_456,
      warmUp: { messages: 64, durationMs: 60_000 },
      onGap: 'expire',
    });
    expect(config.limits).toEqual(new Map());
    expect(config.waiting).toEqual({ callers: 1_000, longestMs: 30_000 });
    expect(config.redis).toBeUndefined();
    expect(config.workers).toBe(1);
    expect(config.log).toEqual({ level: 'info' });
    expect(config.shutdown).toEqual({ delayMs: 0, timeoutMs: 15_000 });
    expect(config.watch).toBe(true);
  });

  it('puts file over default, environment over file, flags over environment, a later flag over an earlier', () => {
    const file = writeConfig(goodConfig.replace('8080', '1001'));
    const env = { WEIR_DATA__PORT: '1002' };
    const flags = ['data.port=1003', 'data.port=1004'];
    expect(loadConfig({ file, env: {} }).data.port).toBe(1001);
    expect(loadConfig({ file, env }).data.port).toBe(1002);
    expect(loadConfig({ file, env, flags }).data.port).toBe(1004);
  });
});

describe('a configuration that came through a pipe', () => {
  it('is not waited for when it is read again', () => {
    const file = join(dirname(writeConfig(goodConfig)), 'pipe');
    execFileSync('mkfifo', [file]);
    expect(() => loadConfig({ file, env: {}, again: true })).toThrow(
      'the configuration cannot be read (it is no regular file)',
    );
  });
});

describe('variables', () => {
  it.each([
    ['WEIR_BOUNDS__INFLIGHTPERHOST', 'a key in camel case'],
    ['WEIR_BOUNDS__IN_FLIGHT_PER_HOST', 'the same with its words apart'],
    ['WEIR_bounds__inFlightPerHost', 'the same as it stands in the file'],
  ])('match keys without case and punctuation: %s, %s', (variable) => {
    const { bounds } = loadConfig({ file: writeConfig(goodConfig), env: { [variable]: '7' } });
    expect(bounds.inFlightPerHost).toBe(7);
  });

  it('reach entries with free names', () => {
    const file = writeConfig(`${goodConfig}tables: { shop.products: {} }\n`);
    const env = {
      WEIR_TABLES__SHOP_PRODUCTS__MAX_KEYS_PER_GROUP: 'unbounded',
      WEIR_APPLICATIONS__STOREFRONT__CLASS: 'backend',
    };
    const config = loadConfig({ file, env, flags: ['tables.shop.products.grouping=key'] });
    expect(config.tables.get('shop.products')).toMatchObject({
      grouping: 'key',
      maxKeysPerGroup: Number.POSITIVE_INFINITY,
    });
    expect(config.applications[0]?.application.className).toBe('backend');
  });

  it('split a list at commas', () => {
    const env = { WEIR_TRUSTEDPROXIES: '10.0.0.7, 10.1.0.0/16' };
    expect(loadConfig({ file: writeConfig(goodConfig), env }).authentication).toEqual({
      mode: 'trusted',
      trustedProxies: ['127.0.0.0/8', '::1', '10.0.0.7', '10.1.0.0/16'],
    });
  });

  it('of other tools are left alone', () => {
    const env = {
      WEIR_PORT: 'tcp://10.0.0.1:80',
      WEIR_SERVICE_HOST: '10.0.0.1',
      WEIR_REQUIRE: 'x',
      PATH: '/',
    };
    expect(loadConfig({ file: writeConfig(goodConfig), env }).data.port).toBe(8080);
  });

  it('of Kubernetes, for a service that is called like a section, are left alone', () => {
    const file = writeConfig(goodConfig);
    const env = {
      WEIR_ADMIN_SERVICE_HOST: '10.0.0.1',
      WEIR_ADMIN_SERVICE_PORT: '9091',
      WEIR_ADMIN_SERVICE_PORT_HTTP: '9091',
      WEIR_ADMIN_PORT: 'tcp://10.0.0.1:9091',
      WEIR_ADMIN_PORT_9091_TCP: 'tcp://10.0.0.1:9091',
      WEIR_ADMIN_PORT_9091_TCP_ADDR: '10.0.0.1',
    };
    expect(loadConfig({ file, env }).admin.port).toBe(8081);
    // One underscore too few is still a slip.
    expect(() => loadConfig({ file, env: { WEIR_ADMIN_PORT: '9091' } })).toThrow('there is no ADMIN_PORT');
  });

  it('reach a grant in either form', () => {
    const file = writeConfig(goodConfig.replace('[read]', '{ operations: [read], columns: [title] }'));
    const grants = (env: Record<string, string>) =>
      loadConfig({ file, env }).applications[0]?.application.grants.get('shop.products');
    const prefix = 'WEIR_APPLICATIONS__STOREFRONT__TABLES__SHOP_PRODUCTS';
    expect(grants({ [`${prefix}__COLUMNS`]: 'price, stock' })?.columns).toEqual(new Set(['price', 'stock']));
    expect(grants({ [prefix]: 'read,write' })).toEqual({
      operations: new Set(['read', 'write']),
      columns: undefined,
    });
  });

  it('stand in the file as references, of the type that the setting has', () => {
    const file = writeConfig(
      goodConfig
        .replace('8080', JSON.stringify(reference('PORT')))
        .replace('class: frontend', `class: a-${reference('NAME')}`),
    );
    const config = loadConfig({ file, env: { PORT: '9', NAME: 'b' } });
    expect(config.data.port).toBe(9);
    expect(config.applications[0]?.application.className).toBe('a-b');
  });

  it('are not looked up where the dollar is doubled', () => {
    const file = writeConfig(goodConfig.replace('embedded:', () => `rack: a$${reference('b')}\n  embedded:`));
    expect(loadConfig({ file, env: {} }).cassandra.rack).toBe(`a${reference('b')}`);
  });
});

describe('the configuration', () => {
  it('knows the embedded ring, with no more racks than nodes', () => {
    const file = writeConfig(goodConfig.replace('{ us-east-1-frontend: 6 }', '{ a: 6, b: 2 }'));
    expect(loadConfig({ file, env: {} }).cassandra).toEqual({
      kind: 'embedded',
      datacenter: 'a',
      datacenters: [
        { name: 'a', nodes: 6, racks: 3 },
        { name: 'b', nodes: 2, racks: 2 },
      ],
      seedRows: 20_000,
      sickNodes: 'avoid',
      tokensPerNode: 16,
    });
  });

  it('reads the password from a file beside it, without the end of its line', () => {
    const contacts = `cassandra: { contactPoints: ['10.0.0.1', '[::1]:9042'], datacenter: a, username: weir, passwordFile: secret }\n`;
    const text = goodConfig.replace(/cassandra:\n.*\n/, contacts);
    const file = writeConfig(text, { secret: 'pass word\n' });
    expect(loadConfig({ file, env: {} }).cassandra).toEqual({
      kind: 'contact-points',
      contactPoints: ['10.0.0.1', '[::1]:9042'],
      datacenter: 'a',
      login: { username: 'weir', password: 'pass word' },
      sickNodes: 'avoid',
    });
  });

  it('gives each application the datacenters of its class, or the own one where no classes are listed', () => {
    const ring = '{ embedded: { datacenters: { a: 1, b: 1 } }, datacenter: b }';
    const text = goodConfig.replace(/cassandra:\n.*\n/, `cassandra: ${ring}\n`);
    const classes = 'classes: { frontend: { datacenters: [a, b] } }\n';
    const [plain] = loadConfig({ file: writeConfig(text), env: {} }).applications;
    const [listed] = loadConfig({ file: writeConfig(text + classes), env: {} }).applications;
    expect(plain?.application.datacenters).toEqual(['b']);
    expect(listed?.application.datacenters).toEqual(['a', 'b']);
  });

  it('gives a class that is not listed the own datacenter, also where others are listed', () => {
    const ring = '{ embedded: { datacenters: { a: 1, b: 1 } }, datacenter: b }';
    const text = goodConfig.replace(/cassandra:\n.*\n/, `cassandra: ${ring}\n`);
    const file = writeConfig(`${text}classes: { backend: { datacenters: [a] } }\n`);
    expect(loadConfig({ file, env: {} }).applications[0]?.application.datacenters).toEqual(['b']);
  });

  it.each([
    ['[read, scan]', { operations: new Set(['read', 'scan']), columns: undefined }],
    ['{ operations: [read] }', { operations: new Set(['read']), columns: undefined }],
    [
      '{ operations: [read], columns: [title, Price] }',
      { operations: new Set(['read']), columns: new Set(['title', 'Price']) },
    ],
  ])('takes %s as a grant', (written, grant) => {
    const file = writeConfig(goodConfig.replace('[read]', written));
    const [storefront] = loadConfig({ file, env: {} }).applications;
    expect(storefront?.application.grants).toEqual(new Map([['shop.products', grant]]));
  });

  it('shortens the default of the time of a request to the longest time', () => {
    const file = writeConfig(`${goodConfig}bounds: { timeout: 300ms }\n`);
    expect(loadConfig({ file, env: {} }).bounds).toMatchObject({ timeoutMs: 300, defaultTimeoutMs: 300 });
  });

  it('hands out the bare hashes of the admin keys', () => {
    const digits = '0123456789abcdef'.repeat(4);
    const admin = `admin: { keyHashes: { operator: ['sha256:${digits}'] }, metrics: viewer }\n`;
    const { keyHashes, metrics } = loadConfig({ file: writeConfig(goodConfig + admin), env: {} }).admin;
    expect(keyHashes).toEqual({ operator: [digits], viewer: [] });
    expect(metrics).toBe('viewer');
  });

  it('has the defaults of the core for a table of which nothing is said', () => {
    const file = writeConfig(`${goodConfig}tables: { shop.products: {} }\n`);
    expect(loadConfig({ file, env: {} }).tables.get('shop.products')).toEqual(defaultTableSettings);
  });

  it('trusts loopback only where the data port listens there', () => {
    const text = `${goodConfig.replace('127.0.0.1', '0.0.0.0')}trustedProxies: [10.0.0.7]\n`;
    const { authentication } = loadConfig({ file: writeConfig(text), env: {} });
    expect(authentication).toEqual({ mode: 'trusted', trustedProxies: ['10.0.0.7'] });
  });

  it('hands out bare hashes, and shows them cut', () => {
    const digits = '0123456789abcdef'.repeat(4);
    const file = writeConfig(
      goodConfig.replace('class: frontend', `class: frontend\n    keyHashes: ['sha256:${digits}']`),
    );
    const { config, settings } = loadConfigAndSettings({ file, env: {} });
    expect(config.applications[0]?.keyHashes).toEqual([digits]);
    expect(JSON.stringify(maskSettings(settings))).toContain('"keyHashes":["sha256:01234567…"]');
  });

  it.each(['topology/demo/weir.yaml', 'topology/local/weir.yaml'])('%s loads', (file) => {
    const { applications, data } = loadConfig({ file, env: {} });
    expect(applications.map(({ application }) => application.name)).toEqual(['storefront', 'nightly-report']);
    expect(data).toMatchObject({ host: '127.0.0.1', port: 8080 });
  });
});
