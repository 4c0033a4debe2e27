import { describe, expect, it } from 'vitest';
import { writeConfig } from '../../support/config-file.ts';
import { startFakeInstance } from '../../support/fake-instance.ts';
import { runVerb } from '../../support/run-cli.ts';

const stats = {
  partitions: 1_203,
  missingPartitions: 14,
  bytes: 1_258_291,
  missingBytes: 512,
  maxBytes: 268_435_456,
  evictions: 7,
  hits: 800,
  stale: 2,
  misses: 200,
  joined: 30,
  droppedFills: 1,
  invalidations: 12,
  gaps: 1,
};

describe('cache stats', () => {
  it('tells what is kept and how often it answered', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: stats }));
    const { exitCode, stdout } = await runVerb(['cache', 'stats', '--admin-url', url], {
      env: { WEIR_ADMIN_KEY: 'weir_admin' },
    });
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'partitions  1203, 14 of them without a row',
      'memory      1.2 MiB of 256.0 MiB, 512 B of it for missing rows',
      'hits        80.0 % of 1000 keys',
      'misses      200; 30 joined a read under way, 2 were answered beyond their time',
      'pushed out  7 for want of room',
      'not kept    1, invalidated while they were read',
      'fleet       12 invalidations from other instances; gaps: 1',
      '',
    ]);
    expect(calls).toMatchObject([
      { method: 'GET', path: '/admin/v1/cache', headers: { authorization: 'Bearer weir_admin' } },
    ]);
  });

  it('has no share of nothing', async () => {
    const { url } = await startFakeInstance(() => ({ body: { ...stats, hits: 0, misses: 0 } }));
    const { stdout } = await runVerb(['cache', 'stats', '--admin-url', url]);
    expect(stdout).toContain('hits        no key was asked for yet\n');
  });

  it('prints the answer as it came when asked', async () => {
    const { url } = await startFakeInstance(() => ({ body: stats }));
    const { stdout } = await runVerb(['cache', 'stats', '--admin-url', url, '--json']);
    expect(JSON.parse(stdout)).toEqual(stats);
  });

  it('says when no Weir answers there', async () => {
    const { url } = await startFakeInstance(() => ({ body: { hello: 1 } }));
    const { exitCode, stderr } = await runVerb(['cache', 'stats', '--admin-url', url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the answer tells of no cache');
  });
});

