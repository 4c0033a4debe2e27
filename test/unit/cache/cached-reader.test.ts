import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createAnswerRoom } from '../../../src/core/reads/answer-room.ts';
import type { KeyOutcome } from '../../../src/core/reads/key-reader.ts';
import { createSelectionBook } from '../../../src/core/reads/selection.ts';
import { selectAll } from '../../support/batch-reads.ts';
import { inWords, noRow, overloaded, rowOf, setUpCachedReads, timedOut } from '../../support/cached-reads.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';

describe('answering from the cache', () => {
  it('answers at once what was read before, and sends nothing', async () => {
    const { ask, fill, reads, clock } = setUpCachedReads();
    await fill(['a', 'b']);
    await clock.advance(20);
    const result = await ask(['b', 'a']);
    expect(inWords(result)).toEqual(['cache b', 'cache a']);
    expect(result.outcomes[0]).toMatchObject({ ageMs: 20 });
    expect(result.report).toEqual({
      groups: [],
      sent: 0,
      retries: 0,
      hedges: 0,
      cacheHits: 2,
      stale: 0,
      joined: 0,
      expired: false,
      datacenter: undefined,
      ringEpoch: 7,
      span: undefined,
    });
    expect(reads).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('reads the rest as one smaller batch, and puts the outcomes in the order of the keys', async () => {
    const { ask, fill, reads } = setUpCachedReads();
    await fill(['b', 'd']);
    const asked = ask(['a', 'b', 'c', 'd', 'e']);
    expect(reads[1]?.keys).toEqual(['a', 'c', 'e']);
    reads[1]?.settle('e', noRow);
    reads[1]?.answer();
    const result = await asked;
    expect(inWords(result)).toEqual([
      'cassandra a',
      'cache b',
      'cassandra c',
      'cache d',
      'cassandra nothing',
    ]);
    expect(result.report).toMatchObject({ cacheHits: 2, groups: [3], datacenter: 'front' });
  });

  it('keeps a row as soon as it is there, before its batch has ended', async () => {
    const { ask, reads } = setUpCachedReads();
    void ask(['a', 'b']);
    reads[0]?.settle('a', rowOf('a'));
    expect(inWords(await ask(['a']))).toEqual(['cache a']);
  });

  it('tells each outcome once, hits and misses alike', async () => {
    const { ask, fill, reads } = setUpCachedReads();
    await fill(['a']);
    const told: [number, KeyOutcome['status']][] = [];
    const asked = ask(['a', 'b', 'c'], {
      onOutcome: (key, outcome) => void told.push([key, outcome.status]),
    });
    reads[1]?.settle('c', timedOut);
    reads[1]?.answer();
    await asked;
    expect(told.sort()).toEqual([
      [0, 'found'],
      [1, 'found'],
      [2, 'error'],
    ]);
  });

  it('takes room in the answer for its rows, and leaves those that find none', async () => {
    const { ask, fill } = setUpCachedReads();
    await fill(['aaaa', 'bbbb', 'cc']);
    const result = await ask(['aaaa', 'bbbb', 'cc'], { answerRoom: createAnswerRoom(6) });
    expect(inWords(result)).toEqual(['cache aaaa', 'size', 'cache cc']);
  });

  it('counts hits, misses, stale and joined keys once a batch', async () => {
    const { ask, fill, reads, events, cache } = setUpCachedReads();
    await fill(['a']);
    const first = ask(['a', 'b']);
    const second = ask(['a', 'b', 'c']);
    reads[1]?.answer();
    reads[2]?.answer();
    await Promise.all([first, second]);
    const table = { keyspace: 'shop', table: 'products' };
    expect(events).toEqual([
      { ...table, hits: 0, misses: 1, stale: 0, joined: 0 },
      { ...table, hits: 1, misses: 1, stale: 0, joined: 0 },
      { ...table, hits: 1, misses: 2, stale: 0, joined: 1 },
    ]);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 4, stale: 0, joined: 1, droppedFills: 0 });
  });

  it('passes by for a table that is not cached and for an application that does not use the cache', async () => {
    const { fill, events, reads } = setUpCachedReads();
    await fill(['a']);
    await fill(['a'], { cacheUse: 'off' });
    await fill(['a'], { cache: undefined });
    expect(reads).toHaveLength(3);
    expect(events).toHaveLength(1);
  });

  it('forgets a row at the end of its time, and a missing one at the end of its own', async () => {
    const { ask, fill, reads, clock } = setUpCachedReads();
    const first = ask(['a', 'gone']);
    reads[0]?.settle('gone', noRow);
    reads[0]?.answer();
    await first;
    await clock.advance(4_999);
    expect(inWords(await ask(['a', 'gone']))).toEqual(['cache a', 'cache nothing']);
    await clock.advance(1);
    expect(inWords(await fill(['a', 'gone']))).toEqual(['cache a', 'cassandra gone']);
    await clock.advance(55_000);
    expect(inWords(await fill(['a']))).toEqual(['cassandra a']);
  });

  it('counts the time of a row from when its read began', async () => {
    const { ask, reads, clock, fill } = setUpCachedReads();
    const first = ask(['a']);
    await clock.advance(500);
    reads[0]?.answer();
    await first;
    await clock.advance(59_499);
    expect((await ask(['a'])).outcomes[0]).toMatchObject({ source: 'cache', ageMs: 59_999 });
    await clock.advance(1);
    expect(inWords(await fill(['a']))).toEqual(['cassandra a']);
  });

  it('ends what was read together at times up to a tenth apart', async () => {
    const { fill, clock } = setUpCachedReads({ chance: 0.5 });
    await fill(['a']);
    await clock.advance(57_000);
    expect(inWords(await fill(['a']))).toEqual(['cassandra a']);
  });

  it('lets a row go that is found missing where missing rows are not kept', async () => {
    const { ask, fill, reads, store } = setUpCachedReads();
    const cache = { ttlMs: 1_000, missingTtlMs: 0, staleIfErrorMs: 0 };
    await fill(['a'], { cache });
    const again = ask(['a'], { cache, noCache: true });
    reads[1]?.answer(() => noRow);
    await again;
    expect(store.reads()).toEqual([]);
  });

  it('keeps neither errors nor what was never tried', async () => {
    const { ask, reads, store } = setUpCachedReads();
    const asked = ask(['a', 'b']);
    reads[0]?.settle('a', timedOut);
    reads[0]?.settle('b', overloaded);
    await asked;
    expect(store.reads()).toEqual([]);
  });

  it('answers also where the store fails to keep it, and reports that', async () => {
    const { ask, reads, store, faults } = setUpCachedReads();
    const fault = new RangeError('no memory');
    store.put = () => {
      throw fault;
    };
    const asked = [ask(['a', 'b']), ask(['a'])];
    reads[0]?.answer();
    expect((await Promise.all(asked)).map(inWords)).toEqual([['cassandra a', 'cassandra b'], ['joined a']]);
    expect(faults).toEqual([fault, fault]);
  });

  it('does not replace a read by one that began earlier', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const slow = ask(['a']);
    await clock.advance(10);
    const late = ask(['a'], { noCache: true });
    reads[1]?.answer(() => rowOf('later'));
    reads[0]?.answer(() => rowOf('earlier'));
    await Promise.all([slow, late]);
    expect(inWords(await ask(['a']))).toEqual(['cache later']);
  });
});

