import { describe, expect, it } from 'vitest';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import { valueFromJson } from '../../../src/core/encoding/value-from-json.ts';
import { openEmbeddedReads } from '../../support/embedded-reads.ts';
import { makeTable } from '../../support/scripted-cluster.ts';
import { openScriptedReads } from '../../support/scripted-reads.ts';

/** Two values of a clustering column as JSON, in Cassandra's order, and the first one as a parameter of a query. */
const clusteringTypes: readonly (readonly [type: string, one: unknown, other: unknown, text: string])[] = [
  ['text', 'a', 'b', 'a'],
  ['ascii', '', 'b', ''],
  ['blob', '0x00', '0xff', '0x00'],
  ['boolean', false, true, 'false'],
  ['tinyint', -1, 1, '-1'],
  ['smallint', -1, 1, '-1'],
  ['int', -1, 1, '-1'],
  ['bigint', '-9223372036854775808', '9223372036854775807', '-9223372036854775808'],
  ['varint', '-256', '1208925819614629174706176', '-256'],
  ['decimal', '-0.5', '1.10', '-0.5'],
  ['float', -1.5, 'NaN', '-1.5'],
  ['double', -0.1, 'Infinity', '-0.1'],
  ['date', '1969-12-31', '2026-01-02', '1969-12-31'],
  ['time', '00:00:00.000000001', '23:59:59.999999999', '00:00:00.000000001'],
  ['timestamp', '1969-12-31T23:59:59.999Z', '2026-01-02T03:04:05.006Z', '1969-12-31T23:59:59.999Z'],
  [
    'uuid',
    '00000000-0000-4000-8000-000000000000',
    'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    '00000000-0000-4000-8000-000000000000',
  ],
  [
    'timeuuid',
    '58e0a7d7-eebc-11d8-9669-0800200c9a66',
    '50554d6e-29bb-11e5-b345-feff819cdc9f',
    '58e0a7d7-eebc-11d8-9669-0800200c9a66',
  ],
  ['inet', '10.0.0.1', '2001:db8::1', '10.0.0.1'],
  ['frozen<list<int>>', [1], [1, 2], '[1]'],
  ['frozen<set<text>>', ['a'], ['b'], '["a"]'],
  ['frozen<map<text, int>>', { a: 1 }, { b: 1 }, '{"a":1}'],
  ['frozen<tuple<int, text>>', [1, 'a'], [1, 'b'], '[1,"a"]'],
];

describe('clustering keys', () => {
  it.each(clusteringTypes)('of type %s find exactly their row', async (type, one, other, text) => {
    const { cluster, ask, row } = openEmbeddedReads({
      name: 't',
      partitionKey: [{ name: 'p', type: 'int' }],
      clusteringKey: [{ name: 'c', type }],
      columns: [{ name: 'v', type: 'text' }],
    });
    const insert = (json: unknown, v: string) =>
      cluster.insert('shop', 't', [
        ['p', 1],
        ['c', valueFromJson(parseCqlType(type), json)],
        ['v', v],
      ]);
    insert(other, 'other');
    insert(one, 'one');
    const [whole, partition, nobody] = await ask({
      keys: [{ p: 1, c: one }, 1, { p: 2, c: one }],
    });
    const rows = [
      { p: 1, c: one, v: 'one' },
      { p: 1, c: other, v: 'other' },
    ];
    expect(whole?.rows).toEqual(rows.slice(0, 1));
    expect(partition?.rows).toEqual(rows);
    expect(nobody?.status).toBe('missing');
    expect(await row({ p: '1', c: text })).toEqual(rows[0]);
  });
});

