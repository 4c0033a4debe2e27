import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { ReplicaRead } from '../../../src/core/ports.ts';
import { createAnswerRoom } from '../../../src/core/reads/answer-room.ts';
import { batchOf, selectAll, setUpReader, skus } from '../../support/batch-reads.ts';
import { echoRow, makeTable } from '../../support/scripted-cluster.ts';

describe('the bounds of reading from the cluster', () => {
  it('sends no more messages to a node than may be in flight, and frees the place with the answer', async () => {
    const { cluster, inFlight, read } = setUpReader({ inFlightPerHost: 1 });
    const waiting: (() => void)[] = [];
    cluster.answer = (request: ReplicaRead) =>
      new Promise((resolve) => waiting.push(() => resolve(request.keys.map((key) => echoRow(request, key)))));
    const first = read(batchOf(['sku-1']));
    const second = read(batchOf(['sku-1']));
    const third = read(batchOf(['sku-1']));
    const fourth = await read(batchOf(['sku-1']));
    expect(fourth.outcomes).toEqual([{ status: 'unprocessed', reason: 'overload' }]);
    for (const release of waiting) release();
    await Promise.all([first, second, third]);
    expect(inFlight.messages().size).toBe(0);
    cluster.answer = async (request) => request.keys.map((key) => echoRow(request, key));
    expect((await read(batchOf(['sku-1']))).outcomes[0]?.status).toBe('found');
  });

  it('frees the place of a message whose very sending failed, and reports the fault', async () => {
    const { cluster, inFlight, read, told } = setUpReader();
    cluster.answer = () => {
      throw new TypeError('a fault of ours');
    };
    const { outcomes } = await read(batchOf(['sku-1']));
    expect(outcomes).toEqual([{ status: 'error', problem: 'replica-failure' }]);
    expect(inFlight.messages().size).toBe(0);
    expect(told.faults).toHaveLength(1);
  });

  it('holds to the bound of a node also where one group is many messages', async () => {
    const table = makeTable('carts', ['shop', 'user'], [], ['total']);
    const { cluster, read } = setUpReader({ inFlightPerHost: 4 });
    let underWay = 0;
    let most = 0;
    cluster.answer = async (request) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return request.keys.map((key) => echoRow(request, key));
    };
    const keys = skus(200).map((sku) => [nodeText.utf8(sku), nodeText.utf8('user')]);
    const selection = selectAll(table);
    const result = await read({ ...batchOf([]), selection, keys });
    expect(most).toBeLessThanOrEqual(4 * 6);
    const statuses = new Set(result.outcomes.map((outcome) => outcome.status));
    expect(statuses).toEqual(new Set(['found', 'unprocessed']));
  });

  it('keeps no more rows than an answer may have', async () => {
    const { read } = setUpReader();
    const result = await read(batchOf(skus(50), { answerRoom: createAnswerRoom(100) }));
    const found = result.outcomes.filter((outcome) => outcome.status === 'found');
    expect(found.length).toBe(3);
    expect(result.outcomes.filter((outcome) => outcome.status !== 'found')).toEqual(
      Array(47).fill({ status: 'unprocessed', reason: 'size' }),
    );
  });

  it('takes no more keys at once than the process may have in flight', async () => {
    const { read } = setUpReader({ keysInFlight: 30 });
    const result = await read(batchOf(skus(50)));
    const statuses = result.outcomes.map((outcome) => outcome.status);
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill('found'));
    expect(statuses.slice(30)).toEqual(Array(20).fill('unprocessed'));
  });

  it('counts a key that may bring many rows for many', async () => {
    const orders = makeTable('orders', ['customer'], ['day'], ['total']);
    const { read } = setUpReader({ keysInFlight: 30 });
    const heavy = await read({ ...batchOf(skus(10)), selection: selectAll(orders, false, 950) });
    expect(heavy.outcomes.map(({ status }) => status)).toEqual([
      ...Array(3).fill('found'),
      ...Array(7).fill('unprocessed'),
    ]);
    const usual = await read({ ...batchOf(skus(10)), selection: selectAll(orders, false, 100) });
    expect(usual.outcomes.map(({ status }) => status)).toEqual(Array(10).fill('found'));
  });

  it('holds the room of heavy keys while they are under way, and gives it back', async () => {
    const orders = makeTable('orders', ['customer'], ['day'], ['total']);
    const { cluster, read } = setUpReader({ keysInFlight: 30 });
    const release: (() => void)[] = [];
    cluster.answer = () => new Promise((resolve) => release.push(() => resolve([])));
    const heavy = read({ ...batchOf(skus(2)), selection: selectAll(orders, false, 1_000) });
    cluster.answer = async () => [];
    const statuses = async () => (await read(batchOf(skus(11)))).outcomes.map(({ status }) => status);
    expect(await statuses()).toEqual([...Array(10).fill('missing'), 'unprocessed']);
    for (const answer of release) answer();
    await heavy;
    expect(await statuses()).toEqual(Array(11).fill('missing'));
  });

  it('sends nothing of a strict batch for which there is not room as a whole', async () => {
    const { cluster, read } = setUpReader({ keysInFlight: 30 });
    const result = await read(batchOf(skus(31), { strict: true }));
    expect(result.outcomes).toEqual(skus(31).map(() => ({ status: 'unprocessed', reason: 'overload' })));
    expect(cluster.sent).toEqual([]);
    expect((await read(batchOf(skus(30), { strict: true }))).outcomes[29]?.status).toBe('found');
  });
});