describe('cache purge', () => {
  const path = '/admin/v1/cache/shop/products';
  const fleet = { reach: 'fleet' };

  it('drops a whole table', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: { ...fleet, partitions: 'all' } }));
    const argv = ['cache', 'purge', 'shop.products', '--admin-url', url];
    const file = writeConfig('weir_operator\n');
    expect(await runVerb([...argv, '--admin-key-file', file])).toMatchObject({
      exitCode: 0,
      stdout: 'dropped what was kept of shop.products, on every instance\n',
    });
    expect(calls).toMatchObject([
      { method: 'DELETE', path, headers: { authorization: 'Bearer weir_operator' }, body: undefined },
    ]);
  });

  it('drops the keys that are given, in the forms of a look-up', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: { ...fleet, partitions: 1 } }));
    const keys = ['--key', 'sku-1', '--key', '{"sku":"sku-1"}'];
    const run = await runVerb(['cache', 'purge', 'shop.products', ...keys, '--admin-url', url, '--json']);
    expect(JSON.parse(run.stdout)).toEqual({
      table: 'shop.products',
      partitions: 1,
      reach: 'fleet',
      dryRun: false,
    });
    expect(calls).toMatchObject([{ method: 'DELETE', path, body: { keys: ['sku-1', { sku: 'sku-1' }] } }]);
  });

  it('takes keys from the standard input, a thousand in a request', async () => {
    const { url, calls } = await startFakeInstance(({ body }) => ({
      body: { ...fleet, partitions: (body as { keys: unknown[] }).keys.length },
    }));
    const input = Array.from({ length: 1_001 }, (_, index) => `sku-${index}\n`);
    const argv = ['cache', 'purge', 'shop.products', '--key', '-', '--admin-url', url];
    const { stdout } = await runVerb(argv, { input });
    expect(stdout).toBe('dropped what was kept of 1001 partitions of shop.products, on every instance\n');
    expect(calls.map(({ body }) => (body as { keys: unknown[] }).keys.length)).toEqual([1_000, 1]);
  });

  it.each([
    ['it says so', [{ reach: 'instance' }]],
    ['any request reached it alone', [{ reach: 'fleet' }, { reach: 'instance' }, { reach: 'fleet' }]],
    ['it tells nothing of others', [{}]],
  ])('warns that other instances keep theirs where %s', async (_, reports) => {
    const { url } = await startFakeInstance((_call, number) => ({
      body: { partitions: 1, ...reports[number - 1] },
    }));
    const input = Array.from({ length: reports.length * 1_000 }, (_each, index) => `sku-${index}\n`);
    const argv = ['cache', 'purge', 'shop.products', '--key', '-', '--admin-url', url];
    const { exitCode, stdout, stderr } = await runVerb(argv, { input });
    expect([exitCode, stdout]).toEqual([
      0,
      `dropped what was kept of ${reports.length === 1 ? '1 partition' : '3 partitions'} of shop.products\n`,
    ]);
    expect(stderr).toContain('warning: only the instance that was asked dropped them');
    const json = await runVerb([...argv, '--json'], { input: ['sku-1\n'] });
    expect(JSON.parse(json.stdout)).toMatchObject({ partitions: 1 });
  });

  it('takes a key of the standard input with the blanks that it has, and without the end of its line', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: { ...fleet, partitions: 3 } }));
    const argv = ['cache', 'purge', 'shop.products', '--key', '-', '--admin-url', url];
    await runVerb(argv, { input: ['sku-1 \n sku-2\r\n  \n{"sku":"c"} \n'] });
    expect(calls).toMatchObject([{ body: { keys: ['sku-1 ', ' sku-2', { sku: 'c' }] } }]);
  });

  it('sends long keys in requests that are small enough for the admin port', async () => {
    const { url, calls } = await startFakeInstance(({ body }) => ({
      body: { ...fleet, partitions: (body as { keys: unknown[] }).keys.length },
    }));
    const input = Array.from({ length: 600 }, (_, index) => `${index}${'\u20ac'.repeat(2_000)}\n`);
    const argv = ['cache', 'purge', 'shop.products', '--key', '-', '--admin-url', url];
    const { stdout } = await runVerb(argv, { input });
    expect(stdout).toBe('dropped what was kept of 600 partitions of shop.products, on every instance\n');
    const sizes = calls.map(({ body }) => Buffer.byteLength(JSON.stringify(body)));
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(1_048_576);
  });

  it('says how far it came where a later request is refused', async () => {
    let requests = 0;
    const { url } = await startFakeInstance(() => {
      requests += 1;
      const refusal = { type: '/problems/invalid-request', title: 'Invalid request', status: 400 };
      return requests === 1 ? { body: { ...fleet, partitions: 1_000 } } : { status: 400, body: refusal };
    });
    const input = Array.from({ length: 1_500 }, (_, index) => `sku-${index}\n`);
    const argv = ['cache', 'purge', 'shop.products', '--key', '-', '--admin-url', url];
    const { exitCode, stderr } = await runVerb(argv, { input });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the first 1000 keys were dropped before this; places count from key 1001 as 0');
  });

  it('does not take an empty input for everything', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: { ...fleet, partitions: 'all' } }));
    const argv = ['cache', 'purge', 'shop.products', '--key', '-', '--admin-url', url];
    const { exitCode, stderr } = await runVerb(argv, { input: ['\n'] });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('nothing was dropped');
    expect(calls).toEqual([]);
  });

  it.each([
    [[], 'would drop shop.products; nothing was dropped\n'],
    [['--key', 'a', '--key', 'b'], 'would drop at most 2 partitions of shop.products; nothing was dropped\n'],
  ])('on a dry run of %j only looks whether the instance is there', async (keys, told) => {
    const { url, calls } = await startFakeInstance(() => ({ body: stats }));
    const argv = ['cache', 'purge', 'shop.products', ...keys, '--dry-run', '--admin-url', url];
    expect(await runVerb(argv)).toMatchObject({ exitCode: 0, stdout: told, stderr: '' });
    expect(calls.map(({ method }) => method)).toEqual(['GET']);
  });

  it('tells what is wrong with a key by its place', async () => {
    const { url } = await startFakeInstance(() => ({
      status: 400,
      body: {
        title: 'The request is malformed',
        errors: [{ pointer: '/keys/0', detail: 'is missing from the partition key' }],
      },
    }));
    const argv = ['cache', 'purge', 'shop.products', '--key', '{}', '--admin-url', url];
    const { exitCode, stderr } = await runVerb(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('/keys/0 is missing from the partition key');
  });

  it('tells whose key it takes', async () => {
    const { url } = await startFakeInstance(() => ({
      status: 403,
      body: { title: 'The role does not allow this' },
    }));
    const { exitCode, stderr } = await runVerb(['cache', 'purge', 'shop.products', '--admin-url', url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('a key of an operator');
  });

  it.each([
    ['no table', []],
    ['a table without its keyspace', ['products']],
    ['a key that begins as JSON and is none', ['shop.products', '--key', '{"sku"']],
  ])('refuses %s', async (_, argv) => {
    const { url, calls } = await startFakeInstance(() => ({ body: { ...fleet, partitions: 'all' } }));
    expect(await runVerb(['cache', 'purge', ...argv, '--admin-url', url])).toMatchObject({ exitCode: 2 });
    expect(calls).toEqual([]);
  });
});
