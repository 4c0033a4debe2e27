import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { createJoiningReader } from '../../../src/core/cache/joining-reader.ts';
import { createAnswerRoom } from '../../../src/core/reads/answer-room.ts';
import type { KeyOutcome } from '../../../src/core/reads/key-reader.ts';
import { selectAll } from '../../support/batch-reads.ts';
import {
  cachedBatch,
  inWords,
  noRow,
  overloaded,
  rowOf,
  setUpCachedReads,
  timedOut,
} from '../../support/cached-reads.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';

const bytes = (text: string) => [nodeText.utf8(text)];

describe('joining a read', () => {
  it('reads a key once for 1,000 concurrent batches', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const asked = Array.from({ length: 1_000 }, () => ask(['a']));
    await clock.advance(5);
    expect(reads).toHaveLength(1);
    reads[0]?.answer();
    const words = (await Promise.all(asked)).map((result) => inWords(result)[0]);
    expect(words.filter((word) => word === 'cassandra a')).toHaveLength(1);
    expect(words.filter((word) => word === 'joined a')).toHaveLength(999);
    expect(clock.pending()).toBe(0);
  });

  it('reads what nobody reads yet, and puts all in the order of the keys', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const first = ask(['b', 'd']);
    await clock.advance(10);
    const second = ask(['a', 'b', 'c', 'd']);
    expect(reads[1]?.keys).toEqual(['a', 'c']);
    reads[1]?.answer();
    reads[0]?.settle('d', noRow);
    reads[0]?.answer();
    const result = await second;
    expect(inWords(result)).toEqual(['cassandra a', 'joined b', 'cassandra c', 'joined nothing']);
    expect(result.outcomes[1]).toMatchObject({ ageMs: 10 });
    expect(result.report).toMatchObject({ joined: 2, groups: [2], cacheHits: 0, datacenter: 'front' });
    expect((await first).report).toMatchObject({ joined: 0, groups: [2] });
  });

  it('answers a key as soon as it is read, though the batch that reads it goes on', async () => {
    const { ask, reads } = setUpCachedReads();
    void ask(['a', 'b']);
    const second = ask(['a']);
    reads[0]?.settle('a', rowOf('a'));
    const { report } = await second;
    expect(report).toMatchObject({ joined: 1, groups: [], datacenter: undefined, ringEpoch: 7 });
  });

  it('gives each joiner the room of its own answer', async () => {
    const { ask, reads } = setUpCachedReads();
    const leader = ask(['aaaa'], { answerRoom: createAnswerRoom(1) });
    const small = ask(['aaaa'], { answerRoom: createAnswerRoom(3) });
    const large = ask(['aaaa']);
    reads[0]?.answer();
    expect((await Promise.all([leader, small, large])).flatMap(inWords)).toEqual([
      'size',
      'size',
      'joined aaaa',
    ]);
  });

  it('tells each outcome once', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const told: string[] = [];
    void ask(['a', 'b'], { deadlineMs: 100 });
    const second = ask(['a', 'b', 'c'], {
      onOutcome: (key, { status }) => void told.push(`${key} ${status}`),
    });
    reads[0]?.settle('a', rowOf('a'));
    expect(told).toEqual(['0 found']);
    await clock.advance(100);
    reads[2]?.answer();
    reads[1]?.answer();
    await second;
    expect(told).toEqual(['0 found', '1 found', '2 found']);
  });

  it('lets no more keys wait than may be in flight: others are read', async () => {
    const { ask, reads } = setUpCachedReads({ keysInFlight: 2 });
    const asked = [1, 2, 3, 4].map(() => ask(['a']));
    expect(reads).toHaveLength(2);
    for (const read of reads) read.answer();
    await Promise.all(asked);
    void ask(['b']);
    void ask(['b']);
    expect(reads).toHaveLength(3);
  });
});

