import { describe, expect, it } from 'vitest';
import { createMessageBudget } from '../../../src/core/reads/message-budget.ts';
import { makeState } from '../../support/rings.ts';
import { products } from '../../support/scripted-cluster.ts';
import { endWrites, openScriptedWrites, productRows, skus } from '../../support/scripted-writes.ts';

const timeout = { type: '/problems/replica-timeout', retryable: true };

const alone = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, datacenter: 'front' }]);

describe('the deadline', () => {
  it('settles what is under way as timed out, and what was never sent as such', async () => {
    const scene = openScriptedWrites([products], { state: alone });
    const { write, sent, clock, inFlight } = scene;
    scene.respond = endWrites(clock, () => ['never']);
    const pending = write('products', productRows(...skus(20)));
    await clock.advance(1_000);
    const { problem, json } = await pending;
    expect(problem).toBe('deadline-exceeded');
    expect(json.summary).toEqual({ written: 0, error: 16, unprocessed: 4 });
    expect(json.results[0]).toMatchObject({ status: 'error', error: timeout });
    expect(json.results[19]).toEqual({ status: 'unprocessed', reason: 'deadline' });
    expect(sent).toHaveLength(16);
    expect(inFlight.messages().get('front-0')).toBe(16);
  });

  it('is what a message may take at most, and nothing is sent after it', async () => {
    const scene = openScriptedWrites([products]);
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => ['write-timeout', 400]);
    const pending = write('products', productRows('a'));
    await clock.advance(399);
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([1_000]);
    await clock.advance(400);
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([1_000, 600]);
    expect((await clock.runUntil(pending)).problem).toBe('replica-timeout');
    const { json } = await write('products', productRows('a'), { deadlineMs: clock.nowMs() });
    expect(json.results).toEqual([{ status: 'unprocessed', reason: 'deadline' }]);
    expect(sent).toHaveLength(2);
  });

  it('keeps the error that a row has met already', async () => {
    const scene = openScriptedWrites([products]);
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => (sent.length === 1 ? ['connection-lost', 5] : ['never']));
    const pending = write('products', productRows('a'));
    await clock.advance(1_000);
    expect((await pending).json.results[0].error.type).toBe('/problems/connection-lost');
  });
});

describe('a node that is frozen', () => {
  it('costs no row: what it was sent goes to other owners, and what waits behind that', async () => {
    const scene = openScriptedWrites([products]);
    const { write, sent, clock, cluster } = scene;
    const frozen = cluster.state().nodes[0];
    scene.respond = endWrites(clock, ({ node }) => (node.id === frozen?.id ? ['never'] : ['ok', 1]));
    const pending = write('products', productRows(...skus(300)));
    await clock.advance(1_000);
    const { json, account } = await pending;
    expect(json.summary).toEqual({ written: 300, error: 0, unprocessed: 0 });
    expect(account.retries).toBe(16);
    expect(sent).toHaveLength(316);
  });

  it('costs no row of a batch that it was to pass on', async () => {
    const scene = openScriptedWrites([products], { settings: { writeGrouping: 'request' } });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, ({ node }) => (node.id === sent[0]?.node.id ? ['never'] : ['ok', 1]));
    const pending = write('products', productRows(...skus(50)));
    await clock.advance(1_000);
    expect((await pending).json.summary).toEqual({ written: 50, error: 0, unprocessed: 0 });
    expect(sent.map(({ changes }) => changes.length)).toEqual([50, 50]);
  });

  it('that is the only owner is not sent what it was sent already', async () => {
    const scene = openScriptedWrites([products], { state: alone });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => ['never']);
    const pending = write('products', productRows('a'));
    await clock.advance(1_000);
    expect((await pending).json.summary.error).toBe(1);
    expect(sent).toHaveLength(1);
  });

  it('costs the rows that it was sent where no retry is left; those that wait behind them go to other owners', async () => {
    const scene = openScriptedWrites([products], { retryBudget: createMessageBudget(0, 0) });
    const { write, sent, clock, health, cluster } = scene;
    const frozen = cluster.state().nodes[0];
    scene.respond = endWrites(clock, ({ node }) => (node.id === frozen?.id ? ['never'] : ['ok', 1]));
    const pending = write('products', productRows(...skus(300)));
    await clock.advance(1_000);
    const { json } = await pending;
    expect(json.summary).toEqual({ written: 284, error: 16, unprocessed: 0 });
    expect(sent).toHaveLength(300);
    expect(frozen && health.standing(frozen)).toBe('suspect');
    const second = await clock.runUntil(write('products', productRows(...skus(300))));
    expect(second.json.summary.written).toBe(300);
  });

  it('is sent a copy now and then, and is back when it answers one', async () => {
    const scene = openScriptedWrites([products]);
    const { write, sent, clock, health, cluster } = scene;
    const [frozen] = cluster.state().nodes;
    if (frozen === undefined) throw new Error('no node');
    let isFrozen = true;
    scene.respond = endWrites(clock, ({ node }) => (isFrozen && node === frozen ? ['never'] : ['ok', 1]));
    const first = write('products', productRows(...skus(60)));
    await clock.advance(1_100);
    await first;
    expect(health.standing(frozen)).toBe('suspect');
    isFrozen = false;
    const before = sent.length;
    const { json } = await clock.runUntil(write('products', productRows(...skus(60))));
    expect(json.summary.written).toBe(60);
    expect(sent.slice(before).filter(({ node }) => node === frozen)).toHaveLength(1);
    expect(sent.length - before).toBe(61);
    await clock.advance(10);
    expect(health.standing(frozen)).toBe('well');
  });
});
