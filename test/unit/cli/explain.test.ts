import { describe, expect, it } from 'vitest';
import type { ExplainedNode, Explanation } from '../../../src/core/reads/explanation.ts';
import { writeConfig } from '../../support/config-file.ts';
import { startFakeInstance } from '../../support/fake-instance.ts';
import { runVerb } from '../../support/run-cli.ts';

const node = (index: number, up = true, standing: ExplainedNode['standing'] = 'well'): ExplainedNode => ({
  address: `192.0.2.${index}:9042`,
  datacenter: 'east',
  rack: 'r1',
  up,
  standing,
});

/** Of a key that the cache cannot answer. */
const uncached = { cache: 'off', cacheAgeMs: null } as const;

const explanation: Explanation = {
  keyspace: 'shop',
  table: 'products',
  application: 'storefront',
  datacenters: ['east', 'west'],
  ringEpoch: 3,
  consistency: 'LOCAL_ONE',
  grouping: 'owner',
  maxKeysPerGroup: 32,
  columns: ['sku', 'title'],
  speculativeRetry: 'MIN(99p,15ms)',
  hedgeBudget: 0.1,
  keys: [
    { positions: [0, 2], token: '-5', owners: [node(1), node(2, false)], ...uncached, group: 0 },
    { positions: [1], token: '7', owners: [], ...uncached, group: null },
  ],
  groups: [{ node: node(1), keys: [0], messages: 1, expectedMs: 1.25, hedgeAfterMs: 15 }],
  warnings: ['the column x is left out'],
};

const who = ['--application', 'storefront'];

