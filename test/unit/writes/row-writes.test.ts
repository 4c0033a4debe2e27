import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import { makeState } from '../../support/rings.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';
import { endWrites, keyText, openScriptedWrites, productRows, skus } from '../../support/scripted-writes.ts';

const statuses = (json: { results: { status: string }[] }) => json.results.map(({ status }) => status);
const timeout = { type: '/problems/replica-timeout', retryable: true };

describe('rows on their way to their owners', () => {
  it('are a message each, to an owner each, spread over all nodes', async () => {
    const { write, sent, rings } = openScriptedWrites([products]);
    const { json } = await write('products', productRows(...skus(60)));
    expect(json.summary).toEqual({ written: 60, error: 0, unprocessed: 0 });
    expect(sent.map(({ changes }) => changes.length)).toEqual(Array(60).fill(1));
    const ring = rings.ring('shop');
    const perNode = new Map<string, number>();
    for (const { node, changes } of sent) {
      const [change] = changes;
      const owners = ring?.owners(tokenOfKey(change?.key ?? []), 'front') ?? [];
      expect(owners).toContain(node);
      perNode.set(node.id, (perNode.get(node.id) ?? 0) + 1);
    }
    expect(perNode.size).toBe(6);
    expect(Math.max(...perNode.values())).toBeLessThanOrEqual(13);
  });

  it('go by their partition key, whatever else they name', async () => {
    const orders = makeTable('orders', ['customer'], ['day'], ['note'], ['region']);
    const { write, sent, rings } = openScriptedWrites([orders]);
    const rows = [
      { values: { customer: 'ann', day: 'd', note: 'x' } },
      { values: { customer: 'ann', region: 'north' } },
      { delete: { customer: 'ann', day: 'e' } },
      { deletePartition: { customer: 'ann' } },
    ];
    await write('orders', { rows });
    const owners = rings.ring('shop')?.owners(tokenOfKey([nodeText.utf8('ann')]), 'front');
    for (const { node } of sent) expect(owners).toContain(node);
    expect(sent.map(({ changes }) => changes[0]?.statement.kind).toSorted()).toEqual([
      'delete-partition',
      'delete-row',
      'upsert',
      'upsert',
    ]);
  });

  it('are at most 16 under way to a node, and go on as they end', async () => {
    const state = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, datacenter: 'front' }]);
    const scene = openScriptedWrites([products], { state });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => ['ok', 10]);
    const pending = write('products', productRows(...skus(40)));
    await clock.advance(5);
    expect(sent).toHaveLength(16);
    await clock.advance(10);
    expect(sent).toHaveLength(32);
    expect((await clock.runUntil(pending)).json.summary.written).toBe(40);
    expect(sent).toHaveLength(40);
  });

  it('take part in the room of all: what finds none is not sent, unless some of them will end', async () => {
    const state = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, datacenter: 'front' }]);
    const scene = openScriptedWrites([products], { state, bounds: { inFlightPerHost: 3 } });
    const { write, sent, clock, inFlight } = scene;
    scene.respond = endWrites(clock, () => ['ok', 10]);
    const first = write('products', productRows(...skus(5)));
    await clock.advance(1);
    expect(sent).toHaveLength(3);
    const { problem, json } = await write('products', productRows('x', 'y'));
    expect(problem).toBe('overload');
    expect(json.results).toEqual(Array(2).fill({ status: 'unprocessed', reason: 'overload' }));
    expect((await clock.runUntil(first)).json.summary.written).toBe(5);
    expect(inFlight.messages().size).toBe(0);
  });

  it('go to any node that is up where nobody knows the owners', async () => {
    const state = { ...makeState([{ nodes: 3, racks: 1, replicationFactor: 3, datacenter: 'front' }]) };
    const other = { ...state, keyspaces: new Map([['shop', { strategy: 'other', name: 'Odd' } as const]]) };
    const { write, cluster, sent } = openScriptedWrites([products], { state: other });
    cluster.down.add('front-0');
    const { json } = await write('products', productRows(...skus(10)));
    expect(json.summary.written).toBe(10);
    expect(sent).toHaveLength(10);
    for (const { node } of sent) expect(node.id).not.toBe('front-0');
  });

  it('have no replica where all owners are down', async () => {
    const { write, cluster, sent } = openScriptedWrites([products]);
    for (const { id } of cluster.state().nodes) cluster.down.add(id);
    const { problem, json } = await write('products', productRows('a'));
    expect(problem).toBe('no-replica');
    expect(json.results).toMatchObject([{ status: 'error', error: { type: '/problems/no-replica' } }]);
    expect(sent).toEqual([]);
  });
});