describe('who may use what is kept', () => {
  it('noCache is answered by Cassandra, and what it brings is kept', async () => {
    const { ask, fill, reads } = setUpCachedReads();
    await fill(['a']);
    const asked = ask(['a'], { noCache: true });
    reads[1]?.answer(() => rowOf('new'));
    expect(inWords(await asked)).toEqual(['cassandra new']);
    expect(inWords(await ask(['a']))).toEqual(['cache new']);
  });

  it('a batch class reads the cache and does not fill it', async () => {
    const { ask, fill, store } = setUpCachedReads();
    await fill(['a'], { cacheUse: 'read' });
    expect(store.reads()).toEqual([]);
    await fill(['a']);
    expect(inWords(await ask(['a'], { cacheUse: 'read' }))).toEqual(['cache a']);
  });

  it('a stronger consistency is read anew, and then answers the weaker one too', async () => {
    const { ask, fill, reads } = setUpCachedReads();
    await fill(['a']);
    await fill(['a'], { consistency: 'LOCAL_QUORUM' });
    expect(reads).toHaveLength(2);
    expect(inWords(await ask(['a']))).toEqual(['cache a']);
    expect(inWords(await ask(['a'], { consistency: 'LOCAL_QUORUM' }))).toEqual(['cache a']);
  });

  it('a quorum of one datacenter does not answer callers of another', async () => {
    const { fill, reads } = setUpCachedReads();
    await fill(['a'], { consistency: 'LOCAL_QUORUM', datacenters: ['front'] });
    await fill(['a'], { consistency: 'LOCAL_QUORUM', datacenters: ['back', 'front'] });
    expect(reads).toHaveLength(2);
  });

  it('other columns, and the same in another order, are entries of their own', async () => {
    const { fill, ask } = setUpCachedReads();
    const [sku, title] = products.columns;
    if (sku === undefined || title === undefined) throw new Error('products has two columns');
    const select = (columns: (typeof sku)[]) =>
      createSelectionBook().select({ schema: products, visible: products.columns }, columns, true, 1);
    await fill(['a'], { selection: select([sku]) });
    expect(inWords(await fill(['a'], { selection: select([sku, title]) }))).toEqual(['cassandra a']);
    expect(inWords(await fill(['a'], { selection: select([title, sku]) }))).toEqual(['cassandra a']);
    for (const columns of [[sku], [sku, title], [title, sku]]) {
      expect(inWords(await ask(['a'], { selection: select(columns) }))).toEqual(['cache a']);
    }
  });

  it('fewer rows are cut from more, more are read anew unless there are none', async () => {
    const { ask, fill, reads } = setUpCachedReads();
    const orders = makeTable('orders', ['customer'], ['number'], ['total']);
    const limited = (limit: number) => ({ selection: selectAll(orders, false, limit) });
    const first = ask(['a', 'b'], limited(3));
    reads[0]?.settle('a', { ...rowOf('1', '2', '3'), truncated: true } as KeyOutcome);
    reads[0]?.settle('b', rowOf('1', '2'));
    await first;
    expect(inWords(await ask(['a', 'b'], limited(3)))).toEqual(['cache 1 2 3 …', 'cache 1 2']);
    expect(inWords(await ask(['a', 'b'], limited(2)))).toEqual(['cache 1 2 …', 'cache 1 2']);
    expect(inWords(await ask(['a', 'b'], limited(1)))).toEqual(['cache 1 …', 'cache 1 …']);
    expect(inWords(await fill(['a', 'b'], limited(4)))).toEqual(['cassandra a', 'cache 1 2']);
  });

  it('rows and whole partitions of one name do not answer for each other', async () => {
    const { fill, ask, store } = setUpCachedReads();
    const orders = makeTable('orders', ['customer'], ['number'], ['total']);
    const whole = { selection: selectAll(orders, true) };
    const bytes = (...parts: string[]) => parts.map((part) => nodeText.utf8(part));
    const rows = { ...whole, keys: [bytes('a', '1'), bytes('a', '2'), bytes('a', '')] };
    await fill([], rows);
    expect(inWords(await fill(['a'], { selection: selectAll(orders, false) }))).toEqual(['cassandra a']);
    expect(inWords(await ask([], rows))).toEqual(['cache a|1', 'cache a|2', 'cache a|']);
    expect(store.stats().partitions).toBe(1);
  });

  it('composite partition keys are told apart by component', async () => {
    const { fill, ask } = setUpCachedReads();
    const selection = selectAll(makeTable('parts', ['make', 'model'], [], []));
    const key = (...parts: string[]) => ({ selection, keys: [parts.map((part) => nodeText.utf8(part))] });
    await fill([], key('ab', 'c'));
    expect(inWords(await fill([], key('a', 'bc')))).toEqual(['cassandra a|bc']);
    expect(inWords(await ask([], key('ab', 'c')))).toEqual(['cache ab|c']);
  });
});
