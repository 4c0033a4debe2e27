import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSystem } from '../../../src/compose.ts';
import { runVerb } from '../../support/run-cli.ts';
import { startWeirWith } from '../../support/running-weir.ts';

let system: RunningSystem;

const operatorKey = 'weir_operator';
const hash = createHash('sha256').update(operatorKey).digest('hex');

beforeAll(async () => {
  system = await startWeirWith({
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0, keyHashes: { operator: [`sha256:${hash}`] } },
    auth: 'trusted',
    cassandra: { embedded: { datacenters: { 'us-east-1-frontend': 6 }, seedRows: 10 } },
    applications: { storefront: { class: 'frontend', tables: { 'shop.products': ['read'] } } },
    tables: { 'shop.products': { cache: { ttl: '1h' } } },
  });
});
afterAll(() => system.stop());

const who = ['--application', 'storefront'];
const env = { WEIR_ADMIN_KEY: operatorKey };

describe('the verbs that ask a running Weir', () => {
  it('look keys up', async () => {
    const argv = [
      'lookup',
      'shop.products',
      'sku-1',
      'sku-11',
      '--column',
      'sku',
      ...who,
      '--url',
      system.dataUrl,
    ];
    const { exitCode, stdout, stderr } = await runVerb(argv);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('key     status   sku\nsku-1   found    sku-1\nsku-11  missing\n');
    expect(stderr).toBe('1 found, 1 missing, 0 error, 0 unprocessed\n');
  });

  it('show where each row came from, before and after it is dropped from the cache', async () => {
    const admin = ['--admin-url', system.adminUrl];
    const sourceOf = async (): Promise<string | undefined> => {
      const argv = ['lookup', 'shop.products', 'sku-3', '--column', 'sku', '--debug', ...who];
      const { stdout } = await runVerb([...argv, '--url', system.dataUrl]);
      return /^sku-3 +found +(\w+) \d+ ms +sku-3$/m.exec(stdout)?.[1];
    };
    expect(await sourceOf()).toBe('cassandra');
    expect(await sourceOf()).toBe('cache');
    const purge = ['cache', 'purge', 'shop.products', '--key', 'sku-3', ...admin];
    expect(await runVerb(purge, { env })).toMatchObject({
      exitCode: 0,
      stdout: 'dropped what was kept of 1 partition of shop.products\n',
    });
    expect(await sourceOf()).toBe('cassandra');
    expect(await runVerb(['cache', 'purge', 'shop.products', ...admin], { env })).toMatchObject({
      stdout: 'dropped what was kept of shop.products\n',
    });
    expect(await sourceOf()).toBe('cassandra');
    expect((await runVerb(['cache', 'stats', ...admin], { env })).stdout).toMatch(
      /^hits {8}\d+\.\d % of \d+ keys$/m,
    );
  });

  it('refuse to drop what an operator alone may', async () => {
    const argv = ['cache', 'purge', 'shop.products', '--admin-url', system.adminUrl];
    expect(await runVerb(argv)).toMatchObject({ exitCode: 1 });
  });

  it('tell that a table is not there', async () => {
    const argv = ['cache', 'purge', 'shop.producs', '--admin-url', system.adminUrl];
    expect(await runVerb(argv, { env })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the cluster has no such table'),
    });
  });

  it('explain the same look-up with the token that is computed without it', async () => {
    const argv = ['replicas', 'shop.products', 'sku-1', ...who, '--admin-url', system.adminUrl, '--json'];
    const [{ token, owners }] = JSON.parse((await runVerb(argv, { env })).stdout) as [
      { token: string; owners: unknown[] },
    ];
    expect(`${token}\n`).toBe((await runVerb(['token', '--type', 'text', 'sku-1'])).stdout);
    expect(owners).toHaveLength(3);
  });

  it('show its groups', async () => {
    const argv = ['explain', 'shop.products', 'sku-1', 'sku-2', ...who, '--admin-url', system.adminUrl];
    expect(await runVerb(argv, { env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('shop.products for storefront'),
    });
  });

  it.each(['dataUrl', 'adminUrl'] as const)('tell that it is ready at its %s', async (port) => {
    expect(await runVerb(['ready', '--url', system[port]])).toMatchObject({ exitCode: 0 });
  });

  it('tell why a look-up was refused', async () => {
    const argv = ['lookup', 'shop.other', 'x', ...who, '--url', system.dataUrl];
    expect(await runVerb(argv)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^weir: 404 /) });
  });
});
