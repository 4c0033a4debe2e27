import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { Explanation } from '../../../src/core/reads/explanation.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import { tokenToDecimal } from '../../../src/core/token/token.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { makeState } from '../../support/rings.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';
import { openScriptedReads, refusalOf, type ScriptedReadsOptions } from '../../support/scripted-reads.ts';

const orders = makeTable('orders', ['customer'], ['day'], ['total']);
const carts = makeTable('carts', ['shop', 'user'], [], ['total']);
const twoDatacenters = makeState([
  { nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'front' },
  { nodes: 3, racks: 3, replicationFactor: 2, datacenter: 'spare' },
]);
const skus = (count: number) => Array.from({ length: count }, (_, index) => `sku-${index}`);

function open(options: ScriptedReadsOptions = {}) {
  const reads = openScriptedReads([products, orders, carts], options);
  const explain = (body: unknown, table = 'products') => reads.explain({ ...reads.call(table), body });
  return { ...reads, explain };
}

/** What the explanation says will be sent: address and number of keys, by group. */
const sends = ({ groups }: Explanation) => groups.map(({ node, keys }) => [node.address, keys.length]);

describe('an explanation', () => {
  it('tells the request as it was understood', async () => {
    const { explain } = open({ columns: ['title'], settings: { maxKeysPerGroup: Infinity } });
    expect(await explain({ keys: ['a'], consistency: 'LOCAL_QUORUM' })).toMatchObject({
      keyspace: 'shop',
      table: 'products',
      application: 'storefront',
      datacenters: ['front'],
      ringEpoch: 1,
      consistency: 'LOCAL_QUORUM',
      grouping: 'owner',
      maxKeysPerGroup: null,
      columns: ['title'],
      warnings: [],
    });
  });

  it('tells keys by place, with token, every owner and group', async () => {
    const { explain } = open({ state: twoDatacenters, datacenters: ['spare'] });
    const { keys, groups } = await explain({ keys: ['a', 'b', 'a'] });
    expect(keys.map(({ positions }) => positions)).toEqual([[0, 2], [1]]);
    const [first] = keys;
    expect(first?.token).toBe(tokenToDecimal(tokenOfKey([nodeText.utf8('a')])));
    // Candidates first.
    expect(first?.owners.map(({ datacenter }) => datacenter)).toEqual([
      'spare',
      'spare',
      'front',
      'front',
      'front',
    ]);
    for (const { owners, group } of keys) {
      const node = groups[group ?? -1]?.node;
      expect(owners).toContainEqual(node);
      expect(node?.datacenter).toBe('spare');
    }
  });

  it('is what the look-up then sends', async () => {
    const anyKeys = fc.uniqueArray(fc.constantFrom(...skus(200)), { minLength: 1, maxLength: 100 });
    const { ask, explain, cluster } = open({ settings: { maxKeysPerGroup: 8 } });
    await fc.assert(
      fc.asyncProperty(anyKeys, async (keys) => {
        const explained = await explain({ keys });
        cluster.sent.length = 0;
        await ask('products', { keys });
        expect(cluster.sent.map((message) => [message.node.address, message.keys.length])).toEqual(
          sends(explained),
        );
      }),
      { numRuns: propertyRuns(50) },
    );
  });

  it('is also what is sent for whole keys and partition keys together', async () => {
    const { ask, explain, cluster } = open();
    const keys = skus(30).flatMap((customer) => [{ customer }, { customer, day: 'd' }]);
    const explained = await explain({ keys }, 'orders');
    await ask('orders', { keys });
    const counted = explained.groups.flatMap(({ node, messages, keys: members }) =>
      messages === 1 ? [[node.address, members.length]] : Array(messages).fill([node.address, 1]),
    );
    expect(cluster.sent.map((message) => [message.node.address, message.keys.length])).toEqual(counted);
  });

  it('sends nothing, and changes nothing of what comes later', async () => {
    const untouched = open();
    const explained = open();
    for (let round = 0; round < 200; round += 1) {
      const columns = round % 2 === 0 ? ['title'] : ['sku', 'title'];
      await explained.explain({ keys: skus(50), columns });
    }
    expect(explained.cluster.sent).toEqual([]);
    expect(explained.events).toEqual([]);
    expect(explained.inFlight.messages().size).toBe(0);
    for (const { ask } of [untouched, explained]) {
      for (let round = 0; round < 5; round += 1) await ask('products', { keys: skus(50) });
    }
    const sent = ({ cluster }: typeof explained) =>
      cluster.sent.map((message) => [message.node.id, message.keys]);
    expect(sent(explained)).toEqual(sent(untouched));
  });

  it('counts the messages of keys that no single IN can carry', async () => {
    const { explain } = open();
    const keys = ['a', 'b', 'c'].flatMap((shop) => ['1', '2'].map((user) => ({ shop, user })));
    const { groups, keys: explainedKeys } = await explain({ keys }, 'carts');
    const grouped = groups.map(({ keys: members }) =>
      members.map((key) => keys[explainedKeys[key]?.positions[0] ?? -1]?.shop),
    );
    expect(groups.map(({ messages }) => messages)).toEqual(grouped.map((shops) => new Set(shops).size));
  });

  it('expects a time once enough was measured', async () => {
    const { ask, explain, cluster, clock } = open();
    expect((await explain({ keys: ['a'] })).groups[0]?.expectedMs).toBeNull();
    cluster.answer = () => new Promise((resolve) => clock.after(4, () => resolve([])));
    for (let round = 0; round < 40; round += 1) await clock.runUntil(ask('products', { keys: ['a'] }));
    expect((await explain({ keys: ['a'] })).groups[0]?.expectedMs).toBeCloseTo(4);
  });

  it('goes to the fallback with the keys whose owners are down, and says who is up', async () => {
    const { explain, cluster } = open({ state: twoDatacenters, datacenters: ['front', 'spare'] });
    const { owners } = (await explain({ keys: ['a'] })).keys[0] ?? { owners: [] };
    for (const node of cluster.state().nodes) if (node.datacenter === 'front') cluster.down.add(node.id);
    const later = await explain({ keys: ['a'] });
    expect(later.groups.map(({ node }) => node.datacenter)).toEqual(['spare']);
    expect(later.keys[0]?.owners).toEqual(
      owners.map((owner) => ({ ...owner, up: owner.datacenter === 'spare' })),
    );
  });

  it('tells keys without a usable owner', async () => {
    const { explain, cluster } = open();
    for (const node of cluster.state().nodes) cluster.down.add(node.id);
    const { keys, groups } = await explain({ keys: ['a'] });
    expect(groups).toEqual([]);
    expect(keys[0]).toMatchObject({ group: null });
    expect(keys[0]?.owners).toHaveLength(3);
  });

  it('says what this instance thinks of a node, and passes over one that is sick', async () => {
    const { explain, health, cluster } = open();
    const chosen = (await explain({ keys: ['a'] })).groups[0]?.node;
    const node = cluster.state().nodes.find(({ address }) => address === chosen?.address);
    if (node === undefined) throw new Error('the node is not of the cluster');
    health.sent(node).overdue();
    const { keys, groups } = await explain({ keys: ['a'] });
    expect(keys[0]?.owners).toContainEqual({ ...chosen, standing: 'suspect' });
    expect(groups[0]?.node.standing).toBe('well');
    expect(groups[0]?.node.address).not.toBe(chosen?.address);
  });

  it('knows no owners where the strategy names none, and still a coordinator', async () => {
    const state = {
      ...twoDatacenters,
      keyspaces: new Map([['shop', { strategy: 'other', name: 'EverywhereStrategy' } as const]]),
    };
    const { keys, groups } = await open({ state }).explain({ keys: ['a', 'b'] });
    expect(keys.map(({ owners }) => owners)).toEqual([[], []]);
    expect(groups).toHaveLength(1);
  });

  it('is refused as the look-up would be', async () => {
    const { explain, ask } = open({ columns: ['title'] });
    for (const body of [
      5,
      { keys: [7] },
      { keys: ['a'], columns: ['sku'] },
      { keys: ['a'], consistency: 'ALL' },
    ]) {
      const [explained, asked] = [await refusalOf(explain(body)), await refusalOf(ask('products', body))];
      expect([explained.slug, explained.faults]).toEqual([asked.slug, asked.faults]);
    }
  });
});