describe('who joins whom', () => {
  const never = { kind: 'none' } as const;
  const soon = { kind: 'fixed', delayMs: 5 } as const;
  const orders = makeTable('orders', ['customer'], ['number'], ['total']);
  const limited = (limit: number) => ({ selection: selectAll(orders, false, limit) });

  it.each([
    ['the same', {}, {}, 1],
    ['another consistency', {}, { consistency: 'LOCAL_QUORUM' }, 2],
    ['other datacenters', {}, { datacenters: ['back'] }, 2],
    ['another table', {}, { selection: selectAll(orders, false) }, 2],
    ['another limit', limited(1), limited(2), 2],
    ['a table that is not cached', { cache: undefined }, { cache: undefined }, 2],
    ['applications that do not use the cache', { cacheUse: 'off' }, { cacheUse: 'off' }, 2],
    ['a front end a batch class, which keeps nothing', { cacheUse: 'read' }, {}, 2],
    ['two of a batch class', { cacheUse: 'read' }, { cacheUse: 'read' }, 1],
    ['one that is to be hedged one that is not', { speculation: [never] }, { speculation: [soon] }, 2],
    ['the same rule, and once more', { speculation: [never] }, { speculation: [never, { kind: 'none' }] }, 1],
    ['the same rules in another order', { speculation: [never, soon] }, { speculation: [soon, never] }, 1],
    ['noCache an earlier read', {}, { noCache: true }, 2],
    ['an ordinary read one of noCache', { noCache: true }, {}, 1],
  ] as const)('%s: reads %#', async (_, first, second, count) => {
    const { ask, reads } = setUpCachedReads();
    void ask(['a'], first);
    void ask(['a'], second);
    expect(reads).toHaveLength(count);
  });

  it('joins the latest of several reads', async () => {
    const { ask, reads } = setUpCachedReads();
    void ask(['a']);
    void ask(['a'], { noCache: true });
    const third = ask(['a']);
    reads[0]?.answer(() => rowOf('earlier'));
    reads[1]?.answer(() => rowOf('later'));
    expect(inWords(await third)).toEqual(['joined later']);
  });

  it('joins no read that began before an invalidation', async () => {
    const { ask, reads, cache } = setUpCachedReads();
    const before = ask(['a']);
    cache.invalidate(products, bytes('a'));
    const after = ask(['a']);
    reads[0]?.answer(() => rowOf('old'));
    reads[1]?.answer(() => rowOf('new'));
    expect((await Promise.all([before, after])).flatMap(inWords)).toEqual(['cassandra old', 'cassandra new']);
    expect(inWords(await ask(['a']))).toEqual(['cache new']);
  });

  it('joins no read that began before an invalidation had settled, once it has', async () => {
    const { ask, reads, cache, clock } = setUpCachedReads();
    cache.invalidate(products, bytes('a'), 500);
    void ask(['a']);
    void ask(['a']);
    expect(reads).toHaveLength(1);
    await clock.advance(500);
    void ask(['a']);
    expect(reads).toHaveLength(2);
  });

  it('joins no read that began before the table was purged or everything cleared', () => {
    const { ask, reads, cache } = setUpCachedReads();
    void ask(['a']);
    cache.invalidateTable('shop', 'products');
    void ask(['a']);
    cache.clear();
    void ask(['a']);
    expect(reads).toHaveLength(3);
  });
});

describe('failures', () => {
  it('are not shared: the first of the joiners reads again, and the others join it', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    const asked = [1, 2, 3, 4].map(() => ask(['a']));
    reads[0]?.answer(() => timedOut);
    await clock.advance(1);
    expect(reads).toHaveLength(2);
    reads[1]?.answer();
    expect((await Promise.all(asked)).flatMap(inWords)).toEqual([
      'replica-timeout',
      'cassandra a',
      'joined a',
      'joined a',
    ]);
    expect((await asked[2])?.report).toMatchObject({ joined: 1, groups: [] });
  });

  it.each<readonly [string, KeyOutcome]>([
    ['an error', timedOut],
    ['what was never tried', overloaded],
  ])('of the second read are final: %s', async (_, outcome) => {
    const { ask, reads, clock } = setUpCachedReads();
    const asked = [1, 2, 3].map(() => ask(['a']));
    reads[0]?.answer(() => timedOut);
    await clock.advance(1);
    reads[1]?.answer(() => outcome);
    await clock.advance(1);
    expect((await Promise.all(asked)).map(({ outcomes }) => outcomes[0])).toEqual([
      timedOut,
      outcome,
      outcome,
    ]);
    expect(reads).toHaveLength(2);
  });

  it('of several keys of a message are read again in one batch, and kept', async () => {
    const { ask, reads, clock } = setUpCachedReads();
    void ask(['a', 'b', 'c']);
    const second = ask(['a', 'b', 'c']);
    reads[0]?.settle('b', rowOf('b'));
    reads[0]?.answer(() => timedOut);
    await clock.advance(1);
    expect(reads[1]?.keys).toEqual(['a', 'c']);
    reads[1]?.answer();
    const result = await second;
    expect(inWords(result)).toEqual(['cassandra a', 'joined b', 'cassandra c']);
    expect(result.report.joined).toBe(1);
    expect(inWords(await ask(['a', 'c']))).toEqual(['cache a', 'cache c']);
  });

  it('of an own kind end the reads that they befall, and are reported', async () => {
    const { parts, faults, clock } = setUpCachedReads();
    const fault = new Error('a fault');
    let calls = 0;
    const read = createJoiningReader(parts, () => {
      calls += 1;
      if (calls === 1) throw fault;
      return Promise.reject(fault);
    });
    const asked = [read(cachedBatch(['a'])), read(cachedBatch(['a']))];
    await clock.advance(1);
    expect((await Promise.all(asked)).flatMap(inWords)).toEqual(['internal', 'internal']);
    expect(faults).toEqual([fault, fault]);
  });
});
