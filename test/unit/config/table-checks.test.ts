import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, refusalOf, writeConfig } from '../../support/config-file.ts';

interface Broken {
  readonly why: string;
  /** Replaces text of the good configuration; or adds lines at its end. */
  readonly change?: readonly [from: string, to: string];
  readonly add?: string;
  readonly message: string;
}

const broken: readonly Broken[] = [
  {
    why: 'text with a comma is cut where it stands in braces',
    add: 'tables: { shop.products: { speculativeRetry: MIN(99p,15ms) } }',
    message:
      'weir.yaml:9:54: unknown key "15ms)" in tables.shop.products (inside brackets and braces a comma ends a value; text with a comma needs quotes there)',
  },
  {
    why: 'a rule of speculative retry that is nearly one',
    add: 'tables: { shop.products: { speculativeRetry: NON } }',
    message:
      'weir.yaml:9:46: tables.shop.products.speculativeRetry is no rule of speculative retry (known are NONE, ALWAYS, a percentile such as 99p, a time such as 15ms (at most a day), or MIN(99p,15ms) or MAX(99p,15ms) of both; did you mean NONE?)',
  },
  {
    why: 'the same of an application',
    change: ['class: frontend', 'class: frontend\n    speculativeRetry: 100p'],
    message:
      'weir.yaml:8:23: applications.storefront.speculativeRetry is no rule of speculative retry (known are NONE, ALWAYS, a percentile such as 99p, a time such as 15ms (at most a day), or MIN(99p,15ms) or MAX(99p,15ms) of both)',
  },
  {
    why: 'each message twice is beyond a tenth of them',
    add: 'tables: { shop.products: { speculativeRetry: always } }',
    message:
      'weir.yaml:9:46: tables.shop.products.speculativeRetry is more than the budget (it sends each message twice, and tables.shop.products.hedgeBudget is 0.1; ALWAYS takes 1)',
  },
  {
    why: 'the same of an application, on a table of which nothing is said',
    change: ['class: frontend', 'class: frontend\n    speculativeRetry: ALWAYS'],
    message:
      'weir.yaml:8:23: applications.storefront.speculativeRetry is more than the budget (it sends each message twice; ALWAYS takes a hedgeBudget of 1 in tables.shop.products too)',
  },
  {
    why: 'a share that would forbid what speculativeRetry asks for',
    add: 'tables: { shop.products: { hedgeBudget: 0 } }',
    message:
      'weir.yaml:9:41: tables.shop.products.hedgeBudget must be a number above 0 and up to 1 (Speculative messages, as a share of ordinary ones; ALWAYS takes 1)',
  },
  {
    why: 'a cache of a table needs to know for how long',
    add: 'tables: { shop.products: { cache: { missingTtl: 5s } } }',
    message:
      'weir.yaml:9:28: tables.shop.products.cache.ttl is missing (How old a cached row may be, 1ms to 24h)',
  },
  {
    why: 'a row is kept no longer than a day',
    add: 'tables: { shop.products: { cache: { ttl: 25h } } }',
    message:
      'weir.yaml:9:42: tables.shop.products.cache.ttl is out of range (from 1ms to 24h; without cache nothing is kept)',
  },
  {
    why: 'nor that there is none',
    add: 'tables: { shop.products: { cache: { ttl: 24h, missingTtl: 25h } } }',
    message: 'weir.yaml:9:59: tables.shop.products.cache.missingTtl is out of range (from 0s to 24h)',
  },
  {
    why: 'nor beyond its time',
    add: 'tables: { shop.products: { cache: { ttl: 1s, staleIfError: 25h } } }',
    message: 'weir.yaml:9:60: tables.shop.products.cache.staleIfError is out of range (from 0s to 24h)',
  },
  {
    why: 'more memory than a process is to have',
    add: 'cache: { size: 100GiB }',
    message: 'weir.yaml:9:16: cache.size is out of range (from 1MiB to 64GiB, in whole bytes)',
  },
  {
    why: 'a cache is not cold for hours',
    add: 'cache: { warmUp: { duration: 2h } }',
    message: 'weir.yaml:9:30: cache.warmUp.duration is out of range (from 0s to 1h)',
  },
  {
    why: 'a class uses the cache in one of three ways',
    add: 'classes: { frontend: { datacenters: [us-east-1-frontend], cache: reed } }',
    message:
      'weir.yaml:9:66: classes.frontend.cache must be one of fill, read, off (Whether look-ups of the class read the row cache and fill it, read it only, or leave it alone; absent: read for the class called backend, which must not push out what others need, and fill for any other; did you mean read?)',
  },
];

