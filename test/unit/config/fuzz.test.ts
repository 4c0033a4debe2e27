import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { formatIssue } from '../../../src/config/config-error.ts';
import { checkConfigText, loadConfigAndSettings } from '../../../src/config/load.ts';
import { takeOver } from '../../../src/config/takeover.ts';
import { consistencies } from '../../../src/core/ports.ts';
import { groupings } from '../../../src/core/routing/plan.ts';
import { limitModes } from '../../../src/core/throttle/limit.ts';
import { goodConfig, refusalOf, writeConfig } from '../../support/config-file.ts';
import { propertyRuns } from '../../support/property-runs.ts';

/** Stands for a value that must not be repeated; no key is ever called so. */
const secret = 'hunter2';

const full = `${goodConfig}classes: { backend: { datacenters: [us-east-1-frontend], cache: off } }
trustedProxies: [10.0.0.0/8]
admin: { allowedHosts: [weir.test], keyHashes: { operator: ['sha256:${'a'.repeat(64)}'] } }
tables:
  shop.products:
    cache: { ttl: 60s, staleIfError: 1m }
    speculativeRetry: MAX(99p,15ms)
    hedgeBudget: 0.2
    maxKeysPerGroup: 8
    consistency: { default: LOCAL_ONE }
cache: { size: 1GiB, warmUp: { messages: 8 }, onGap: drop }
limits: { read: { rate: 60000, burst: 90000, mode: lease }, connect: { rate: 5, sessions: 9 } }
waiting: { callers: 5, longest: 1s }
redis: { sentinels: [10.0.0.31], master: weir, fleet: shop }
workers: 2
bounds: { keys: 10, timeout: 2s }
log: { level: warn }
shutdown: { delay: 1s }
reload: { watch: false }
`;

function faultsOf(yaml: string, env: Record<string, string> = {}, flags: string[] = []): string[] {
  return checkConfigText({ yaml, file: 'no/such/folder/weir.yaml', env, flags }).map(formatIssue);
}

interface Container {
  [name: string]: unknown;
}

/** Every object and list of a tree, the tree included. */
function containersOf(tree: unknown): Container[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return [tree as Container, ...Object.values(tree).flatMap(containersOf)];
}

const strangeValue = fc.oneof(
  fc.constantFrom(
    secret,
    `${secret} `,
    `x${secret}`,
    `$${'{'}${secret}`,
    `*${secret}`,
    null,
    true,
    -1,
    1e99,
    0.5,
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 2 }).map(hideKeys),
);

/** Keys are told in errors; the secret is only ever a value. */
function hideKeys(tree: unknown): unknown {
  if (typeof tree === 'string') return `${secret}${tree}`;
  if (Array.isArray(tree)) return tree.map(hideKeys);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, hideKeys(child)]));
}

const strangeName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '', ' ', '<<', 'null', 'dat', 'x'.repeat(2_000)),
  fc.string({ maxLength: 20 }),
);

/** Each takes a fraction of a second; a machine with other work may take longer. */
const unhurried = { timeout: 60_000 };

