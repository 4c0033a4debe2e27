import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonFromValue } from '../../src/core/encoding/json-from-value.ts';
import { valueFromJson } from '../../src/core/encoding/value-from-json.ts';
import { defaultBounds } from '../../src/core/reads/settings.ts';
import { propertyRuns } from '../support/property-runs.ts';
import type { DataAppFixture } from './data-app-fixture.ts';
import { attempt, keyTypeOf, keyTypes, openKeyTypePort } from './key-type-port.ts';

const tables = [...keyTypes.keys()];

describe('look-ups with keys of any kind', () => {
  let port: DataAppFixture;
  let stored: ReadonlyMap<string, readonly string[]>;

  beforeAll(() => {
    ({ port, stored } = openKeyTypePort());
  });

  const ask = (table: string, payload: string) => port.lookUp({ url: `/v1/shop/${table}/lookup`, payload });

  it.each(tables)('%s: never 5xx, never the row of another key, and stored keys are found', async (table) => {
    const type = keyTypeOf(table);
    const known = (stored.get(table) ?? []).map((json) => JSON.parse(json) as unknown);
    expect(known.length).toBeGreaterThan(0);
    let found = 0;
    const strange = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string(), fc.double(), fc.maxSafeInteger());
    const plausible = fc.constantFrom(
      ...tables.flatMap((other) => (stored.get(other) ?? []).map((json) => JSON.parse(json) as unknown)),
    );
    const wrapped = (key: fc.Arbitrary<unknown>) =>
      fc.oneof(
        key,
        key.map((value) => ({ key: value })),
      );
    const keys = fc.oneof(
      fc.array(wrapped(fc.constantFrom(...known)), { minLength: 1, maxLength: 20 }),
      fc.array(wrapped(fc.oneof(fc.constantFrom(...known), plausible)), { minLength: 1, maxLength: 4 }),
      fc.array(wrapped(fc.oneof(plausible, strange)), { minLength: 1, maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(keys, async (drawn) => {
        const payload = JSON.stringify({ keys: drawn });
        // What JSON makes of it: it has no negative zero.
        const asked = (JSON.parse(payload) as { keys: readonly unknown[] }).keys;
        const response = await ask(table, payload);
        expect(response.statusCode).toBeLessThan(500);
        if (response.statusCode !== 200) return;
        const { results } = response.json() as {
          results: readonly { status: string; rows: readonly { echo: string }[] }[];
        };
        expect(results).toHaveLength(asked.length);
        results.forEach((result, index) => {
          const key = asked[index];
          const named = typeof key === 'object' && key !== null && !Array.isArray(key);
          const value = valueFromJson(type, named ? Reflect.get(key, 'key') : key);
          // A key may be beyond what can be written (a far timestamp): it is missing then, as no such row was stored.
          const canonical = attempt(() => jsonFromValue(type, value));
          if (result.status === 'found') {
            found += 1;
            expect(result.rows.map((row) => row.echo)).toEqual([canonical]);
          } else {
            expect(result.status).toBe('missing');
            expect(stored.get(table)).not.toContain(canonical);
          }
        });
      }),
      // First some stored keys, named and each by itself: a bare one, or one whose names JSON bodies may not have, refuses the whole.
      { numRuns: propertyRuns(60), examples: known.slice(0, 5).map((key): [unknown[]] => [[{ key }]]) },
    );
    expect(found).toBeGreaterThan(0);
  });

  it('answers a hostile body of the largest size', async () => {
    const size = defaultBounds.bodyBytes - 100;
    const bodies: [string, string][] = [
      ['by_text', `{"keys":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`],
      ['by_text', `{"keys":["${'x'.repeat(size)}"]}`],
      ['by_varint', `{"keys":["${'9'.repeat(size)}"]}`],
      ['by_decimal', `{"keys":["1e${'9'.repeat(size)}"]}`],
      [
        'by_decimal',
        `{"keys":[${Array(900)
          .fill(`"${'9'.repeat(1_000)}"`)
          .join(',')}]}`,
      ],
      ['by_blob', `{"keys":["0x${'ff'.repeat(size / 2 - 10)}"]}`],
      ['by_text', `{"keys":[{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(',')}}]}`],
      ['by_text', `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(',')}}`],
      ['by_text', `{"keys":["a"],"columns":[${Array(80_000).fill('"no-such"').join(',')}]}`],
    ];
    for (const [table, body] of bodies) {
      const response = await ask(table, body);
      expect(response.statusCode).toBeLessThan(500);
    }
  });
});