describe('what is said of the cache and of speculative retry', () => {
  it.each(broken)('is refused with its place: $why', ({ change: [from, to] = ['', ''], add, message }) => {
    expect(refusalOf(`${goodConfig.replace(from, to)}${add === undefined ? '' : `${add}\n`}`)).toBe(message);
  });

  it('is taken as it is written', () => {
    const lines = [
      'tables:',
      '  shop.products:',
      '    cache: { ttl: 60s, missingTtl: 2s, staleIfError: 10m }',
      '    speculativeRetry: ALWAYS',
      '    hedgeBudget: 1',
      'cache: { size: 1GiB, warmUp: { messages: 8, duration: 5s }, onGap: drop }',
      '',
    ];
    const config = loadConfig({ file: writeConfig(goodConfig + lines.join('\n')), env: {} });
    expect(config.tables.get('shop.products')).toMatchObject({
      cache: { ttlMs: 60_000, missingTtlMs: 2_000, staleIfErrorMs: 600_000 },
      speculativeRetry: { kind: 'always' },
      hedgeBudget: 1,
    });
    expect(config.cache).toEqual({
      sizeBytes: 1_073_741_824,
      warmUp: { messages: 8, durationMs: 5_000 },
      onGap: 'drop',
    });
  });

  it.each([
    ['60s', 5_000, 'the default'],
    ['1s', 1_000, 'a row that is there would be asked for again sooner'],
  ])('with a ttl of %s keeps for %d ms that there is no row: %s', (ttl, missingTtlMs) => {
    const file = writeConfig(`${goodConfig}tables: { shop.products: { cache: { ttl: ${ttl} } } }\n`);
    expect(loadConfig({ file, env: {} }).tables.get('shop.products')?.cache).toMatchObject({
      missingTtlMs,
      staleIfErrorMs: 0,
    });
  });

  it('of an application stands beside what is said of the table', () => {
    const file = writeConfig(
      goodConfig.replace('class: frontend', 'class: frontend\n    speculativeRetry: 99.9percentile'),
    );
    const [storefront] = loadConfig({ file, env: {} }).applications;
    expect(storefront?.application.speculativeRetry).toEqual({ kind: 'percentile', percentile: 99.9 });
  });

  it('may send each message twice where the table pays for it', () => {
    const text = goodConfig.replace('class: frontend', 'class: frontend\n    speculativeRetry: ALWAYS');
    expect(refusalOf(`${text}tables: { shop.products: { hedgeBudget: 1 } }\n`)).toBe('accepted');
  });
});

describe('the use of the cache', () => {
  it.each([
    ['frontend', '', 'fill', 'the default'],
    ['backend', '', 'read', 'a batch job must not push out what others need'],
    ['backend', 'cache: fill', 'fill', 'unless it is told to'],
    ['frontend', 'cache: off', 'off', 'or not to'],
  ])('of class %s with { %s } is %s: %s', (name, cache, cacheUse) => {
    const text = goodConfig.replace('class: frontend', `class: ${name}`);
    const file = writeConfig(
      `${text}classes: { ${name}: { datacenters: [us-east-1-frontend], ${cache} } }\n`,
    );
    expect(loadConfig({ file, env: {} }).applications[0]?.application.cacheUse).toBe(cacheUse);
  });

  it('of a class that is not listed goes by its name too', () => {
    const file = writeConfig(goodConfig.replace('class: frontend', 'class: backend'));
    expect(loadConfig({ file, env: {} }).applications[0]?.application.cacheUse).toBe('read');
  });
});

describe('the handling of sick nodes', () => {
  it('is to avoid them, unless that is to be measured', () => {
    const ignoring = goodConfig.replace('embedded:', 'sickNodes: ignore\n  embedded:');
    expect(loadConfig({ file: writeConfig(goodConfig), env: {} }).cassandra.sickNodes).toBe('avoid');
    expect(loadConfig({ file: writeConfig(ignoring), env: {} }).cassandra.sickNodes).toBe('ignore');
  });
});