describe('a table with several columns in both parts of the key', () => {
  const open = () => {
    const reads = openEmbeddedReads({
      name: 'visits',
      partitionKey: [
        { name: 'region', type: 'text' },
        { name: 'day', type: 'date' },
      ],
      clusteringKey: [
        { name: 'at', type: 'int', descending: true },
        { name: 'who', type: 'text' },
      ],
      columns: [{ name: 'page', type: 'text' }],
    });
    for (const region of ['north', 'south']) {
      for (let at = 0; at < 5; at += 1) {
        for (const who of ['ann', 'bob']) {
          reads.cluster.insert('shop', 'visits', [
            ['region', region],
            ['day', 20_454],
            ['at', at],
            ['who', who],
            ['page', `${region} ${at} ${who}`],
          ]);
        }
      }
    }
    return reads;
  };
  const day = '2026-01-01';

  it('answers partitions, whole keys and keys that are not there, each by its own rows', async () => {
    const { ask } = open();
    const pages = (await ask({
      keys: [
        { region: 'south', day },
        { region: 'north', day, at: 3, who: 'bob' },
        { region: 'north', day, at: 3, who: 'eve' },
        { region: 'west', day },
        { region: 'south', day, at: 0, who: 'ann' },
      ],
      columns: ['page'],
      limitPerKey: 3,
    })) as readonly { status: string; rows: readonly { page: string }[]; truncated?: true }[];
    expect(pages.map(({ rows }) => rows.map(({ page }) => page))).toEqual([
      ['south 4 ann', 'south 4 bob', 'south 3 ann'],
      ['north 3 bob'],
      [],
      [],
      ['south 0 ann'],
    ]);
    expect(pages.map(({ truncated = false }) => truncated)).toEqual([true, false, false, false, false]);
  });

  it.each([
    [9, 9, true, 'one row fewer than there are'],
    [10, 10, false, 'just as many'],
    [11, 10, false, 'one more'],
  ])('with limitPerKey %i shows %i rows, truncated %s: %s', async (limitPerKey, count, truncated, _why) => {
    const { ask } = open();
    const [result] = await ask({ keys: [{ region: 'north', day }], limitPerKey });
    expect(result?.rows).toHaveLength(count);
    expect(result?.truncated ?? false).toBe(truncated);
  });

  it('is addressed by its whole key in a query', async () => {
    const { row } = open();
    const query = { region: 'north', day, at: '4', who: 'ann', $columns: 'page,who' };
    expect(await row(query)).toEqual({ page: 'north 4 ann', who: 'ann' });
  });
});

describe('a table with static columns', () => {
  const table = makeTable('accounts', ['customer'], ['day'], ['total'], ['owner']);
  const owner = (row: readonly (string | null)[]) => async () => [{ key: [Buffer.from('ann')], values: row }];

  it('answers a partition with static content alone as Cassandra does: one row without a clustering key', async () => {
    const { ask, cluster } = openScriptedReads([table]);
    // customer, day, owner, total
    cluster.answer = owner(['ann', null, 'Ann', null]);
    const { json } = await ask('accounts', { keys: ['ann'] });
    expect(json.results).toEqual([
      { status: 'found', rows: [{ customer: 'ann', day: null, owner: 'Ann', total: null }] },
    ]);
  });

  it('reads them with a whole key, and in every row of a partition', async () => {
    const { ask, cluster } = openScriptedReads([table]);
    const keys = [{ customer: 'ann', day: 'd1' }, 'ann'];
    const { json } = await ask('accounts', { keys, columns: ['owner'] });
    expect(json.results.map(({ rows }: { rows: unknown }) => rows)).toEqual([
      [{ owner: 'ann|d1' }],
      [{ owner: 'ann' }],
    ]);
    for (const { statement } of cluster.sent) {
      expect(statement.columns.map(({ kind }) => kind)).toEqual(['static']);
    }
  });
});

describe('keys that can share no message', () => {
  const orders = makeTable('orders', ['shop', 'customer'], [], ['total']);
  const ask = async (keys: readonly object[]) => {
    const reads = openScriptedReads([orders]);
    const { json } = await reads.ask('orders', { keys, columns: ['total'] });
    expect(json.summary).toMatchObject({ found: keys.length });
    const sent = new Map<string, number>();
    for (const { node } of reads.cluster.sent) sent.set(node.id, (sent.get(node.id) ?? 0) + 1);
    return { messages: reads.cluster.sent.length, nodes: sent.size, busiest: Math.max(...sent.values()) };
  };

  it('go to the least loaded of their owners, and do not crowd the few that cover them', async () => {
    const keys = Array.from({ length: 60 }, (_, index) => ({ shop: `s-${index}`, customer: `c-${index}` }));
    const { messages, nodes, busiest } = await ask(keys);
    expect([messages, nodes]).toEqual([60, 6]);
    expect(busiest).toBeLessThanOrEqual(15);
  });

  it('are covered by few owners as soon as some can', async () => {
    const keys = Array.from({ length: 60 }, (_, index) => ({ shop: 's-1', customer: `c-${index}` }));
    const { messages } = await ask(keys);
    expect(messages).toBeLessThan(6);
  });
});
