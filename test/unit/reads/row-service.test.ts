import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';
import { openScriptedReads, refusalOf, type ScriptedReadsOptions } from '../../support/scripted-reads.ts';

const orders = makeTable('orders', ['shop', 'customer'], ['day'], ['note', 'total']);
type Parameters = readonly (readonly [string, string])[];
const whole: Parameters = [
  ['shop', 's'],
  ['customer', 'ann'],
  ['day', 'd1'],
];

function open(options: ScriptedReadsOptions = {}, tables: readonly TableSchema[] = [orders, products]) {
  const reads = openScriptedReads(tables, options);
  const read = (parameters: Parameters, table = 'orders') =>
    reads.readRow({ ...reads.call(table), parameters });
  return { ...reads, read };
}

describe('a row', () => {
  it('is the row itself, by its whole primary key in any order', async () => {
    const { read, cluster } = open();
    const { body } = await read(whole.toReversed());
    expect(JSON.parse(body)).toEqual({
      shop: 's|ann|d1',
      customer: 's|ann|d1',
      day: 's|ann|d1',
      note: 's|ann|d1',
      total: 's|ann|d1',
    });
    expect(cluster.sent).toHaveLength(1);
  });

  it('has the columns and the consistency that are asked for', async () => {
    const { read, cluster } = open();
    const { body } = await read([...whole, ['$columns', 'total,day'], ['$consistency', 'LOCAL_QUORUM']]);
    expect(body).toBe('{"total":"s|ann|d1","day":"s|ann|d1"}');
    expect(cluster.sent[0]?.consistency).toBe('LOCAL_QUORUM');
  });

  it('is counted as a look-up of one key', async () => {
    const { read, events } = open();
    const { account } = await read(whole);
    expect(account).toMatchObject({ keys: 1, groups: 1, found: 1, missing: 0, error: 0, unprocessed: 0 });
    expect(events).toMatchObject([{ table: 'orders', keys: 1, found: 1 }]);
  });

  it('reads the text of a parameter by the type of its column', async () => {
    const [sku, title] = products.columns;
    if (sku === undefined || title === undefined) throw new Error('the table has both');
    const typed = (cqlType: string): TableSchema => {
      const key = { ...sku, cqlType, type: parseCqlType(cqlType) };
      return { ...products, partitionKey: [key], columns: [key, title] };
    };
    for (const [type, text, hex] of [
      ['int', '-2', 'fffffffe'],
      ['bigint', '9007199254740993', '0020000000000001'],
      ['boolean', 'true', '01'],
      ['text', 'null', '6e756c6c'],
      ['frozen<list<int>>', '[7]', '000000010000000400000007'],
    ] as const) {
      const { read, cluster } = open({}, [typed(type)]);
      await read(
        [
          ['sku', text],
          ['$columns', 'title'],
        ],
        'products',
      );
      expect(Buffer.from(cluster.sent[0]?.keys[0]?.[0] ?? []).toString('hex'), type).toBe(hex);
    }
  });

  it('can be addressed by a column called __proto__', async () => {
    const { read, cluster } = open({}, [makeTable('odd', ['__proto__'], [], ['v'])]);
    await read([['__proto__', 'x']], 'odd');
    expect(Buffer.from(cluster.sent[0]?.keys[0]?.[0] ?? []).toString()).toBe('x');
  });

  it.each<[Parameters, readonly string[], string]>([
    [[], ['?shop', '?customer', '?day'], 'nothing is given'],
    [whole.slice(0, 2), ['?day'], 'a partition key has many rows'],
    [whole.slice(1), ['?shop'], 'a part of the partition key is missing'],
    [[...whole, ['note', 'x']], ['?note'], 'a column that is not of the key'],
    [[...whole, ['nowhere', 'x']], ['?nowhere'], 'no column at all'],
    [[...whole, ['$limit', '1']], ['?$limit'], 'an option that is none'],
    [[...whole, ['day', 'd1']], ['?day'], 'given twice, alike'],
    [[...whole, ['$columns', 'day'], ['$columns', 'total']], ['?$columns'], 'an option given twice'],
    [[...whole, ['$columns', 'day,day']], ['?$columns/1'], 'a column named twice'],
    [[...whole, ['$consistency', 'SOON']], ['?$consistency'], 'no consistency level'],
    [[...whole, ['x'.repeat(100), '']], [`?${'x'.repeat(64)}`], 'a long name is cut'],
  ])('is refused as malformed: %j at %j (%s)', async (parameters, places, _why) => {
    const { read, cluster } = open();
    const refusal = await refusalOf(read(parameters));
    expect(refusal.slug).toBe('invalid-request');
    expect(refusal.faults.map(({ pointer }) => pointer)).toEqual(places);
    expect(cluster.sent).toEqual([]);
  });

  it('tells by which columns it can be addressed', async () => {
    const { read } = open();
    const { faults } = await refusalOf(read(whole.slice(0, 2)));
    expect(faults[0]?.detail).toBe(
      'is missing: this address answers one row, by its whole primary key: shop, customer, day',
    );
  });

  it.each<[Parameters, string, string]>([
    [[...whole, ['$columns', 'nowhere']], '?$columns/0', 'an unknown column'],
    [[...whole, ['$columns', '']], '?$columns/0', 'no column has the empty name'],
    [[...whole, ['$columns', 'day,note']], '?$columns/1', 'a column that is not granted'],
    [[...whole, ['$consistency', 'ALL']], '?$consistency', 'a level that the operator did not allow'],
  ])('is refused as impossible: %j at %s (%s)', async (parameters, place, _why) => {
    const { read } = open({ columns: ['day', 'total'] });
    const refusal = await refusalOf(read(parameters));
    expect(refusal.slug).toBe('impossible');
    expect(refusal.faults.map(({ pointer }) => pointer)).toEqual([place]);
  });

  it('tells a column that is not granted as little as one that is not there', async () => {
    const { read } = open({ columns: ['total'] });
    const details = async (name: string) =>
      (await refusalOf(read([...whole, [name, 'x']]))).faults.map(({ detail }) => detail);
    expect(await details('note')).toEqual(await details('nowhere'));
  });

  it('cannot be addressed where a column of the key has the name of an option', async () => {
    const { read } = open({}, [makeTable('odd', ['$columns'], [], ['v'])]);
    const refusal = await refusalOf(read([['$columns', 'x']], 'odd'));
    expect([refusal.slug, refusal.faults[0]?.pointer]).toEqual(['impossible', '?$columns']);
  });

  it('is refused, and never echoed, whatever is given', async () => {
    const { read } = open();
    const name = fc.oneof(
      fc.constantFrom('shop', 'customer', 'day', 'note', '$columns', '$consistency', '__proto__', ''),
      fc.string(),
    );
    const secret = 'SeCrEt';
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, fc.constantFrom(secret, '')), { maxLength: 8 }),
        async (given) => {
          const { faults, detail } = await refusalOf(read([...given, ['nowhere', secret]]));
          expect(JSON.stringify([detail, faults])).not.toContain(secret);
          expect(faults.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: propertyRuns(300) },
    );
  });
});

