import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { Column, TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { RequestError } from '../../../src/core/errors.ts';
import { keyIdentity } from '../../../src/core/reads/key-identity.ts';
import { parseLookUpRequest } from '../../../src/core/reads/look-up-request.ts';
import { defaultBounds, defaultTableSettings } from '../../../src/core/reads/settings.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { makeTable, products } from '../../support/scripted-cluster.ts';

const orders = makeTable('orders', ['shop', 'user'], ['day'], ['total']);
const odd: TableSchema = {
  ...products,
  columns: [
    ...products.columns,
    { name: 'shape', kind: 'regular', type: { kind: 'unsupported', name: 'point' }, cqlType: 'point' },
  ],
};

function parse(body: unknown, schema: TableSchema = products, bounds = defaultBounds) {
  const table = { schema, visible: schema.columns };
  return parseLookUpRequest(body, table, defaultTableSettings, bounds, nodeText);
}

function refusal(body: unknown, table: TableSchema = products, bounds = defaultBounds): RequestError {
  try {
    parse(body, table, bounds);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('the body was taken');
}

describe('a look-up body', () => {
  it('gives keys in order with doubles, and the defaults', () => {
    const request = parse({ keys: ['a', { sku: 'b' }, 'a'] });
    expect(request.keys.map(({ key }) => key.map((bytes) => nodeText.fromUtf8(bytes)))).toEqual([
      ['a'],
      ['b'],
      ['a'],
    ]);
    expect(request).toMatchObject({
      columns: undefined,
      limitPerKey: 100,
      consistency: 'LOCAL_ONE',
    });
  });

  it('has the identity of a key at hand where its text is its bytes, and never another one', () => {
    const texts = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }));
    fc.assert(
      fc.property(texts, fc.boolean(), (sku, isNamed) => {
        const [given] = parse({ keys: [isNamed ? { sku } : sku] }).keys;
        const identity = keyIdentity(given?.key ?? [], nodeText);
        const isAscii = /^[\0-\x7f]*$/.test(sku);
        expect(given?.identity).toBe(isAscii ? identity : undefined);
      }),
      { numRuns: propertyRuns(200) },
    );
  });

  it('has no identity at hand of a key that is no text: its digits are not its bytes', () => {
    const numbers = makeTable('numbers', ['id'], [], ['total']);
    const [id, ...others] = numbers.columns;
    const digits: TableSchema = {
      ...numbers,
      partitionKey: [{ ...(id as Column), type: { kind: 'varint' }, cqlType: 'varint' }],
      columns: others,
    };
    const [given] = parse({ keys: ['5'] }, digits).keys;
    expect(given?.key).toEqual([Uint8Array.of(5)]);
    expect(given?.identity).toBeUndefined();
  });

  it('may give whole primary keys, partition keys, or both', () => {
    const partition = { shop: 's', user: 'u' };
    const whole = { ...partition, day: 'd' };
    const forms = (keys: readonly unknown[]) => parse({ keys }, orders).keys.map((key) => key.whole);
    expect(forms([partition])).toEqual([false]);
    expect(forms([whole])).toEqual([true]);
    expect(forms([partition, whole, partition])).toEqual([false, true, false]);
    expect(parse({ keys: ['a'] }).keys[0]?.whole).toBe(true);
  });

  it.each([
    [5, ['']],
    [[], ['']],
    [null, ['']],
    [{}, ['/keys']],
    [{ keys: [] }, ['/keys']],
    [{ keys: 'sku-1' }, ['/keys']],
    [{ keys: ['a'], column: ['title'] }, ['/column']],
    [{ keys: ['a'], 'a/b~c': 1 }, ['/a~1b~0c']],
    [{ keys: ['a'], limitPerKey: 0 }, ['/limitPerKey']],
    [{ keys: ['a'], limitPerKey: 1.5 }, ['/limitPerKey']],
    [{ keys: ['a'], limitPerKey: 1_001 }, ['/limitPerKey']],
    [{ keys: ['a'], consistency: 'SOON' }, ['/consistency']],
    [{ keys: ['a'], columns: [] }, ['/columns']],
    [{ keys: ['a'], columns: ['title', 7, 'title'] }, ['/columns/1', '/columns/2']],
    [{ keys: ['a', 7, 'b', {}] }, ['/keys/1', '/keys/3']],
  ])('is malformed: %j at %j', (body, pointers) => {
    const error = refusal(body);
    expect(error.slug).toBe('invalid-request');
    expect(error.faults.map((fault) => fault.pointer)).toEqual(
      pointers.map((pointer) => expect.stringMatching(new RegExp(`^${pointer}`))),
    );
  });

  it.each([
    [{ keys: ['a'], columns: ['title', 'no-such'] }, products, '/columns/1', 'an unknown column'],
    [{ keys: ['a'], columns: ['shape'] }, odd, '/columns/0', 'a type that cannot be encoded'],
    [
      { keys: ['a'], consistency: 'ALL' },
      products,
      '/consistency',
      'a level that the operator did not allow',
    ],
  ])('is impossible: %j', (body, table, pointer, _why) => {
    const error = refusal(body, table);
    expect(error.slug).toBe('impossible');
    expect(error.faults.map((fault) => fault.pointer)).toEqual([pointer]);
  });

  it('is too large with too many keys, or too many rows for its keys', () => {
    expect(refusal({ keys: Array(1_001).fill('a') }).slug).toBe('too-large');
    const partition = { shop: 's', user: 'u' };
    const error = refusal({ keys: Array(101).fill(partition) }, orders);
    expect(error.slug).toBe('too-large');
    expect(parse({ keys: Array(101).fill(partition), limitPerKey: 99 }, orders).keys).toHaveLength(101);
  });

  it.each([
    [{ keys: 10, whole: 0 }, true, 'partitions alone'],
    [{ keys: 9, whole: 10 }, true, 'the rows of both'],
    [{ keys: 9, whole: 11 }, false, 'one more whole key'],
    [{ keys: 11, whole: 0 }, false, 'one more partition'],
    [{ keys: 0, whole: 100 }, true, 'whole keys alone'],
    [{ keys: 0, whole: 101 }, false, 'whole keys alone, one too many'],
  ])('counts the rows of %j within 100 at ten each: %s (%s)', (counts, fits, _why) => {
    const partition = { shop: 's', user: 'u' };
    const keys = [
      ...Array(counts.keys).fill(partition),
      ...Array(counts.whole).fill({ ...partition, day: 'd' }),
    ];
    const body = { keys, limitPerKey: 10 };
    const bounds = { ...defaultBounds, rows: 100 };
    if (fits) expect(parse(body, orders, bounds).keys).toHaveLength(keys.length);
    else expect(refusal(body, orders, bounds).slug).toBe('too-large');
  });

  it('lists every bad key, up to a hundred', () => {
    expect(refusal({ keys: Array(60).fill(7) }).faults).toHaveLength(60);
    expect(refusal({ keys: Array(600).fill(7) }).faults).toHaveLength(100);
  });

  it('is taken or refused, and never echoed', () => {
    const secret = 'SeCrEt';
    const leaf = fc.oneof(fc.constant(secret), fc.jsonValue(), fc.double(), fc.constant(undefined));
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({
        keys: fc.oneof(leaf, fc.array(leaf)),
        columns: leaf,
        limitPerKey: leaf,
        consistency: leaf,
      }),
    );
    fc.assert(
      fc.property(body, fc.constantFrom(products, orders), (value, table) => {
        try {
          parse(value, table);
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          expect(JSON.stringify([error.detail, error.faults.map((fault) => fault.detail)])).not.toContain(
            secret,
          );
        }
      }),
      { numRuns: propertyRuns(1_000) },
    );
  });
});
