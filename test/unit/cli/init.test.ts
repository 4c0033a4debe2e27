import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClusterSurvey } from '../../../src/compose/survey-cluster.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { openEmbeddedFixture } from '../../support/embedded-fixture.ts';
import { runVerb } from '../../support/run-cli.ts';
import { stageClusters } from '../../support/staged-clusters.ts';

const survey: ClusterSurvey = {
  nodes: ['us-east-1-frontend', 'us-east-1-frontend', 'us-east-1-backend', 'eu-west-1-frontend'].map(
    (datacenter, index) => ({ address: `127.0.0.${11 + index}:9042`, datacenter, rack: 'r1' }),
  ),
  contactDatacenters: ['us-east-1-frontend'],
  tables: [
    { keyspace: 'shop', table: 'products' },
    { keyspace: 'shop', table: 'visits' },
  ],
};

async function stageShop(changed: Partial<ClusterSurvey> = {}) {
  const fixture = openEmbeddedFixture();
  await fixture.createKeyspace('shop', {
    strategy: 'NetworkTopologyStrategy',
    factors: new Map([
      ['us-east-1-frontend', 3],
      ['us-east-1-backend', 2],
    ]),
  });
  const keyspace = 'shop';
  await fixture.createTable({ keyspace, name: 'products', partitionKey: [{ name: 'sku', type: 'text' }] });
  await fixture.createTable({
    keyspace,
    name: 'visits',
    partitionKey: [
      { name: 'user', type: 'uuid' },
      { name: 'day', type: 'date' },
    ],
    clusteringKey: [{ name: 'at', type: 'timestamp' }],
  });
  return stageClusters(fixture.cluster, { survey: { ...survey, ...changed } });
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'weir-init-test-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

const forCluster = (...more: readonly string[]) => ['init', '--contact-point', '127.0.0.11', ...more];

describe('init without contact points', () => {
  it('writes a configuration of the ring in memory that is right as it is', async () => {
    const out = join(folder(), 'weir.yaml');
    const { exitCode, stdout, stderr } = await runVerb(['init', '--out', out]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${out}\n` });
    expect(readFileSync(out, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\S*topology\/weir\.schema\.json\n/,
    );
    expect(loadConfig({ file: out, env: {} }).cassandra).toMatchObject({
      kind: 'embedded',
      seedRows: 20_000,
    });
    expect(
      await runVerb(['check', '--strict', '--live', '-c', out, '--set', 'cassandra.embedded.seedRows=10']),
    ).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(stderr).toContain(`weir check --live --config ${out}\n  weir serve --config ${out}\n`);
    expect(stderr).toContain(`/v1/shop/products/lookup -H 'X-Weir-App: storefront'`);
  });

  it('names the application as asked', async () => {
    const out = join(folder(), 'weir.yaml');
    await runVerb(['init', '--out', out, '--application', '2nd.shop']);
    expect(loadConfig({ file: out, env: {} }).applications[0]?.application.name).toBe('2nd.shop');
  });

  it('writes over nothing unless forced', async () => {
    const out = join(folder(), 'weir.yaml');
    writeFileSync(out, 'mine');
    expect(await runVerb(['init', '--out', out])).toMatchObject({ exitCode: 1, stdout: '' });
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(await runVerb(['init', '--out', out, '--force'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(out, 'utf8')).toContain('embedded:');
  });

  it('prints the file and writes nothing in a dry run', async () => {
    const out = join(folder(), 'weir.yaml');
    const { exitCode, stdout } = await runVerb(['init', '--out', out, '--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\napplications:\n');
    expect(existsSync(out)).toBe(false);
  });

  it('says which folder is not there, and leaves nothing', async () => {
    const out = join(folder(), 'none', 'weir.yaml');
    const { exitCode, stderr } = await runVerb(['init', '--out', out]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `weir: ${out} cannot be written: there is no such directory\n`,
    });
  });

  it.each([
    [['--datacenter', 'a'], '--datacenter is for a cluster', 'where it stands'],
    [['--username', 'a', '--password-file', 'b'], '--username is for a cluster', 'a log-in'],
    [['--credential-file', 'a'], '--credential-file is for a cluster', 'a credential'],
    [['--table', 'a.b'], 'has shop.products only', 'a table that it does not have'],
    [['--table', 'a'], 'KEYSPACE.TABLE', 'no table'],
    [['--application', 'a b'], '--application', 'no name'],
  ])('refuses %j: %s', async (more, told) => {
    const { exitCode, stdout, stderr } = await runVerb(['init', '--dry-run', ...more]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(told);
  });
});

describe('init for a cluster', () => {
  it('learns datacenters and classes, drops those without replicas, and closes what it opened', async () => {
    const clusters = await stageShop();
    const out = join(folder(), 'weir.yaml');
    const argv = forCluster('--table', 'shop.products', '--out', out, '--json');
    const { exitCode, stdout } = await runVerb(argv, { clusters });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      file: out,
      cluster: 'contact-points',
      datacenter: 'us-east-1-frontend',
      classes: [
        { name: 'frontend', datacenters: ['us-east-1-frontend'] },
        { name: 'backend', datacenters: ['us-east-1-backend'] },
      ],
      application: { name: 'storefront', className: 'frontend', tables: ['shop.products'] },
    });
    expect(loadConfig({ file: out, env: {} })).toMatchObject({
      cassandra: { kind: 'contact-points', contactPoints: ['127.0.0.11'], datacenter: 'us-east-1-frontend' },
      authentication: { mode: 'keys' },
    });
    expect(clusters.left()).toBe(0);
  });

  it('writes the hash of a credential that only its file knows', async () => {
    const directory = folder();
    const out = join(directory, 'weir.yaml');
    const credentialFile = join(directory, 'storefront.key');
    const argv = forCluster('--table', 'shop.products', '--out', out, '--credential-file', credentialFile);
    const { stdout, stderr } = await runVerb(argv, { clusters: await stageShop() });
    const credential = readFileSync(credentialFile, 'utf8').trim();
    const hash = createHash('sha256').update(credential).digest('hex');
    expect(credential).toMatch(/^weir_[A-Za-z0-9_-]{43}$/);
    expect(statSync(credentialFile).mode & 0o777).toBe(0o600);
    expect(loadConfig({ file: out, env: {} }).applications[0]?.keyHashes).toEqual([hash]);
    expect(stdout + stderr + readFileSync(out, 'utf8')).not.toContain(credential);
    expect(readdirSync(directory).sort()).toEqual(['storefront.key', 'weir.yaml']);
  });

  it('shows the credential once, beside the data, when it has no file', async () => {
    const out = join(folder(), 'weir.yaml');
    const { stdout, stderr } = await runVerb(forCluster('--table', 'shop.products', '--out', out), {
      clusters: await stageShop(),
    });
    const [credential = ''] = /weir_[A-Za-z0-9_-]{43}/.exec(stderr) ?? [];
    expect(stderr.split(credential)).toHaveLength(2);
    expect(stdout).toBe(`${out}\n`);
    const hash = createHash('sha256').update(credential).digest('hex');
    expect(loadConfig({ file: out, env: {} }).applications[0]?.keyHashes).toEqual([hash]);
  });

  it('makes no credential in a dry run', async () => {
    const { stdout, stderr } = await runVerb(forCluster('--table', 'shop.products', '--dry-run'), {
      clusters: await stageShop(),
    });
    expect(stdout).toContain('keyHashes: []');
    expect(stdout + stderr).not.toMatch(/weir_[A-Za-z0-9]|sha256:/);
  });

  it('connects with the log-in that it writes, and places its file as the configuration sees it', async () => {
    const directory = folder();
    const password = join(directory, 'password');
    writeFileSync(password, 'secret-word\n');
    const out = join(directory, 'weir.yaml');
    const clusters = await stageShop();
    const argv = forCluster(
      '--table',
      'shop.products',
      '--username',
      'weir',
      '--password-file',
      password,
      '--out',
      out,
    );
    const { exitCode, stdout, stderr } = await runVerb(argv, { clusters });
    expect(exitCode).toBe(0);
    const login = { login: { username: 'weir', password: 'secret-word' } };
    expect([...clusters.surveyed, ...clusters.opened].map(({ cassandra }) => cassandra)).toMatchObject([
      login,
      login,
    ]);
    expect(loadConfig({ file: out, env: {} }).cassandra).toMatchObject(login);
    const text = readFileSync(out, 'utf8');
    expect(text).toContain('  passwordFile: password #');
    expect(stdout + stderr + text).not.toContain('secret-word');
  });

  it('shows a look-up of the first table in its own form', async () => {
    const out = join(folder(), 'weir.yaml');
    const { stderr } = await runVerb(forCluster('--table', 'shop.visits', '--out', out), {
      clusters: await stageShop(),
    });
    const body = JSON.parse(/ -d '(.*)'$/m.exec(stderr)?.[1] ?? '') as unknown;
    expect(body).toEqual({ keys: [{ user: '00000000-0000-4000-8000-000000000001', day: '2026-01-01' }] });
  });

  it('takes the only table there is', async () => {
    const clusters = await stageShop({ tables: [{ keyspace: 'shop', table: 'visits' }] });
    const { stdout } = await runVerb(forCluster('--dry-run'), { clusters });
    expect(stdout).toContain('      shop.visits: [read]\n');
  });

  it('stands where it is told to, and then belongs to the class of that datacenter', async () => {
    const argv = forCluster(
      '--datacenter',
      'us-east-1-backend',
      '--table',
      'shop.products',
      '--dry-run',
      '--json',
    );
    const { stdout } = await runVerb(argv, { clusters: await stageShop() });
    expect(JSON.parse(stdout)).toMatchObject({
      datacenter: 'us-east-1-backend',
      application: { className: 'backend' },
    });
  });

  it('says when the tables have no replica where it stands', async () => {
    const argv = forCluster('--datacenter', 'eu-west-1-frontend', '--table', 'shop.products', '--dry-run');
    const { exitCode, stderr } = await runVerb(argv, { clusters: await stageShop() });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('note: keyspace shop has no replica in eu-west-1-frontend');
  });

  const products = ['--table', 'shop.products'];
  const notThere = '--tls-ca not-there.pem cannot be read (there is no such file)\n';
  it.each<[string[], Partial<ClusterSurvey>, number, string, string]>([
    [[], {}, 2, 'there are shop.products, shop.visits', 'several tables and none named'],
    [['--table', 'shop.product'], {}, 1, 'did you mean shop.products?', 'a table that is not there'],
    [[...products, '--datacenter', 'us-east-1'], {}, 1, 'no datacenter us-east-1', 'one that is not there'],
    [products, { contactDatacenters: ['a', 'b'] }, 2, 'give --datacenter', 'contact points apart'],
    [[], { tables: [] }, 1, 'no table yet', 'an empty cluster'],
    [['--username', 'weir'], {}, 2, 'belong together', 'half a log-in'],
    [[...products, '--tls-ca', 'not-there.pem'], {}, 2, notThere, 'a file that is not there'],
    [[...products, '--contact-point', 'a b'], {}, 2, '--contact-point must be host', 'no address'],
  ])('refuses %j with %j by %i: %s', async (more, changed, code, told) => {
    const directory = folder();
    const clusters = await stageShop(changed);
    const argv = forCluster(...more, '--out', join(directory, 'weir.yaml'));
    const { exitCode, stdout, stderr } = await runVerb(argv, { clusters });
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toContain(told);
    expect(readdirSync(directory)).toEqual([]);
    expect(clusters.left()).toBe(0);
  });

  it('fails with the reason when the cluster is not reached, and writes nothing', async () => {
    const out = join(folder(), 'weir.yaml');
    const clusters = stageClusters(openEmbeddedFixture().cluster, {
      unreachable: 'the credentials were refused',
    });
    expect(await runVerb(forCluster('--table', 'shop.products', '--out', out), { clusters })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'weir: the cluster was not reached: the credentials were refused\n',
    });
    expect(existsSync(out)).toBe(false);
  });
});
