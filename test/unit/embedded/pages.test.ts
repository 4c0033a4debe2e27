import { describe, expect, it } from 'vitest';
import { constantDelay } from '../../../src/adapters/embedded/delay.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { type ReplicaErrorName, replicaErrorNames } from '../../../src/core/errors.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { wholeRing } from '../../contract/cluster-job-probe.ts';
import { type EmbeddedRing, firstOf, keyCount, openEmbeddedRing } from './embedded-ring.ts';
import { endOf, readPage } from './ring-jobs.ts';

function rowsRead(ring: EmbeddedRing, nodes: readonly ClusterNode[]): number {
  return nodes.reduce((sum, node) => sum + ring.cluster.scans(node).localRows, 0);
}

/** The partition of one key, of which the node is an owner. */
function ownPartition(ring: EmbeddedRing) {
  const key = ring.key(1);
  return {
    area: { kind: 'partition', key } as const,
    owners: ring.owners(key),
    stranger: ring.stranger(key),
  };
}

describe('pages of an embedded node', () => {
  it('are read by itself where it is an owner', async () => {
    const ring = openEmbeddedRing();
    const { area, owners } = ownPartition(ring);
    const owner = firstOf(owners);
    const page = await readPage(ring, owner, { area });
    expect(page.rows).toEqual([['1', 1]]);
    expect(ring.cluster.scans(owner)).toEqual({ localRows: 1, coordinatorRows: 1, messages: 1 });
    expect(rowsRead(ring, ring.cluster.state().nodes)).toBe(1);
    expect(ring.cluster.reads(owner)).toEqual({ localReads: 0, coordinatorReads: 0 });
  });

  it('are read by an owner of its datacenter where it is none', async () => {
    const ring = openEmbeddedRing();
    const { area, owners, stranger } = ownPartition(ring);
    await readPage(ring, stranger, { area });
    expect(ring.cluster.scans(stranger)).toEqual({ localRows: 0, coordinatorRows: 1, messages: 1 });
    expect(rowsRead(ring, owners)).toBe(1);
  });

  it('are read by as many replicas as the consistency needs, row by row', async () => {
    const ring = openEmbeddedRing();
    const { nodes } = ring.cluster.state();
    const page = await readPage(ring, firstOf(nodes), { consistency: 'QUORUM' });
    expect(page.rows).toHaveLength(keyCount);
    expect(rowsRead(ring, nodes)).toBe(2 * keyCount);
  });

  it('cost their message and their rows', async () => {
    const serviceTime = { delay: constantDelay(2), perMessageMs: 1, perKeyMs: 50, perRowMs: 0.5 };
    const ring = openEmbeddedRing({
      datacenters: [
        { name: 'front', nodes: 1 },
        { name: 'back', nodes: 1 },
      ],
      serviceTime,
    });
    const asking = readPage(ring, firstOf(ring.cluster.state().nodes), { rows: 10 });
    expect(await endOf(ring, asking)).toMatchObject({ atMs: 8 });
  });

  it('are in the log of messages', async () => {
    const ring = openEmbeddedRing({ recordedMessages: 1 });
    const node = firstOf(ring.cluster.state().nodes);
    await readPage(ring, node, { rows: 10 });
    expect(ring.cluster.messages()).toEqual([
      { kind: 'page', atMs: 0, nodeId: node.id, keys: 10, consistency: 'LOCAL_ONE' },
    ]);
  });

  it('are unavailable where no owner of a row is up', async () => {
    const ring = openEmbeddedRing();
    const { owners, stranger, area } = ownPartition(ring);
    for (const owner of owners) ring.cluster.refuse(owner);
    expect((await endOf(ring, readPage(ring, stranger, { area }))).result).toBe('unavailable');
    expect((await endOf(ring, readPage(ring, stranger))).result).toBe('unavailable');
    const elsewhere = await endOf(ring, readPage(ring, stranger, { area, consistency: 'ONE' }));
    expect(elsewhere.result).toMatchObject({ rows: [['1', 1]] });
    const key = Array.from({ length: keyCount }, (_, number) => ring.key(number)).find((each) =>
      ring.owners(each).includes(stranger),
    );
    if (key === undefined) throw new Error('the node owns nothing');
    const own = await endOf(ring, readPage(ring, stranger, { area: { kind: 'partition', key } }));
    expect(own.result).toMatchObject({ rows: [[nodeText.fromUtf8(firstOf(key)), expect.any(Number)]] });
  });

  it('of an empty range ask an owner of its end', async () => {
    const ring = openEmbeddedRing();
    const { area, owners, stranger } = ownPartition(ring);
    const at = tokenOfKey(area.key);
    const range = { kind: 'range', after: { ...at, lo: at.lo - 1 }, upTo: { ...at, lo: at.lo - 1 } } as const;
    for (const owner of owners) ring.cluster.refuse(owner);
    expect((await endOf(ring, readPage(ring, stranger, { area: range }))).result).toBe('unavailable');
    for (const owner of owners) ring.cluster.accept(owner);
    expect((await endOf(ring, readPage(ring, stranger, { area: range }))).result).toMatchObject({ rows: [] });
  });

  it.each(replicaErrorNames.filter((name) => name !== 'client-timeout'))(
    'say %s when told to',
    async (kind) => {
      const ring = openEmbeddedRing();
      const node = firstOf(ring.cluster.state().nodes);
      ring.cluster.failNext(node, kind, 1);
      const results: (ReplicaErrorName | number)[] = [];
      for (let time = 0; time < 2; time += 1) {
        const { result } = await endOf(ring, readPage(ring, node));
        results.push(typeof result === 'string' ? result : result.rows.length);
      }
      expect(results).toEqual([kind, keyCount]);
    },
  );

  it('wait for a frozen node, lose their connection to one that refuses, and for an owner as long as the coordinator does', async () => {
    const ring = openEmbeddedRing({ readTimeoutMs: 200, serviceTime: { delay: constantDelay(5) } });
    const { area, owners, stranger } = ownPartition(ring);
    const owner = firstOf(owners);
    const underWay = endOf(ring, readPage(ring, owner, { area }));
    ring.cluster.refuse(owner);
    expect((await underWay).result).toBe('connection-lost');
    expect((await endOf(ring, readPage(ring, owner, { area }))).result).toBe('node-gone');
    ring.cluster.accept(owner);
    for (const each of owners) ring.cluster.freeze(each);
    expect((await endOf(ring, readPage(ring, owner, { area, timeoutMs: 50 }))).result).toBe('client-timeout');
    expect((await endOf(ring, readPage(ring, stranger, { area }))).result).toBe('read-timeout');
  });

  it.each([
    ['a state that is none', { pageState: new Uint8Array([9, 9, 9]) }],
    ['a state cut short', { pageState: new Uint8Array([1, 0, 0, 0, 9, 1]) }],
    ['no rows', { rows: 0 }],
    [
      'a key of two components where the table has one',
      { area: { kind: 'partition', key: [new Uint8Array(1), new Uint8Array(1)] } },
    ],
  ] as const)('are rejected for %s', async (_what, asking) => {
    const ring = openEmbeddedRing();
    const node = firstOf(ring.cluster.state().nodes);
    expect((await endOf(ring, readPage(ring, node, asking))).result).toBe('rejected');
  });

  it('are rejected for an area of another kind than the statement has', async () => {
    const ring = openEmbeddedRing();
    const node = firstOf(ring.cluster.state().nodes);
    const { table } = ring.statement;
    const statement = { table, columns: [], area: 'partition' } as const;
    const page = {
      node,
      statement,
      area: wholeRing,
      pageState: undefined,
      rows: 1,
      timeoutMs: 1_000,
    } as const;
    const asking = ring.cluster.readPage({ ...page, consistency: 'LOCAL_ONE' });
    expect((await endOf(ring, asking)).result).toBe('rejected');
  });

  it('go on where rows came and went in the meantime: what was there all the time comes once', async () => {
    const ring = openEmbeddedRing();
    const node = firstOf(ring.cluster.state().nodes);
    const found: string[] = [];
    let pageState: Uint8Array | undefined;
    let added = keyCount;
    do {
      const page = await readPage(ring, node, { rows: 7, pageState });
      found.push(...page.rows.map(([key]) => `${key}`));
      pageState = page.pageState;
      for (const end = added + 5; added < end; added += 1)
        ring.cluster.insert('shop', 'items', [
          ['k', `${added}`],
          ['v', added],
        ]);
    } while (pageState !== undefined);
    expect(found.length).toBeGreaterThan(keyCount);
    expect(new Set(found).size).toBe(found.length);
    const tokens = found.map((name) => BigInt(tokenOfKey(ring.key(name)).hi));
    expect(tokens.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(tokens);
    const expected = Array.from({ length: keyCount }, (_, number) => `${number}`);
    expect(expected.filter((name) => !found.includes(name))).toEqual([]);
  });
});