describe('rows in batches by owner', () => {
  const settings = { writeGrouping: 'owner' } as const;

  it('share few messages, of at most 32 rows, each to an owner of all of them', async () => {
    const { write, sent, rings } = openScriptedWrites([products], { settings });
    const { json } = await write('products', productRows(...skus(300)));
    expect(json.summary.written).toBe(300);
    const sizes = sent.map(({ changes }) => changes.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(300);
    expect(sent.length).toBeLessThanOrEqual(14);
    const ring = rings.ring('shop');
    for (const { node, changes } of sent) {
      for (const { key } of changes) expect(ring?.owners(tokenOfKey(key), 'front')).toContain(node);
    }
  });

  it('are no batch of more than about 16 KiB; a row that has more goes alone', async () => {
    const { write, sent } = openScriptedWrites([products], { settings });
    const row = (sku: string, length: number) => ({ values: { sku, title: 'x'.repeat(length) } });
    const rows = [row('huge', 40_000), ...skus(20).map((sku) => row(sku, 5_000))];
    const { json } = await write('products', { rows });
    expect(json.summary.written).toBe(21);
    for (const { changes } of sent) {
      const bytes = changes.reduce((sum, { cells }) => sum + (cells[0]?.length ?? 0), 0);
      expect(bytes > 16_384 ? changes.length : 1).toBe(1);
    }
    expect(sent.some(({ changes }) => changes.length === 3)).toBe(true);
  });

  it('are tried again together, and settled together', async () => {
    const scene = openScriptedWrites([products], { settings });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => (sent.length === 1 ? ['write-timeout'] : ['ok']));
    const { json, account } = await clock.runUntil(write('products', productRows('a', 'b', 'c')));
    expect(json.summary.written).toBe(3);
    expect(account.retries).toBeGreaterThan(0);
    const rowsSent = sent.reduce((sum, { changes }) => sum + changes.length, 0);
    expect(rowsSent).toBe(3 + (sent[0]?.changes.length ?? 0));
  });
});

describe('a message of several rows that is refused', () => {
  const settings = { writeGrouping: 'owner' } as const;
  const state = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, datacenter: 'front' }]);

  /** Refuses each message with one of these rows. */
  function openRefusing(bad: readonly string[], budget = createMessageBudget(0, 0)) {
    const scene = openScriptedWrites([products], { state, settings, retryBudget: budget });
    scene.respond = endWrites(scene.clock, ({ changes }) =>
      changes.some((change) => bad.includes(keyText(change))) ? ['rejected'] : ['ok'],
    );
    return scene;
  }

  it('takes none with it but the row at fault: each goes once more, alone, without the retry budget', async () => {
    const { write, sent, clock, counted } = openRefusing(['sku-7']);
    const { json, account } = await clock.runUntil(write('products', productRows(...skus(20))));
    expect(json.summary).toEqual({ written: 19, error: 1, unprocessed: 0 });
    expect(json.results[7]).toMatchObject({
      error: { type: '/problems/replica-rejected', retryable: false },
    });
    expect(sent.map(({ changes }) => changes.length)).toEqual([20, ...Array(20).fill(1)]);
    expect(account.retries).toBe(0);
    expect(counted).toEqual({ written: 19, error: 1 });
    const [whole, ...alone] = sent;
    expect(alone.flatMap(({ changes }) => changes)).toEqual(whole?.changes);
  });

  it('only as a whole, as one that is too large, is written row by row', async () => {
    const scene = openScriptedWrites([products], { state, settings });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, ({ changes }) => (changes.length > 1 ? ['rejected'] : ['ok']));
    const { json } = await clock.runUntil(write('products', productRows(...skus(64))));
    expect(json.summary.written).toBe(64);
    expect(sent).toHaveLength(2 + 64);
  });

  it('costs no more than each row once, whatever is wrong with them', async () => {
    const { write, sent, clock, inFlight } = openRefusing(skus(40));
    const { problem, json } = await clock.runUntil(write('products', productRows(...skus(40))));
    expect([problem, json.summary.error]).toEqual(['replica-rejected', 40]);
    expect(sent).toHaveLength(2 + 40);
    expect(inFlight.messages().size).toBe(0);
  });

  it('and a row of it that fails alone is tried once more as any other', async () => {
    const scene = openScriptedWrites([products], { state, settings });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, ({ changes }) =>
      changes.length > 1 ? ['rejected'] : sent.length === 2 ? ['write-timeout'] : ['ok'],
    );
    const { json, account } = await clock.runUntil(write('products', productRows('a', 'b')));
    expect([json.summary.written, account.retries, sent.length]).toEqual([2, 1, 4]);
  });

  it('says of rows that did not come to go alone that they may be sent again', async () => {
    const scene = openScriptedWrites([products], { state, settings });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, ({ changes }) => (changes.length > 1 ? ['rejected'] : ['never']));
    const pending = write('products', productRows(...skus(20)));
    await clock.advance(1_000);
    const { json } = await pending;
    expect(sent).toHaveLength(1 + 16);
    expect(json.results).toMatchObject(Array(20).fill({ status: 'error', error: timeout }));
  });
});

