import { describe, expect, it } from 'vitest';
import type { TableDefinition } from '../../contract/cluster-fixture.ts';
import { writeConfig } from '../../support/config-file.ts';
import { openEmbeddedFixture } from '../../support/embedded-fixture.ts';
import { runVerb } from '../../support/run-cli.ts';
import { stageClusters } from '../../support/staged-clusters.ts';

const config = `data: { host: 127.0.0.1 }
cassandra:
  contactPoints: [127.0.0.11]
  datacenter: us-east-1-frontend
  rack: us-east-1a
auth: trusted
classes:
  frontend: { datacenters: [us-east-1-frontend] }
  backend: { datacenters: [us-east-1-backend] }
applications:
  storefront: { class: frontend, tables: { shop.products: [read] } }
  nightly: { class: backend, tables: { shop.products: { operations: [read], columns: [sku, title] } } }
`;

const products: TableDefinition = {
  keyspace: 'shop',
  name: 'products',
  partitionKey: [{ name: 'sku', type: 'text' }],
  columns: [{ name: 'title', type: 'text' }],
};

async function openShop(
  factors: Readonly<Record<string, number>> = { 'us-east-1-frontend': 3, 'us-east-1-backend': 2 },
) {
  const fixture = openEmbeddedFixture();
  await fixture.createKeyspace('shop', {
    strategy: 'NetworkTopologyStrategy',
    factors: new Map(Object.entries(factors)),
  });
  await fixture.createTable(products);
  return fixture;
}

interface Report {
  readonly findings: readonly { readonly state: string; readonly what: string; readonly todo: string }[];
  readonly failed: number;
  readonly warnings: number;
}

async function checkLive(
  text: string,
  fixture: Awaited<ReturnType<typeof openShop>>,
  more: readonly string[] = [],
) {
  const clusters = stageClusters(fixture.cluster);
  const argv = ['check', '--live', '--json', '-c', writeConfig(text), ...more];
  const { exitCode, stdout } = await runVerb(argv, { clusters });
  expect(clusters.left()).toBe(0);
  const { findings, failed, warnings } = JSON.parse(stdout) as Report;
  return { exitCode, failed, warnings, told: findings.filter(({ state }) => state !== 'ok') };
}

