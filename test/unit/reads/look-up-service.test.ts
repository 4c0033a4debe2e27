import { describe, expect, it } from 'vitest';
import { ReplicaError, type ReplicaErrorName } from '../../../src/core/errors.ts';
import type { ReplicaRead, ReplicaRow } from '../../../src/core/ports.ts';
import { echoRow, makeTable, products } from '../../support/scripted-cluster.ts';
import { openScriptedReads, refusalOf } from '../../support/scripted-reads.ts';

const orders = makeTable('orders', ['customer'], ['day'], ['note', 'total']);
const statusOf = (result: { status: string }) => result.status;

/** As a partition with the days 1 to 3, and as a whole key. */
async function threeDays(read: ReplicaRead): Promise<readonly ReplicaRow[]> {
  return read.keys.flatMap((key) => {
    const rows = Array.from({ length: read.statement.rowsPerPartition ?? 1 }, () => echoRow(read, key));
    return read.statement.rowsPerPartition === undefined ? rows : rows.slice(0, 3);
  });
}

describe('a look-up with whole keys and partition keys', () => {
  const partition = { customer: 'ann' };
  const whole = { customer: 'ann', day: 'd1' };

  it('answers each key by its own form, in order, and reads doubles once', async () => {
    const { ask, cluster } = openScriptedReads([orders]);
    cluster.answer = threeDays;
    const body = { keys: [whole, partition, whole, partition], columns: ['total'], limitPerKey: 2 };
    const { json } = await ask('orders', body);
    const one = { status: 'found', rows: [{ total: 'ann|d1' }] };
    const many = { status: 'found', rows: [{ total: 'ann' }, { total: 'ann' }], truncated: true };
    expect(json.results).toEqual([one, many, one, many]);
    const asked = cluster.sent.map(({ statement, keys }) => [statement.keyColumns.length, keys.length]);
    expect(asked.toSorted()).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it('reports both as one', async () => {
    const { ask, cluster, events } = openScriptedReads([orders]);
    cluster.answer = threeDays;
    const { json } = await ask('orders', { keys: [partition, whole] }, { debug: true });
    expect(json.meta).toMatchObject({ groups: 2, groupKeys: [1, 1], retried: 0, datacenter: 'front' });
    expect(events).toEqual([
      {
        application: 'storefront',
        className: 'frontend',
        cassandraMs: 0,
        clusterFailed: false,
        keyspace: 'shop',
        table: 'orders',
        keys: 2,
        found: 2,
        missing: 0,
        error: 0,
        unprocessed: 0,
        groups: [1, 1],
      },
    ]);
  });

  it('ends both at the one deadline', async () => {
    const { ask, cluster, clock } = openScriptedReads([orders]);
    cluster.answer = () => new Promise(() => {});
    const pending = ask('orders', { keys: [partition, whole] });
    await clock.advance(1_000);
    const { problem, json } = await pending;
    expect(problem).toBe('deadline-exceeded');
    expect(json.results.map(statusOf)).toEqual(['error', 'error']);
  });

  it('keeps no more rows of both together than one answer may have', async () => {
    const { ask, cluster, clock } = openScriptedReads([orders], { bounds: { answerBytes: 400 } });
    cluster.answer = async (read) => {
      // The whole key comes last.
      if (read.statement.keyColumns.length === 2)
        await new Promise<void>((resolve) => clock.after(5, resolve));
      const long = 'x'.repeat(250);
      return read.keys.map((key) => ({ key, values: read.statement.columns.map(() => long) }));
    };
    const pending = ask('orders', { keys: [whole, partition], columns: ['total'] });
    await clock.advance(10);
    const { json } = await pending;
    expect(json.results).toMatchObject([{ status: 'unprocessed', reason: 'size' }, { status: 'found' }]);
  });

  it('is refused as a whole when it is strict and one of them failed', async () => {
    const { ask, cluster } = openScriptedReads([orders]);
    cluster.answer = (read) =>
      read.statement.keyColumns.length === 2 ? Promise.reject(new ReplicaError('rejected')) : threeDays(read);
    const body = { keys: [partition, whole] };
    expect((await ask('orders', body)).problem).toBeUndefined();
    const { problem, json } = await ask('orders', body, { strict: true });
    expect(problem).toBe('replica-rejected');
    expect(json.results).toMatchObject([
      { status: 'found', rows: [] },
      { status: 'error', rows: [] },
    ]);
  });
});

describe('a strict look-up', () => {
  it('sends nothing where there is not room for all of it', async () => {
    const { ask, cluster } = openScriptedReads([products], { bounds: { keysInFlight: 2 } });
    const body = { keys: ['a', 'b', 'c'] };
    const { problem, json } = await ask('products', body, { strict: true });
    expect(problem).toBe('overload');
    expect(json.summary.unprocessed).toBe(3);
    expect(cluster.sent).toEqual([]);
    expect((await ask('products', body)).json.summary).toMatchObject({ found: 2, unprocessed: 1 });
  });

  it('is answered like any other where every key is found or missing', async () => {
    const { ask, cluster } = openScriptedReads([products]);
    cluster.answer = async (read) => read.keys.slice(1).map((key) => echoRow(read, key));
    const body = { keys: ['a', 'b', 'c'] };
    const strict = await ask('products', body, { strict: true });
    expect(strict.problem).toBeUndefined();
    expect(strict.json.summary.missing).toBeGreaterThan(0);
  });
});

describe('the account of a look-up', () => {
  it('counts keys as asked, and the time from the first message to the last outcome', async () => {
    const { cluster, clock, ...reads } = openScriptedReads([products]);
    cluster.answer = (read) =>
      new Promise((resolve) => clock.after(12, () => resolve([echoRow(read, read.keys[0] ?? [])])));
    const keys = ['sku-1', 'sku-1'];
    const pending = reads.lookUp({ ...reads.call('products'), body: { keys }, strict: false, debug: false });
    await clock.advance(20);
    expect((await pending).account).toEqual({
      keys: 2,
      groups: 1,
      hedges: 0,
      cacheHits: 0,
      joined: 0,
      found: 2,
      missing: 0,
      error: 0,
      unprocessed: 0,
      cassandraMs: 12,
      cache: undefined,
    });
  });

  it('has no time where nothing was sent', async () => {
    const { lookUp, call, cluster } = openScriptedReads([products]);
    for (const { id } of cluster.state().nodes) cluster.down.add(id);
    const { account } = await lookUp({
      ...call('products'),
      body: { keys: ['sku-1'] },
      strict: false,
      debug: false,
    });
    expect(account).toMatchObject({ groups: 0, error: 1, cassandraMs: 0 });
  });

  it.each<[ReplicaErrorName, boolean]>([
    ['read-timeout', true],
    ['overloaded', true],
    ['unavailable', true],
    ['read-failure', true],
    ['connection-lost', true],
    ['node-gone', true],
    ['rejected', false],
  ])('tells a key that the cluster failed from one that it answered: %s', async (kind, clusterFailed) => {
    const { ask, cluster, events } = openScriptedReads([products]);
    await ask('products', { keys: ['a', 'b'] });
    cluster.answer = (read) =>
      read.keys.length > 1 ? Promise.resolve([]) : Promise.reject(new ReplicaError(kind));
    await ask('products', { keys: ['a'] });
    expect(events).toMatchObject([
      { error: 0, clusterFailed: false },
      { error: 1, clusterFailed },
    ]);
  });

  it('tells that the deadline cut it, and that what is served is stale since the cluster failed', async () => {
    const cache = { ttlMs: 1_000, missingTtlMs: 1_000, staleIfErrorMs: 60_000 };
    const { ask, cluster, clock, events } = openScriptedReads([products], { settings: { cache } });
    await ask('products', { keys: ['a'] });
    await clock.advance(2_000);
    cluster.answer = () => Promise.reject(new ReplicaError('node-gone'));
    await ask('products', { keys: ['a'] });
    cluster.answer = () => new Promise(() => {});
    const cut = ask('products', { keys: ['b'] });
    await clock.advance(1_050);
    await cut;
    expect(events).toMatchObject([
      { found: 1, clusterFailed: false },
      { found: 1, error: 0, clusterFailed: true },
      { error: 1, clusterFailed: true },
    ]);
  });

  it('passes the trace context on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { ask, cluster } = openScriptedReads([products]);
    await ask('products', { keys: ['sku-1'] }, { traceparent });
    expect(cluster.sent.map((message) => message.traceparent)).toEqual([traceparent]);
  });
});

describe('a look-up by an application with granted columns', () => {
  it('shows them and no other, the key neither', async () => {
    const { ask } = openScriptedReads([orders], { columns: ['total', 'gone'] });
    const { json } = await ask('orders', { keys: [{ customer: 'ann', day: 'd1' }] });
    expect(json.results).toEqual([{ status: 'found', rows: [{ total: 'ann|d1' }] }]);
    expect(json).not.toHaveProperty('warnings');
  });

  it.each([
    ['note', 'a column that is there and not granted'],
    ['customer', 'a column of the key that is not granted'],
    ['gone', 'a column that is granted and not there'],
    ['nowhere', 'a column that is neither'],
  ])('answers %s as unknown, all alike: %s', async (name, _why) => {
    const { ask } = openScriptedReads([orders], { columns: ['total', 'gone'] });
    const refusal = await refusalOf(ask('orders', { keys: [{ customer: 'ann' }], columns: ['total', name] }));
    expect(refusal).toMatchObject({ slug: 'impossible', detail: 'not every column can be read' });
    expect(refusal.faults).toEqual([{ pointer: '/columns/1', detail: 'unknown column' }]);
  });

  it('answers empty objects where nothing granted is there, and says why', async () => {
    const { ask } = openScriptedReads([orders], { columns: ['gone'] });
    const { json } = await ask('orders', { keys: [{ customer: 'ann', day: 'd1' }] });
    expect(json.results).toEqual([{ status: 'found', rows: [{}] }]);
    expect(json.warnings).toHaveLength(1);
  });

  it('does not name columns that are left out for their type', async () => {
    const secret = {
      name: 'secret',
      kind: 'regular',
      type: { kind: 'unsupported', name: 'x' },
      cqlType: 'x',
    } as const;
    const table = { ...orders, columns: [...orders.columns, secret] };
    const keys = [{ customer: 'ann', day: 'd1' }];
    const told = await openScriptedReads([table]).ask('orders', { keys });
    expect(told.json.warnings).toEqual(['column secret is left out: its type x is not supported']);
    const untold = await openScriptedReads([table], { columns: ['total'] }).ask('orders', { keys });
    expect(JSON.stringify(untold.json)).not.toContain('secret');
  });
});

describe('access to a table', () => {
  it.each([
    [['write'], 'orders', 'operation-not-granted', 'another operation is granted'],
    [[], 'orders', 'not-found', 'a grant of nothing'],
    [['read'], 'nowhere', 'not-found', 'no grant at all'],
  ] as const)('with %j on %s ends in %s: %s', async (operations, table, slug, _why) => {
    const { ask } = openScriptedReads([orders], { operations });
    expect((await refusalOf(ask(table, { keys: ['a'] }))).slug).toBe(slug);
  });

  it('does not tell a table that is gone from one that is not granted', async () => {
    const { ask, cluster } = openScriptedReads([orders]);
    const hidden = await refusalOf(ask('nowhere', { keys: ['a'] }));
    cluster.table = async () => undefined;
    const gone = await refusalOf(ask('orders', { keys: ['a'] }));
    expect([gone.slug, gone.detail]).toEqual([hidden.slug, hidden.detail]);
  });

  it.each([
    [() => Promise.reject(new ReplicaError('node-gone')), 'not-ready', 'the schema cannot be read'],
    [() => new Promise<undefined>(() => {}), 'deadline-exceeded', 'the schema does not come'],
  ])('waits for the schema no longer than the deadline: %#', async (answer, slug, _why) => {
    const { ask, cluster, clock } = openScriptedReads([orders]);
    cluster.table = answer;
    const refusal = refusalOf(ask('orders', { keys: ['a'] }));
    await clock.advance(1_000);
    expect((await refusal).slug).toBe(slug);
  });
});
