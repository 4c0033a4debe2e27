import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonFromText } from '../../src/core/encoding/json-from-text.ts';
import { jsonFromValue } from '../../src/core/encoding/json-from-value.ts';
import { valueFromJson } from '../../src/core/encoding/value-from-json.ts';
import { propertyRuns } from '../support/property-runs.ts';
import type { DataAppFixture } from './data-app-fixture.ts';
import { attempt, keyTypeOf, keyTypes, openKeyTypePort } from './key-type-port.ts';

const tables = [...keyTypes.keys()];

/** A key as a query writes it: strings bare, everything else as JSON. */
function textOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : json;
}

describe('rows by keys of any kind', () => {
  let port: DataAppFixture;
  let stored: ReadonlyMap<string, readonly string[]>;

  beforeAll(() => {
    ({ port, stored } = openKeyTypePort());
  });

  const ask = (table: string, key: string) =>
    port.get({ url: `/v1/shop/${table}/row?${new URLSearchParams([['key', key]])}` });

  it.each(tables)('%s: every stored row is found by its key', async (table) => {
    const keys = stored.get(table) ?? [];
    expect(keys.length).toBeGreaterThan(0);
    for (const json of keys.slice(0, 20)) {
      const response = await ask(table, textOf(json));
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({ echo: json });
    }
  });

  it.each(tables)('%s: never 5xx, and never the row of another key', async (table) => {
    const type = keyTypeOf(table);
    const plausible = fc.constantFrom(...tables.flatMap((other) => (stored.get(other) ?? []).map(textOf)));
    const written = fc.oneof(plausible, fc.json({ maxDepth: 2 }), fc.string({ unit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(written, async (key) => {
        const response = await ask(table, key);
        expect(response.statusCode).toBeLessThan(500);
        if (response.statusCode !== 200) return;
        const value = valueFromJson(type, jsonFromText(type, key.toWellFormed()));
        expect(response.json()).toMatchObject({ echo: attempt(() => jsonFromValue(type, value)) });
      }),
      { numRuns: propertyRuns(50) },
    );
  });

  it('never 5xx whatever the query is', async () => {
    const name = fc.oneof(fc.constantFrom('key', '$columns', '$consistency', '__proto__'), fc.string());
    const value = fc.oneof(fc.constantFrom('echo', 'key,echo', 'ALL', ',', 'LOCAL_ONE'), fc.string());
    const parts = fc.array(fc.tuple(name, value), { maxLength: 6 });
    const query = fc.oneof(
      parts.map((pairs) => new URLSearchParams(pairs).toString()),
      fc.string({ unit: fc.constantFrom('key', '=', '&', '%', '%zz', '%ff', '+', '1', '?', '[]') }),
    );
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('by_int', 'by_text', 'by_list'), query, async (table, text) => {
        const response = await port.get({ url: `/v1/shop/${table}/row?${text}` });
        expect(response.statusCode).toBeLessThan(500);
        statuses.add(response.statusCode);
      }),
      { numRuns: propertyRuns(300) },
    );
    expect(statuses).toContain(400);
  });

  it.each(tables)('%s is described', async (table) => {
    const response = await port.get({ url: `/v1/shop/${table}` });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ keyspace: 'shop', table, partitionKey: ['key'] });
  });
});