describe('a message that fails', () => {
  it.each([
    'overloaded',
    'unavailable',
    'write-timeout',
    'write-failure',
    'connection-lost',
    'unknown',
  ] as const)('by %s is sent once more, to another owner, with the same timestamp', async (error) => {
    const scene = openScriptedWrites([products]);
    const { write, sent, clock, counted } = scene;
    scene.respond = endWrites(clock, () => (sent.length === 1 ? [error] : ['ok']));
    const { json, account } = await clock.runUntil(write('products', productRows('a')));
    expect(json.results).toEqual([{ status: 'written' }]);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.node.id).not.toBe(sent[0]?.node.id);
    expect(sent[1]?.changes).toEqual(sent[0]?.changes);
    expect(account.retries).toBe(1);
    expect(counted).toEqual({ written: 1, 'retry sent': 1 });
  });

  it('is not sent a third time', async () => {
    const scene = openScriptedWrites([products]);
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => ['write-timeout']);
    const { problem, json } = await clock.runUntil(write('products', productRows('a')));
    expect(problem).toBe('replica-timeout');
    expect(json.results).toMatchObject([{ status: 'error', error: timeout }]);
    expect(sent).toHaveLength(2);
  });

  it('is not sent again where every node would say the same', async () => {
    const scene = openScriptedWrites([products]);
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => ['rejected']);
    const { json } = await clock.runUntil(write('products', productRows('a')));
    expect(json.results).toMatchObject([
      { status: 'error', error: { type: '/problems/replica-rejected', retryable: false } },
    ]);
    expect(sent).toHaveLength(1);
  });

  const alone = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, datacenter: 'front' }]);

  it('goes to the same owner where there is no other', async () => {
    const scene = openScriptedWrites([products], { state: alone });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => (sent.length === 1 ? ['write-timeout'] : ['ok']));
    expect((await clock.runUntil(write('products', productRows('a')))).json.summary.written).toBe(1);
    expect(sent).toHaveLength(2);
  });

  it('does not come back at once to an owner that sheds load', async () => {
    const scene = openScriptedWrites([products], { state: alone });
    const { write, sent, clock, counted } = scene;
    scene.respond = endWrites(clock, () => ['overloaded']);
    const { problem } = await clock.runUntil(write('products', productRows('a')));
    expect(problem).toBe('replica-overloaded');
    expect(sent).toHaveLength(1);
    expect(counted['retry denied']).toBe(1);
  });

  it('is sent again as far as the budget pays', async () => {
    const retryBudget = createMessageBudget(0, 5);
    const scene = openScriptedWrites([products], { retryBudget });
    const { write, sent, clock, counted } = scene;
    scene.respond = endWrites(clock, () => (sent.length <= 30 ? ['write-timeout'] : ['ok']));
    const { json } = await clock.runUntil(write('products', productRows(...skus(30))));
    expect(json.summary).toEqual({ written: 5, error: 25, unprocessed: 0 });
    expect(sent).toHaveLength(35);
    expect(counted).toMatchObject({ 'retry sent': 5, 'retry denied': 25 });
  });

  it('by a fault of Weir itself is reported, and fails its rows alone', async () => {
    const scene = openScriptedWrites([products]);
    const { write, sent, faults } = scene;
    scene.respond = (request) => {
      if (keyText(request.changes[0] as (typeof request.changes)[0]) !== 'a') return Promise.resolve();
      throw new TypeError('of Weir');
    };
    const { json } = await write('products', productRows('a', 'b'));
    expect(statuses(json)).toEqual(['error', 'written']);
    expect(faults).toHaveLength(2);
    expect(sent).toHaveLength(3);
  });
});
