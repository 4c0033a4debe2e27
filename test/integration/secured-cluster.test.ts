import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import {
  type CassandraCluster,
  type CassandraClusterOptions,
  type CassandraEvent,
  createCassandraCluster,
} from '../../src/adapters/cassandra/cassandra-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import type { RunningNode } from '../../topology/launcher/provider.ts';
import { lookUp } from '../support/look-up-client.ts';
import { describeWithCluster } from '../support/real-cluster.ts';
import { startWeirWith } from '../support/running-weir.ts';
import { type SecuredCluster, startSecuredCluster } from '../support/secured-cluster.ts';

const east = 'us-east-1-frontend';
const west = 'us-west-2-frontend';
const patience = { timeout: 30_000, interval: 50 };

describeWithCluster('a cluster with TLS, passwords and addresses of its own', () => {
  let secured: SecuredCluster;
  let adapter: CassandraCluster | undefined;
  let events: CassandraEvent[];

  beforeAll(async () => {
    secured = await startSecuredCluster();
  });
  afterEach(async () => {
    await adapter?.close();
    adapter = undefined;
  });
  afterAll(() => secured?.cluster.stop());

  const open = (change: Partial<CassandraClusterOptions> = {}): CassandraCluster => {
    events = [];
    adapter = createCassandraCluster({
      contactPoints: [secured.near.address],
      localDatacenter: east,
      datacenters: [east],
      credentials: secured.login,
      tls: { ca: secured.ca, verify: true },
      translate: secured.translate,
      clock: systemClock,
      text: nodeText,
      refreshIntervalMs: 200,
      onEvent: (event) => events.push(event),
      ...change,
    });
    return adapter;
  };
  const whenReady = (cluster: CassandraCluster) =>
    vi.waitFor(() => expect(cluster.ready()).toEqual({ ready: true, reason: '' }), patience);
  const endpoint = (node: RunningNode): string => `${node.address}:${node.port}`;
  const readFrom = async (cluster: CassandraCluster, from: RunningNode) => {
    const table = await cluster.table('shop', 'products');
    const node = cluster.state().nodes.find((each) => each.address === endpoint(from));
    if (table === undefined || node === undefined) throw new Error('the table and the node are known');
    const rows = await cluster.read({
      node,
      statement: { table, keyColumns: table.partitionKey, columns: table.columns },
      keys: [[nodeText.utf8('a')]],
      consistency: 'LOCAL_ONE',
      timeoutMs: 5_000,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    return rows.length;
  };

  it.each([
    ['by the address of the node', () => ({ ca: secured.ca, verify: true })],
    ['by a name', () => ({ ca: secured.ca, verify: true, serverName: secured.serverName })],
    ['by nobody, when told so', () => ({ verify: false })],
  ])('is read from over TLS, verified %s', async (_, tls) => {
    const cluster = open({ tls: tls() });
    await whenReady(cluster);
    expect(await readFrom(cluster, secured.near)).toBe(1);
  });

  const another = async () => {
    const authority = await generate([], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'basicConstraints', cA: true }],
    });
    return { tls: { ca: authority.cert, verify: true } };
  };
  it.each<
    [string, () => Partial<CassandraClusterOptions> | Promise<Partial<CassandraClusterOptions>>, RegExp]
  >([
    ['another authority', another, /certificate .* was not signed by a trusted authority/],
    [
      'another name',
      () => ({ tls: { ca: secured.ca, verify: true, serverName: 'another.test' } }),
      /certificate .* bears neither/,
    ],
    [
      'a wrong password',
      () => ({ credentials: { ...secured.login, password: 'hunter2' } }),
      /^the credentials were refused$/,
    ],
    [
      'a wrong user',
      () => ({ credentials: { username: 'nobody', password: 'hunter2' } }),
      /^the credentials/,
    ],
  ])('tells %s in words, tries again, and leaves no connection', async (_, change, reason) => {
    const cluster = open(await change());
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(3), patience);
    expect(events.every(({ kind }) => kind === 'connect-failed')).toBe(true);
    expect(cluster.ready()).toEqual({ ready: false, reason: expect.stringMatching(reason) });
    expect(JSON.stringify([cluster.ready(), events])).not.toMatch(/hunter2|nobody|127\.0|another\.test/);
    await cluster.close();
    await vi.waitFor(async () => expect(await secured.connections(secured.near)).toBe(0), patience);
  });

  it.each([
    ['a password', { credentials: undefined }, 'the cluster asks for credentials'],
    ['TLS', { tls: undefined }, 'a contact point hung up; it may speak only TLS'],
  ])('tells that it wants %s', async (_, lacking, reason) => {
    const { credentials, tls, ...rest } = {
      credentials: secured.login,
      tls: { ca: secured.ca, verify: true },
      ...lacking,
    };
    events = [];
    adapter = createCassandraCluster({
      ...rest,
      contactPoints: [secured.near.address],
      localDatacenter: east,
      datacenters: [east],
      clock: systemClock,
      text: nodeText,
      onEvent: (event) => events.push(event),
      ...(credentials && { credentials }),
      ...(tls && { tls }),
    });
    const cluster = adapter;
    await vi.waitFor(() => expect(cluster.ready().reason).toBe(reason), patience);
  });

  it('is reached where the translation leads, not where the nodes say they are', async () => {
    const asked: string[] = [];
    const cluster = open({
      datacenters: [east, west],
      translate: (address) => {
        asked.push(address);
        return secured.translate(address);
      },
    });
    await whenReady(cluster);
    expect(asked).toContain(secured.announced(secured.far));
    expect(
      cluster
        .state()
        .nodes.map(({ address }) => address)
        .toSorted(),
    ).toEqual([endpoint(secured.near), endpoint(secured.far)]);
    expect(await readFrom(cluster, secured.far)).toBe(1);
  });

  it('takes another translation at run time, and is read from all the while', async () => {
    const cluster = open({ datacenters: [east, west], translate: (address) => address });
    await whenReady(cluster);
    const lost = `${secured.announced(secured.far)}:9042`;
    expect(cluster.state().nodes.map(({ address }) => address)).toContain(lost);
    cluster.useTranslation(secured.translate);
    await vi.waitFor(async () => {
      expect(await readFrom(cluster, secured.near)).toBe(1);
      expect(cluster.state().nodes.map(({ address }) => address)).toContain(endpoint(secured.far));
    }, patience);
    expect(await readFrom(cluster, secured.far)).toBe(1);
    expect(await readFrom(cluster, secured.near)).toBe(1);
  });

  it('keeps its connections when another translation leads nowhere else', async () => {
    const cluster = open({ datacenters: [east, west] });
    await whenReady(cluster);
    cluster.useTranslation((address) => secured.translate(address));
    cluster.useDatacenters([west, east]);
    expect(await readFrom(cluster, secured.far)).toBe(1);
    expect(events.filter(({ kind }) => kind === 'connected')).toHaveLength(1);
  });

  it('has connections in the datacenters that are read from, after a change too, and in no others', async () => {
    const cluster = open();
    await whenReady(cluster);
    expect(await secured.connections(secured.far)).toBe(0);
    await expect(readFrom(cluster, secured.far)).rejects.toMatchObject({ kind: 'node-gone' });

    cluster.useDatacenters([east, west]);
    await vi.waitFor(async () => expect(await readFrom(cluster, secured.far)).toBe(1), patience);
    expect(await readFrom(cluster, secured.near)).toBe(1);

    cluster.useDatacenters([east]);
    await vi.waitFor(
      () => expect(readFrom(cluster, secured.far)).rejects.toMatchObject({ kind: 'node-gone' }),
      patience,
    );
    expect(await readFrom(cluster, secured.near)).toBe(1);
    // The connections of before go when no request can be under way on them any more.
    await vi.waitFor(async () => expect(await secured.connections(secured.far)).toBe(0), patience);
    expect(await secured.connections(secured.near)).toBe(1);
  });

  it('answers what is under way when the datacenters change', async () => {
    const cluster = open({ datacenters: [east, west] });
    await whenReady(cluster);
    const reads = Array.from({ length: 200 }, () => readFrom(cluster, secured.far));
    cluster.useDatacenters([east]);
    expect(await Promise.all(reads)).toEqual(reads.map(() => 1));
  });

  it('serves look-ups with a password, an authority and a topology from files', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weir-secured-'));
    const fileOf = (name: string, content: string): string => {
      writeFileSync(path.join(folder, name), content);
      return path.join(folder, name);
    };
    const { near, far, ca, login } = secured;
    // The near node is reached at its private address; the far one, announcing that, at its public one.
    const topology = `
      ${secured.announced(near)}=${east}:us-east-1a:${near.address}
      ${far.address}=${west}:us-west-2a:${secured.announced(far)}`;
    const weir = await startWeirWith({
      data: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 0 },
      auth: 'trusted',
      cassandra: {
        contactPoints: [near.address],
        datacenter: east,
        username: login.username,
        passwordFile: fileOf('password', `${login.password}\n`),
        tls: { caFile: fileOf('ca.pem', ca) },
        topologyFile: fileOf('nodes.topology', topology),
      },
      classes: { frontend: { datacenters: [east] }, backend: { datacenters: [west] } },
      applications: {
        storefront: { class: 'frontend', tables: { 'shop.products': ['read'] } },
        report: { class: 'backend', tables: { 'shop.products': ['read'] } },
      },
    });
    try {
      await vi.waitFor(
        async () =>
          expect(await (await fetch(`${weir.dataUrl}/readyz?verbose`)).json()).toMatchObject({ ready: true }),
        patience,
      );
      for (const [application, datacenter] of [
        ['storefront', east],
        ['report', west],
      ] as const) {
        const reply = await lookUp(weir.dataUrl, application, 'shop/products', { keys: ['a'] });
        expect(reply.status, JSON.stringify(reply)).toBe(200);
        expect(reply.results.map(({ rows }) => rows)).toEqual([[{ sku: 'a', title: 'Lamp' }]]);
        expect(reply.meta.datacenter).toBe(datacenter);
      }
    } finally {
      await weir.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses to be read from nowhere', async () => {
    const cluster = open();
    expect(() => cluster.useDatacenters([])).toThrow(RangeError);
  });
});