describe('whatever the file holds', unhurried, () => {
  it('a good one with values replaced is taken or refused, and no value is repeated', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(), strangeValue), { minLength: 1, maxLength: 3 }),
        (changes) => {
          const tree: unknown = parse(full);
          for (const [where, which, value] of changes) {
            const containers = containersOf(tree);
            const container = containers[where % containers.length] ?? {};
            const names = Object.keys(container);
            const name = names[which % Math.max(1, names.length)];
            if (name !== undefined) container[name] = value;
          }
          expect(faultsOf(stringify(tree)).join('\n')).not.toContain(secret);
        },
      ),
      { numRuns: propertyRuns(100) },
    );
  });

  it('a good one with names added, replaced or taken away is taken or refused', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), strangeName, fc.boolean(), (where, which, name, keeps) => {
        const tree: unknown = parse(full);
        const containers = containersOf(tree).filter((container) => !Array.isArray(container));
        const container = containers[where % containers.length] ?? {};
        const names = Object.keys(container);
        const old = names[which % Math.max(1, names.length)] ?? '';
        Object.defineProperty(container, name, {
          value: container[old],
          enumerable: true,
          configurable: true,
        });
        if (!keeps) delete container[old];
        for (const fault of faultsOf(stringify(tree)))
          expect(fault).toMatch(/^no\/such\/folder\/weir\.yaml:\d+:\d+: /);
      }),
      { numRuns: propertyRuns(100) },
    );
  });

  it('text with noise in it is taken or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(full.length), (noise, at) => {
        expect(Array.isArray(faultsOf(full.slice(0, at) + noise + full.slice(at)))).toBe(true);
      }),
      { numRuns: propertyRuns(100) },
    );
  });

  it('YAML of nothing but its own signs is taken or refused', () => {
    const signs = fc.constantFrom(...'{}[]:,-?&*!|>\'"%@`#$ \n\tab0'.split(''), '---\n', '<<: ', '${', ': ');
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 40 }), (parts) => {
        expect(faultsOf(parts.join('')).length).toBeGreaterThan(0);
      }),
      { numRuns: propertyRuns(200) },
    );
  });

  it('bytes are taken or refused', () => {
    const file = writeConfig('');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        writeFileSync(file, Buffer.concat([Buffer.from(goodConfig), bytes]));
        try {
          loadConfigAndSettings({ file, env: {} });
        } catch (error) {
          expect((error as Error).name).toBe('ConfigError');
        }
      }),
      { numRuns: propertyRuns(40) },
    );
  });

  it.each([
    ['brackets in brackets', '['.repeat(5_000)],
    ['braces in braces', '{a: '.repeat(5_000)],
    ['lists in lists', '- '.repeat(5_000)],
    [
      'an alias of aliases',
      [
        'a0: &a0 [x]',
        ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`),
      ].join('\n'),
    ],
    ['an alias that holds itself', 'tables: &a { a.b: *a }'],
    ['very many keys', Array.from({ length: 5_000 }, (_, index) => `key${index}: 1`).join('\n')],
    ['more than is read', 'x'.repeat(1_048_577)],
  ])('%s end in a bounded list of faults', (_, text) => {
    const faults = faultsOf(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(1_001);
  });

  it('bytes that are no text are refused by name', () => {
    const file = writeConfig('');
    writeFileSync(file, Buffer.from([0x61, 0x3a, 0xff]));
    expect(() => loadConfigAndSettings({ file, env: {} })).toThrow('it is not UTF-8 text');
  });
});

describe('whatever the environment and the flags hold', unhurried, () => {
  const segment = fc.oneof(
    fc.constantFrom(
      'DATA',
      'PORT',
      'TABLES',
      'SHOP',
      'PRODUCTS',
      'APPLICATIONS',
      'STOREFRONT',
      'CASSANDRA',
      'PASSWORD',
      'REDIS',
      'URL',
      'LIMITS',
      'READ',
      'BOUNDS',
      'TLS',
      'CONSTRUCTOR',
      '__proto__',
      '',
    ),
    fc.string({ maxLength: 8 }),
  );

  it('they are taken or refused by name, and no value is repeated', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 4 }), strangeValue, (segments, value) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        fc.pre(!segments.some((part) => part.includes(secret)));
        const faults = [
          ...faultsOf(full, { [`WEIR_${segments.join('__')}`]: text }),
          ...faultsOf(full, {}, [`${segments.join('.').replaceAll('=', '')}=${text}`]),
        ];
        // A whole section may be given as YAML; its keys are told then, as those of the file are.
        if (typeof value !== 'object') expect(faults.join('\n')).not.toContain(secret);
      }),
      { numRuns: propertyRuns(100) },
    );
  });
});

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,8}$/);
const tableName = fc.stringMatching(/^[a-z_0-9]{1,6}\.[a-z_0-9]{1,6}$/);
const operations = fc.uniqueArray(fc.constantFrom('read', 'write', 'scan'), { minLength: 1 });
const text = fc.string({ minLength: 1, maxLength: 12 }).filter((written) => !written.includes('${'));
const levels = fc.uniqueArray(fc.constantFrom(...consistencies), { minLength: 1 });

/** Configurations without a fault. */
const settings = fc.record({
  data: fc.record({
    host: fc.constantFrom('127.0.0.1', '::1', 'localhost'),
    port: fc.integer({ min: 0, max: 8000 }),
  }),
  cassandra: fc.record({ contactPoints: fc.constant(['10.0.0.1']), datacenter: text }),
  auth: fc.constant('trusted'),
  applications: fc.dictionary(
    name,
    fc.record({
      class: fc.constantFrom('frontend', 'batch-jobs', 'constructor'),
      tables: fc.dictionary(
        tableName,
        fc.oneof(operations, fc.record({ operations, columns: fc.uniqueArray(text, { minLength: 1 }) })),
      ),
    }),
    { minKeys: 1, maxKeys: 3 },
  ),
  tables: fc.dictionary(
    tableName,
    fc.record({
      grouping: fc.constantFrom(...groupings),
      cache: fc.record({ ttl: fc.constantFrom('1ms', '24h'), staleIfError: fc.constantFrom('0s', '1h') }),
      speculativeRetry: fc.constantFrom('none', '99p', '15ms', 'min( 15ms, 99.9percentile)'),
      hedgeBudget: fc.constantFrom(0.01, 1),
      maxKeysPerGroup: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.constant('unbounded')),
      consistency: levels.map((allowed) => ({ allowed, default: allowed[0] })),
    }),
    { maxKeys: 3 },
  ),
  cache: fc.record({ size: fc.constantFrom('1MiB', '64GiB') }),
  limits: fc.record({
    read: fc.record({
      rate: fc.constantFrom(0.001, 1, 10_000_000),
      burst: fc.integer({ min: 1, max: 80 }),
      mode: fc.constantFrom(...limitModes),
    }),
  }),
  log: fc.record({ level: fc.constantFrom('info', 'silent') }),
});

describe('a configuration without a fault', unhurried, () => {
  it('is the same when it is written out in full and read again, and then there is nothing to take over', () => {
    fc.assert(
      fc.property(settings, (written) => {
        const file = writeConfig(stringify(written));
        const first = loadConfigAndSettings({ file, env: {} });
        writeFileSync(file, stringify(first.settings));
        const second = loadConfigAndSettings({ file, env: {} });
        expect(second.config).toEqual(first.config);
        expect(takeOver(first, second)).toMatchObject({ applied: [], pendingRestart: [] });
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it('becomes another by being taken over, but for what needs a restart', () => {
    fc.assert(
      fc.property(settings, settings, (one, other) => {
        const first = loadConfigAndSettings({ file: writeConfig(stringify(one)), env: {} });
        const second = loadConfigAndSettings({ file: writeConfig(stringify(other)), env: {} });
        const { loaded } = takeOver(first, second);
        const { data, cassandra, cache } = first.settings;
        expect(loaded.settings).toEqual({ ...second.settings, data, cassandra, cache });
        expect(loaded.origins.map(({ path }) => path.join('.'))).toEqual(
          expect.arrayContaining(second.origins.map(({ path }) => path.join('.'))),
        );
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it('is refused for one fault as for no other', () => {
    expect(refusalOf(full)).toBe('accepted');
    expect(faultsOf(full)).toEqual([]);
  });
});