describe('check', () => {
  it('tells what a sound file says, and asks no cluster', async () => {
    const clusters = stageClusters((await openShop()).cluster);
    const { exitCode, stdout, stderr } = await runVerb(['check', '-c', writeConfig(config)], { clusters });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('ok       the file is right: 1 table for storefront, nightly;');
    expect(stdout).toContain('ok       class backend reads from us-east-1-backend');
    expect(stdout.endsWith('nothing failed\n')).toBe(true);
    expect(clusters.opened).toEqual([]);
  });

  const settings = `${config}tables: { shop.other: { maxKeysPerGroup: 8 } }\n`;

  it('warns of settings that nobody uses', async () => {
    const { exitCode, stdout } = await runVerb(['check', '-c', writeConfig(settings)]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('warning  tables.shop.other has settings, and nothing is granted on it');
    expect(stdout.endsWith('nothing failed, 1 warning\n')).toBe(true);
  });

  it('fails on a warning when it is to be strict', async () => {
    expect(await runVerb(['check', '--strict', '-c', writeConfig(settings)])).toMatchObject({ exitCode: 1 });
  });

  it('warns of an application that nobody can be', async () => {
    const unknown = config
      .replace('auth: trusted', 'auth: keys')
      .replaceAll('class: ', 'keyHashes: [], class: ');
    const { stdout } = await runVerb(['check', '-c', writeConfig(unknown)]);
    expect(stdout).toContain('nobody can be storefront: it has no keyHashes');
  });

  const keys = `data: { host: 127.0.0.1 }
admin: { host: 127.0.0.1 }
cassandra: { contactPoints: [127.0.0.11], datacenter: east }
auth: keys
applications:
  storefront:
    class: frontend
    keyHashes: ['sha256:${'a'.repeat(64)}']
    tables: { shop.products: [read] }
`;
  it.each([
    ['auth: keys', 'auth: keys', []],
    ['[read]', '[read, scan]', ['storefront is granted scan, which is not served by this version']],
    [
      'admin: { host: 127.0.0.1 }',
      'admin: { host: 0.0.0.0 }',
      ['whoever reaches the admin port can read its metrics: admin.host is 0.0.0.0, and they need no key'],
    ],
    [
      'admin: { host: 127.0.0.1 }',
      `admin: { host: 0.0.0.0, metrics: viewer, keyHashes: { viewer: ['sha256:${'b'.repeat(64)}'] } }`,
      [],
    ],
    [
      'data: { host: 127.0.0.1 }',
      'data: { host: 0.0.0.0 }',
      ['credentials cross the network in clear: data.host is 0.0.0.0, and the port has no TLS'],
    ],
  ])('with %s as %s it warns of %j', async (written, changed, told) => {
    const argv = ['check', '--json', '-c', writeConfig(keys.replace(written, changed))];
    const { findings } = JSON.parse((await runVerb(argv)).stdout) as Report;
    expect(findings.filter(({ state }) => state === 'warning').map(({ what }) => what)).toEqual(told);
  });

  it('warns of a password that goes over the network as it is', async () => {
    const login = config.replace('  rack:', '  username: weir\n  passwordFile: password\n  rack:');
    const { stdout } = await runVerb(['check', '-c', writeConfig(login, { password: 'secret-word' })]);
    expect(stdout).toContain('warning  the password goes to Cassandra without TLS');
    expect(stdout).not.toContain('secret-word');
  });
});

describe('check --live', () => {
  it('finds nothing to say where the cluster has all that the file speaks of', async () => {
    expect(await checkLive(config, await openShop())).toEqual({
      exitCode: 0,
      failed: 0,
      warnings: 0,
      told: [],
    });
  });

  it('fails when the cluster is not reached, says why and leaves no connection', async () => {
    const clusters = stageClusters((await openShop()).cluster, {
      unreachable: 'the credentials were refused',
    });
    const { exitCode, stdout } = await runVerb(['check', '--live', '-c', writeConfig(config)], { clusters });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('failed   the cluster cannot be read from: the credentials were refused\n');
    expect(stdout).toContain('check cassandra.username');
    expect(clusters.left()).toBe(0);
  });

  const backend = 'backend: { datacenters: [us-east-1-backend] }';
  const backendFirst = 'backend: { datacenters: [us-east-1-backend, us-east-1-backand] }';
  it.each([
    [
      'datacenter: us-east-1-frontend',
      'datacenter: us-east-1-frontent',
      'failed',
      'no datacenter us-east-1-frontent',
      'did you mean us-east-1-frontend?',
    ],
    [
      backend,
      backendFirst,
      'failed',
      'class backend: the cluster has no datacenter us-east-1-backand',
      'did you mean us-east-1-backend?',
    ],
    [
      'rack: us-east-1a',
      'rack: us-east-1z',
      'warning',
      'us-east-1-frontend has no rack us-east-1z',
      'there are us-east-1a',
    ],
    [
      '{ shop.products: [read] }',
      '{ shopp.products: [read] }',
      'failed',
      'there is no keyspace shopp',
      'did you mean shop?',
    ],
    [
      '{ shop.products: [read] }',
      '{ shop.Products: [read] }',
      'failed',
      'no such table in shop',
      'upper and lower case count',
    ],
    [
      'columns: [sku, title]',
      'columns: [sku, titel]',
      'failed',
      'nightly is granted the column titel',
      'did you mean title?',
    ],
  ])('with %s as %s it is %s: %s', async (right, wrong, state, what, todo) => {
    const { exitCode, told } = await checkLive(config.replace(right, wrong), await openShop());
    expect(told).toContainEqual({
      state,
      what: expect.stringContaining(what),
      todo: expect.stringContaining(todo),
    });
    expect(exitCode).toBe(state === 'failed' ? 1 : 0);
  });

  it('fails for a table without replicas where it is read', async () => {
    const { exitCode, told } = await checkLive(config, await openShop({ 'us-east-1-frontend': 3 }));
    expect(exitCode).toBe(1);
    expect(told).toContainEqual(
      expect.objectContaining({
        state: 'failed',
        what: 'shop.products: it has no replica where nightly reads (us-east-1-backend)',
      }),
    );
  });

  it('warns of a fallback without replicas', async () => {
    const wider = config.replace(
      backend,
      'backend: { datacenters: [us-east-1-frontend, us-east-1-backend] }',
    );
    const { exitCode, told } = await checkLive(wider, await openShop({ 'us-east-1-frontend': 3 }));
    expect(exitCode).toBe(0);
    expect(told).toEqual([
      expect.objectContaining({
        state: 'warning',
        what: expect.stringContaining('no replica in us-east-1-backend'),
      }),
    ]);
  });

  it('fails for a default consistency that can never be reached, and warns of another allowed one', async () => {
    const strong = `${config}tables:\n  shop.products: { consistency: { default: THREE, allowed: [THREE, LOCAL_ONE, ALL] } }\n`;
    const { told } = await checkLive(
      strong,
      await openShop({ 'us-east-1-frontend': 1, 'us-east-1-backend': 1 }),
    );
    expect(told.map(({ state, what }) => [state, what])).toEqual([
      ['failed', 'shop.products: THREE wants 3 replicas, and there are at most 2'],
    ]);
  });

  it('tells where a class reads that no application uses', async () => {
    const clusters = stageClusters((await openShop()).cluster);
    const spare = config.replace(
      '  frontend: {',
      '  spare: { datacenters: [us-east-1-backend] }\n  frontend: {',
    );
    const { stdout } = await runVerb(['check', '--live', '-c', writeConfig(spare)], { clusters });
    expect(stdout).toContain('ok       class spare reads from us-east-1-backend; no application uses it\n');
  });

  it('fails for a class without a node that is up', async () => {
    const fixture = await openShop();
    const down = { ...fixture.cluster, isUp: () => false };
    const { exitCode, told } = await checkLive(config, { ...fixture, cluster: down });
    expect(exitCode).toBe(1);
    expect(told).toContainEqual(
      expect.objectContaining({
        state: 'failed',
        what: 'class frontend reads from us-east-1-frontend (0 of 6 nodes up)',
      }),
    );
  });

  it('compares the topology file with the cluster', async () => {
    const named = config.replace('  rack:', '  topologyFile: nodes.topology\n  rack:');
    const nodes = [
      '203.0.113.1=us-east-1-frontend:us-east-1a:10.0.0.1',
      '203.0.113.2=us-east-1-backend:us-east-1a:10.0.0.2',
    ].join('\n');
    const clusters = stageClusters((await openShop()).cluster);
    const file = writeConfig(named, { 'nodes.topology': nodes });
    const { exitCode, stdout } = await runVerb(['check', '--live', '-c', file], { clusters });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'warning  topology: line 1: 203.0.113.1 (us-east-1-frontend) is in the file and not in the cluster',
    );
  });
});
