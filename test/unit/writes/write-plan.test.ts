import { describe, expect, it } from 'vitest';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';
import { products } from '../../support/scripted-cluster.ts';
import { endWrites, keyText, openScriptedWrites, productRows, skus } from '../../support/scripted-writes.ts';

describe('rows of a request in one batch', () => {
  it('go to one node, at most 64 and about 32 KiB together', async () => {
    const settings = { writeGrouping: 'request' } as const;
    const { write, sent } = openScriptedWrites([products], { settings });
    await write('products', productRows(...skus(50)));
    expect(sent.map(({ changes }) => changes.length)).toEqual([50]);
    const wide = skus(20).map((sku) => ({ values: { sku, title: 'x'.repeat(3_000) } }));
    await write('products', { rows: wide });
    expect(sent.slice(1).map(({ changes }) => changes.length)).toEqual([10, 10]);
    expect(new Set(sent.slice(1).map(({ node }) => node.id)).size).toBe(1);
  });

  it('go to a node a batch where they are more than one batch has', async () => {
    const { write, sent } = openScriptedWrites([products], { settings: { writeGrouping: 'request' } });
    await write('products', productRows(...skus(300)));
    expect(sent.map(({ changes }) => changes.length)).toEqual([64, 64, 64, 64, 44]);
    expect(new Set(sent.map(({ node }) => node.id)).size).toBe(5);
  });

  it.each(['unavailable', 'write-failure', 'rejected'] as const)(
    'share no fate: where one of them is %s the others are written',
    async (fault) => {
      const scene = openScriptedWrites([products], {
        settings: { writeGrouping: 'request' },
        retryBudget: createMessageBudget(0, 0),
      });
      const { write, sent, clock } = scene;
      scene.respond = endWrites(clock, ({ changes }) =>
        changes.some((change) => keyText(change) === 'sku-7') ? [fault] : ['ok'],
      );
      const { json } = await clock.runUntil(write('products', productRows(...skus(50))));
      expect(json.summary).toEqual({ written: 49, error: 1, unprocessed: 0 });
      expect(sent.map(({ changes }) => changes.length)).toEqual([50, ...Array(50).fill(1)]);
    },
  );

  it('go alone no more than once, whoever refuses them together', async () => {
    const scene = openScriptedWrites([products], { settings: { writeGrouping: 'request' } });
    const { write, sent, clock } = scene;
    // Silent for so long that the batch goes to a second node as well; then both refuse it.
    scene.respond = endWrites(clock, ({ changes }) =>
      changes.length > 1 ? ['rejected', sent.length === 1 ? 700 : 100] : ['ok', 300],
    );
    const { json } = await clock.runUntil(write('products', productRows(...skus(12))));
    expect(json.summary.written).toBe(12);
    expect(sent.filter(({ changes }) => changes.length === 12)).toHaveLength(2);
    expect(sent.filter(({ changes }) => changes.length === 1)).toHaveLength(12);
  });

  it('are not too many for a bound on keys in flight, where nothing is', async () => {
    const settings = { writeGrouping: 'request' } as const;
    const { write, sent } = openScriptedWrites([products], { settings, bounds: { keysInFlight: 10 } });
    expect((await write('products', productRows(...skus(50)))).json.summary.written).toBe(50);
    expect(sent).toHaveLength(1);
  });
});
