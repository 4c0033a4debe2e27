import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/core/errors.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { wallStartMicros } from '../../support/scripted-writes.ts';
import { orders, parse, pointers, refusal, typed, values } from './write-bodies.ts';

describe('a body that is malformed', () => {
  it.each([
    [5, ['']],
    [[], ['']],
    [{}, ['/rows']],
    [{ rows: [] }, ['/rows']],
    [{ rows: { values: {} } }, ['/rows']],
    [{ ...values({}), row: 1, 'a/b~c': 2 }, ['/row', '/a~1b~0c']],
    [{ ...values({}), consistency: 'ANY' }, ['/consistency']],
    [{ ...values({}), consistency: 'SERIAL' }, ['/consistency']],
    [{ ...values({}), timestampMicros: -1 }, ['/timestampMicros']],
    [{ ...values({}), timestampMicros: 1.5 }, ['/timestampMicros']],
    [{ ...values({}), timestampMicros: 2 ** 53 }, ['/timestampMicros']],
    [{ ...values({}), timestampMicros: '-1' }, ['/timestampMicros']],
    [{ ...values({}), timestampMicros: '' }, ['/timestampMicros']],
    [{ ...values({}), timestampMicros: null }, ['/timestampMicros']],
  ])('is told by pointer: %j', (body, expected) => {
    const error = refusal(body);
    expect(error.slug).toBe('invalid-request');
    expect(pointers(error)).toEqual(expected);
  });

  it('lists every bad place, up to a hundred', () => {
    expect(refusal({ rows: Array(60).fill(7) }).faults).toHaveLength(60);
    expect(refusal({ rows: Array(600).fill(7) }).faults).toHaveLength(100);
    const unknown = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x${index}`, 1]));
    expect(refusal({ rows: [unknown] }).faults).toHaveLength(100);
    expect(refusal(values(unknown)).faults).toHaveLength(100);
  });
});

describe('the rows of a body', () => {
  it('has as many rows as may be, and not one more', () => {
    const body = { rows: Array(3).fill({ values: { sku: 'a' } }) };
    expect(parse(body, { writeRows: 3 }).rows).toHaveLength(3);
    expect(refusal(body, { writeRows: 2 })).toMatchObject({
      slug: 'too-large',
      faults: [{ pointer: '/rows', detail: '3 rows; at most 2 are taken' }],
    });
  });
});

describe('the consistency of a write', () => {
  it.each([
    [undefined, ['LOCAL_ONE', 'LOCAL_QUORUM'], 'LOCAL_QUORUM'],
    [undefined, ['LOCAL_ONE', 'TWO'], 'LOCAL_ONE'],
    ['LOCAL_ONE', ['LOCAL_ONE', 'LOCAL_QUORUM'], 'LOCAL_ONE'],
  ] as const)('asked %s of %j is %s', (consistency, allowedConsistencies, expected) => {
    const settings = { allowedConsistencies };
    expect(parse({ ...values({}), consistency }, { settings }).consistency).toBe(expected);
  });

  it('is one of those that are allowed', () => {
    const error = refusal({ ...values({}), consistency: 'ALL' });
    expect(error).toMatchObject({ slug: 'impossible', faults: [{ pointer: '/consistency' }] });
  });
});

describe('the timestamp of a write', () => {
  const at = (timestampMicros: unknown) => parse({ ...values({}), timestampMicros }).timestampMicros;

  it('is a number or digits, or left to Weir', () => {
    expect(at(undefined)).toBeUndefined();
    expect(at(0)).toBe(0n);
    expect(at(1_767_000_000_000_000)).toBe(1_767_000_000_000_000n);
    expect(at('1767000000000000')).toBe(1_767_000_000_000_000n);
  });

  it('is at most a minute ahead', () => {
    const latest = wallStartMicros + 60_000_000n;
    expect(at(String(latest))).toBe(latest);
    const error = refusal({ ...values({}), timestampMicros: String(latest + 1n) });
    expect(error).toMatchObject({ slug: 'invalid-request', faults: [{ pointer: '/timestampMicros' }] });
  });
});

describe('any body', () => {
  it('is taken or refused, and never echoed', () => {
    const secret = 'SeCrEt';
    const leaf = fc.oneof(fc.constant(secret), fc.jsonValue(), fc.double(), fc.constant(undefined));
    const named = fc.record(
      { customer: leaf, day: leaf, no: leaf, note: leaf, region: leaf, sku: leaf, stock: leaf, notes: leaf },
      { requiredKeys: [] },
    );
    const sound = fc.constantFrom(
      { values: { sku: 'a', stock: 1 } },
      { values: { customer: 'a', day: 'd', no: '1', note: null } },
      { delete: { sku: 'a' } },
      { deletePartition: { customer: 'a' } },
    );
    const row = fc.oneof(
      leaf,
      { arbitrary: sound, weight: 4 },
      fc.record({ values: named, ttlSeconds: leaf }, { requiredKeys: ['values'] }),
      fc.record({ delete: named }),
      fc.record({ deletePartition: named }),
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { rows: fc.array(row), timestampMicros: leaf, consistency: leaf },
        { requiredKeys: ['rows'] },
      ),
    );
    let taken = 0;
    fc.assert(
      fc.property(body, fc.constantFrom(typed, orders), (value, table) => {
        try {
          parse(value, { table });
          taken += 1;
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          const told = JSON.stringify([error.detail, error.faults.map(({ detail }) => detail)]);
          expect(told).not.toContain(secret);
        }
      }),
      { numRuns: propertyRuns(2_000) },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
