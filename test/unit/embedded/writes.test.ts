import { describe, expect, it } from 'vitest';
import { constantDelay } from '../../../src/adapters/embedded/delay.ts';
import { replicaErrorNames } from '../../../src/core/errors.ts';
import type { Consistency, RowChange } from '../../../src/core/ports.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { type EmbeddedRing, firstOf, openEmbeddedRing } from './embedded-ring.ts';
import { endOf, upsert, valueAt, write } from './ring-jobs.ts';

function rowsWritten(ring: EmbeddedRing, nodes: readonly ClusterNode[]): readonly number[] {
  return nodes.map((node) => ring.cluster.writes(node).localRows);
}

describe('writes of an embedded node', () => {
  it('go to every replica of every datacenter, through the node that was asked', async () => {
    const ring = openEmbeddedRing();
    const key = ring.key(1);
    const node = ring.stranger(key);
    await ring.clock.runUntil(write(ring, node, [upsert(ring, key, 10, 1n)]));
    expect(ring.cluster.writes(node)).toEqual({ localRows: 0, coordinatorRows: 1, messages: 1 });
    expect(rowsWritten(ring, [...ring.owners(key), ...ring.owners(key, 'back')])).toEqual([1, 1, 1]);
    expect(await valueAt(ring, firstOf(ring.owners(key)), key)).toBe(10);
    expect(await valueAt(ring, firstOf(ring.owners(key, 'back')), key)).toBe(10);
  });

  it('leave no timer behind when they are answered', async () => {
    const ring = openEmbeddedRing();
    const key = ring.key(1);
    await write(ring, firstOf(ring.owners(key)), [upsert(ring, key, 10, 1n)]);
    await write(ring, ring.stranger(key), [upsert(ring, key, 11, 2n)]);
    expect(ring.clock.pending()).toBe(0);
  });

  it('count each row of a message', async () => {
    const ring = openEmbeddedRing({ recordedMessages: 1 });
    const owner = firstOf(ring.owners(ring.key(1)));
    const own = [1, 2, 3, 4, 5, 6].map(ring.key).filter((key) => ring.owners(key).includes(owner));
    await write(
      ring,
      owner,
      own.map((key) => upsert(ring, key, 10, 1n)),
    );
    expect(own.length).toBeGreaterThan(1);
    const rows = own.length;
    expect(ring.cluster.writes(owner)).toEqual({ localRows: rows, coordinatorRows: rows, messages: 1 });
    expect(ring.cluster.messages()).toMatchObject([{ kind: 'write', keys: rows, nodeId: owner.id }]);
  });

  it('cost their message and their rows, at the coordinator and behind it', async () => {
    const serviceTime = { delay: constantDelay(2), perKeyMs: 1, perRowMs: 50 };
    const ring = openEmbeddedRing({ serviceTime });
    const key = ring.key(1);
    const change = upsert(ring, key, 10, 1n);
    const owner = firstOf(ring.owners(key));
    expect((await endOf(ring, write(ring, owner, [change]))).atMs).toBe(3);
    expect((await endOf(ring, write(ring, ring.stranger(key), [change]))).atMs).toBe(3 + 5);
  });

  it.each<[Consistency, number, string]>([
    ['LOCAL_ONE', 0, 'one of two here is left'],
    ['ONE', 0, 'any one'],
    ['TWO', 0, 'of three two are left'],
    ['QUORUM', 0, 'of three two are left'],
    ['LOCAL_QUORUM', 200, 'both here are needed'],
    ['ALL', 200, 'all three are needed'],
    ['THREE', 200, 'all three are needed'],
  ])('at %s with one frozen replica are answered after %i ms: %s', async (consistency, atMs) => {
    const ring = openEmbeddedRing({ readTimeoutMs: 200 });
    const [left, frozen] = ring.owners(ring.key(1));
    if (left === undefined || frozen === undefined) throw new Error('the key needs two owners');
    ring.cluster.freeze(frozen);
    const asking = write(ring, left, [upsert(ring, ring.key(1), 10, 1n)], { consistency });
    expect(await endOf(ring, asking)).toEqual({ result: atMs === 0 ? undefined : 'write-timeout', atMs });
    // One truth: what a replica has taken is written, whatever the answer was.
    expect(await valueAt(ring, left, ring.key(1))).toBe(10);
  });

  it.each<[Consistency, 'unavailable' | undefined]>([
    ['LOCAL_ONE', undefined],
    ['QUORUM', undefined],
    ['LOCAL_QUORUM', 'unavailable'],
    ['ALL', 'unavailable'],
  ])('at %s with one replica down end with %s, and write nothing then', async (consistency, result) => {
    const ring = openEmbeddedRing();
    const [left, down] = ring.owners(ring.key(1));
    if (left === undefined || down === undefined) throw new Error('the key needs two owners');
    ring.cluster.refuse(down);
    const asking = write(ring, left, [upsert(ring, ring.key(1), 10, 1n)], { consistency });
    expect((await endOf(ring, asking)).result).toBe(result);
    expect(await valueAt(ring, left, ring.key(1))).toBe(result === undefined ? 10 : 1);
  });

  it.each(replicaErrorNames)('that fail with %s as told write nothing', async (kind) => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    ring.cluster.failNext(owner, kind, 1);
    const asking = write(ring, owner, [upsert(ring, ring.key(1), 10, 1n)], { timeoutMs: 100 });
    expect((await endOf(ring, asking)).result).toBe(kind);
    expect(await valueAt(ring, owner, ring.key(1))).toBe(1);
    await ring.clock.runUntil(write(ring, owner, [upsert(ring, ring.key(1), 11, 1n)]));
    expect(await valueAt(ring, owner, ring.key(1))).toBe(11);
  });

  it('that time out at a frozen node are written when it thaws', async () => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    ring.cluster.freeze(owner);
    const asking = write(ring, owner, [upsert(ring, ring.key(1), 10, 1n)], { timeoutMs: 100 });
    expect((await endOf(ring, asking)).result).toBe('client-timeout');
    ring.cluster.thaw(owner);
    expect(await valueAt(ring, owner, ring.key(1))).toBe(10);
  });

  it.each<[string, (change: RowChange) => readonly RowChange[]]>([
    ['no change', () => []],
    ['an empty key', (change) => [{ ...change, key: [new Uint8Array()] }]],
    ['a key without its components', (change) => [{ ...change, key: [] }]],
    ['bytes that are not of the type', (change) => [change, { ...change, cells: [new Uint8Array(3)] }]],
    ['a column of the key', (change) => [keyAmongCells(change)]],
  ])('are rejected as a whole for %s', async (_what, spoil) => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    const asking = write(ring, owner, spoil(upsert(ring, ring.key(1), 10, 1n)));
    expect((await endOf(ring, asking)).result).toBe('rejected');
    expect(await valueAt(ring, owner, ring.key(1))).toBe(1);
  });

  it('are older than a row that is put in behind them, whatever their timestamps', async () => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    await write(ring, owner, [upsert(ring, ring.key(1), null, 2n ** 62n)]);
    expect(await valueAt(ring, owner, ring.key(1))).toBeNull();
    ring.cluster.insert('shop', 'items', [
      ['k', '1'],
      ['v', 5],
    ]);
    expect(await valueAt(ring, owner, ring.key(1))).toBe(5);
  });

  it('with the oldest timestamp that there is are newer than what was put in before', async () => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    await write(ring, owner, [upsert(ring, ring.key(1), 10, -(2n ** 63n))]);
    expect(await valueAt(ring, owner, ring.key(1))).toBe(10);
  });
});

function keyAmongCells(change: RowChange): RowChange {
  const { statement, key } = change;
  return { ...change, statement: { ...statement, columns: statement.keyColumns }, cells: key };
}