describe.each(['explain', 'replicas'])('%s', (verb) => {
  it('asks the admin port with a key of its own', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: explanation }));
    const argv = [verb, 'shop.products', 'a', '{"sku":"b"}', 'a', ...who, '--admin-url', url];
    expect(await runVerb(argv, { env: { WEIR_ADMIN_KEY: 'weir_admin' } })).toMatchObject({ exitCode: 0 });
    expect(calls).toMatchObject([
      {
        method: 'POST',
        path: '/admin/v1/explain',
        headers: { authorization: 'Bearer weir_admin' },
        body: {
          application: 'storefront',
          keyspace: 'shop',
          table: 'products',
          lookup: { keys: ['a', { sku: 'b' }, 'a'] },
        },
      },
    ]);
  });

  it('takes the key from a file', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: explanation }));
    const file = writeConfig('weir_of-the-file\n');
    await runVerb([verb, 'shop.products', 'a', ...who, '--admin-url', url, '--admin-key-file', file]);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer weir_of-the-file']);
  });

  it('tells how to give a key when one is needed', async () => {
    const { url } = await startFakeInstance(() => ({
      status: 401,
      body: { title: 'The credential is missing or unknown' },
    }));
    const { exitCode, stderr } = await runVerb([verb, 'shop.products', 'a', ...who, '--admin-url', url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--admin-key-file or WEIR_ADMIN_KEY');
  });

  it('needs to know whose look-up it would be', async () => {
    expect(await runVerb([verb, 'shop.products', 'a'])).toMatchObject({ exitCode: 2 });
  });

  it('says when no Weir answers there', async () => {
    const { url } = await startFakeInstance(() => ({ body: { hello: 1 } }));
    const { exitCode, stderr } = await runVerb([verb, 'shop.products', 'a', ...who, '--admin-url', url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is no explanation');
  });
});

describe('explain', () => {
  it('shows settings, groups and keys by the words they were given in', async () => {
    const { url } = await startFakeInstance(() => ({ body: explanation }));
    const { stdout, stderr } = await runVerb([
      'explain',
      'shop.products',
      'a',
      'b',
      'a',
      ...who,
      '--admin-url',
      url,
    ]);
    expect(stdout).toBe(
      [
        'table        shop.products for storefront',
        'columns      sku, title',
        'reads from   east, then west at LOCAL_ONE',
        'groups       by owner, keys in a group at most: 32; ring epoch 3',
        'speculation  MIN(99p,15ms), up to 10 % more messages',
        '',
        'group  node  keys  messages  expected  hedged after',
        '1      1     1     1         1.3 ms    15.0 ms',
        '',
        'key          token  cache  group  owners',
        'a (2 times)  -5     -      1      1 2',
        'b            7      -      none',
        '',
        'node  address         datacenter  rack  state',
        '1     192.0.2.1:9042  east        r1    up',
        '2     192.0.2.2:9042  east        r1    down',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('warning: the column x is left out\n');
  });

  it('stays within 100 columns, and says what is not known and why', async () => {
    const key = '{"shop": "berlin", "customer": "c-17"}';
    const far = { ...node(3), datacenter: 'us-west-2-frontend', rack: 'us-west-2a', up: null };
    const owners = [1, 2].map((index) => ({ ...node(index), datacenter: 'us-east-1-frontend', rack: 'r' }));
    const columns = Array.from({ length: 20 }, (_, index) => `a_rather_long_column_${index}`);
    const { url } = await startFakeInstance(() => ({
      body: {
        ...explanation,
        columns,
        keys: [
          {
            positions: [0],
            token: '-7633338830775700081',
            owners: [...owners, far],
            cache: 'stale',
            cacheAgeMs: 61_400,
            group: 0,
          },
        ],
        groups: [{ node: owners[0], keys: [0], messages: 1, expectedMs: null, hedgeAfterMs: null }],
      },
    }));
    const { stdout } = await runVerb(['explain', 'shop.products', key, ...who, '--admin-url', url]);
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(lines).toContain('1      1     1     1         -         -');
    expect(stdout).toContain('-7633338830775700081  stale 61 s  1');
    expect(stdout).toContain('\nexpected -: not measured yet');
    expect(stdout).toContain('us-west-2a  unread\nunread: no application reads from its datacenter');
    for (const column of columns) expect(stdout).toContain(column);
  });

  it('shows that the cache answers, and needs no owner then', async () => {
    const keys = [
      { positions: [0], token: '-5', owners: [node(1)], cache: 'fresh', cacheAgeMs: 320, group: null },
    ];
    const { url } = await startFakeInstance(() => ({ body: { ...explanation, keys, groups: [] } }));
    const { stdout } = await runVerb(['explain', 'shop.products', 'a', ...who, '--admin-url', url]);
    expect(stdout).toContain(
      '\nkey  token  cache         group  owners\na    -5     fresh 320 ms  -      1\n',
    );
    expect(stdout).not.toContain('hedged after');
  });

  it('says of a node that is not well what that means', async () => {
    const owners = [node(1, true, 'suspect'), node(2, true, 'ejected'), node(3, false, 'ejected')];
    const keys = [{ positions: [0], token: '-5', owners, cache: 'none', cacheAgeMs: null, group: 0 }];
    const { url } = await startFakeInstance(() => ({ body: { ...explanation, keys } }));
    const { stdout } = await runVerb(['explain', 'shop.products', 'a', ...who, '--admin-url', url]);
    expect(stdout).toMatch(/^1 .* suspect\n2 .* ejected\n3 .* down$/m);
    expect(stdout).toContain('\nsuspect: it is late');
    expect(stdout).toContain('\nejected: it failed several times');
  });

  it('passes on what a look-up may be told', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: explanation }));
    const options = ['--column', 'title', '--limit-per-key', '2', '--consistency', 'ONE'];
    await runVerb(['explain', 'shop.products', 'a', ...options, ...who, '--admin-url', url]);
    expect(calls).toMatchObject([
      { body: { lookup: { columns: ['title'], limitPerKey: 2, consistency: 'ONE' } } },
    ]);
  });

  it('prints the explanation as it came when asked', async () => {
    const { url } = await startFakeInstance(() => ({ body: explanation }));
    const { stdout } = await runVerb([
      'explain',
      'shop.products',
      'a',
      'b',
      ...who,
      '--admin-url',
      url,
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual(explanation);
  });
});

describe('replicas', () => {
  it('shows a line a key, and the nodes under them', async () => {
    const { url } = await startFakeInstance(() => ({ body: explanation }));
    const { stdout } = await runVerb(['replicas', 'shop.products', 'a', 'b', ...who, '--admin-url', url]);
    expect(stdout.split('\n')).toEqual([
      'key          token  owners',
      'a (2 times)  -5     1 2',
      'b            7      unknown',
      '',
      'node  address         datacenter  rack  state',
      '1     192.0.2.1:9042  east        r1    up',
      '2     192.0.2.2:9042  east        r1    down',
      '',
    ]);
  });

  it('prints keys, tokens and owners as JSON', async () => {
    const { url } = await startFakeInstance(() => ({ body: explanation }));
    const { stdout } = await runVerb([
      'replicas',
      'shop.products',
      'a',
      'b',
      ...who,
      '--admin-url',
      url,
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual([
      { key: 'a', token: '-5', owners: [node(1), node(2, false)] },
      { key: 'b', token: '7', owners: [] },
    ]);
  });
});