describe('a row that cannot be answered', () => {
  it('is not found where there is none', async () => {
    const { read, cluster, events } = open();
    cluster.answer = async () => [];
    expect((await refusalOf(read(whole))).slug).toBe('row-not-found');
    expect(events).toMatchObject([{ missing: 1 }]);
  });

  it.each([
    ['overloaded', 'replica-overloaded'],
    ['rejected', 'replica-rejected'],
    ['client-timeout', 'replica-timeout'],
  ] as const)('after %s has the problem of its key: %s', async (kind, slug) => {
    const { read, cluster } = open();
    cluster.answer = () => Promise.reject(new ReplicaError(kind));
    expect((await refusalOf(read(whole))).slug).toBe(slug);
  });

  it('says so at the deadline', async () => {
    const { read, cluster, clock } = open();
    cluster.answer = () => new Promise(() => {});
    const refusal = refusalOf(read(whole));
    await clock.advance(1_000);
    expect((await refusal).slug).toBe('deadline-exceeded');
  });

  it('is overload where nothing more may be sent', async () => {
    const { read, cluster } = open({ bounds: { keysInFlight: 1 } });
    cluster.answer = () => new Promise(() => {});
    void read(whole).catch(() => {});
    await Promise.resolve();
    expect((await refusalOf(read(whole))).slug).toBe('overload');
  });

  it.each([
    [20, 'ž'.repeat(9), 'its bytes, not its characters, are too many'],
    [20, 'x'.repeat(200), 'nobody keeps it'],
  ])('is impossible beyond %i bytes: %s (%s)', async (answerBytes, value, _why) => {
    const { read, cluster } = open({ bounds: { answerBytes } });
    cluster.answer = async ({ keys }) => keys.map((key) => ({ key, values: [value] }));
    const refusal = await refusalOf(read([...whole, ['$columns', 'day']]));
    expect(refusal.slug).toBe('impossible');
  });

  it('is hidden where nothing is granted', async () => {
    const { read } = open({ operations: [] });
    expect((await refusalOf(read(whole))).slug).toBe('not-found');
    const writer = open({ operations: ['write'] });
    expect((await refusalOf(writer.read(whole))).slug).toBe('operation-not-granted');
  });
});
