import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedCluster } from '../../src/adapters/embedded/embedded-cluster.ts';
import { systemClock } from '../../src/adapters/node/clock.ts';
import { nodeText } from '../../src/adapters/node/text.ts';
import type { Application } from '../../src/core/applications.ts';
import type { ScalarName } from '../../src/core/encoding/cql-type.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import { jsonFromValue } from '../../src/core/encoding/json-from-value.ts';
import { valueFromJson } from '../../src/core/encoding/value-from-json.ts';
import { createSeededRandom } from '../../src/core/random.ts';
import { createReadPath } from '../../src/core/reads/read-path.ts';
import { defaultBounds, defaultTableSettings } from '../../src/core/reads/settings.ts';
import { createAuthenticator } from '../../src/http/authenticate.ts';
import { scalarNames, scalarValues } from '../unit/encoding/arbitrary-values.ts';
import { createDataApp, type DataAppFixture } from './data-app-fixture.ts';

/** A counter cannot be a key; everything else that is scalar can. */
const keyTypes = scalarNames.filter((name) => name !== 'counter');
const tableOf = (type: ScalarName): string => `by_${type}`;

interface Stored {
  readonly value: CqlValue;
  /** The key as JSON; also what the row's `echo` says. */
  readonly json: string;
}

/** A whole data port on the embedded ring, with a table for each key type; a row's `echo` is its key. */
function openPort(): { port: DataAppFixture; stored: Map<ScalarName, readonly Stored[]> } {
  const random = createSeededRandom(1);
  const datacenters = [{ name: 'us-east-1-frontend', nodes: 6, racks: 3 }];
  const cluster = createEmbeddedCluster({ clock: systemClock, text: nodeText, random, datacenters });
  const factors = new Map([['us-east-1-frontend', 3]]);
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  const stored = new Map<ScalarName, readonly Stored[]>();
  for (const type of keyTypes) {
    const key = { name: 'key', kind: 'partition', type: { kind: type }, cqlType: type } as const;
    const echo = { name: 'echo', kind: 'regular', type: { kind: 'text' }, cqlType: 'text' } as const;
    const name = tableOf(type);
    cluster.createTable({
      keyspace: 'shop',
      name,
      partitionKey: [key],
      clusteringKey: [],
      columns: [key, echo],
    });
    const rows: Stored[] = [];
    for (const value of fc.sample(scalarValues[type], { numRuns: 60, seed: 5 })) {
      if (value === '' || value === null) continue;
      const json = attempt(() => jsonFromValue({ kind: type }, value));
      if (json === undefined) continue;
      cluster.insert('shop', name, [
        ['key', value],
        ['echo', json],
      ]);
      rows.push({ value, json });
    }
    stored.set(type, rows);
  }
  const application: Application = {
    name: 'storefront',
    className: 'frontend',
    datacenters: ['us-east-1-frontend'],
    grants: new Map(keyTypes.map((type) => [`shop.${tableOf(type)}`, new Set(['read'] as const)])),
  };
  const telemetry = {
    replicaRead() {},
    retry() {},
    lookUp() {},
    unexpected(error: unknown) {
      throw error;
    },
  };
  const { lookUp } = createReadPath({
    cluster,
    clock: systemClock,
    text: nodeText,
    telemetry,
    bounds: defaultBounds,
    settingsOf: () => defaultTableSettings,
    ownRack: undefined,
  });
  const authenticator = createAuthenticator({
    mode: 'trusted',
    applications: new Map([['storefront', application]]),
    trustedProxies: ['127.0.0.1'],
  });
  return { port: createDataApp(lookUp, { clock: systemClock, authenticator }), stored };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

describe('look-ups with keys of any kind', () => {
  let port: DataAppFixture;
  let stored: Map<ScalarName, readonly Stored[]>;

  beforeAll(() => {
    ({ port, stored } = openPort());
  });

  const ask = (type: ScalarName, payload: string) =>
    port.lookUp({ url: `/v1/shop/${tableOf(type)}/lookup`, payload });

  it.each(keyTypes)(
    '%s: never 5xx, never the row of another key, and stored keys are found',
    async (type) => {
      const known = (stored.get(type) ?? []).map(({ json }) => JSON.parse(json) as unknown);
      expect(known.length).toBeGreaterThan(0);
      let found = 0;
      const strange = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string(), fc.double(), fc.maxSafeInteger());
      const plausible = fc.constantFrom(
        ...keyTypes.flatMap((other) =>
          (stored.get(other) ?? []).map(({ json }) => JSON.parse(json) as unknown),
        ),
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
          const response = await ask(type, payload);
          expect(response.statusCode).toBeLessThan(500);
          if (response.statusCode !== 200) return;
          const { results } = response.json() as {
            results: readonly { status: string; rows: readonly { echo: string }[] }[];
          };
          expect(results).toHaveLength(asked.length);
          results.forEach((result, index) => {
            const key = asked[index];
            const bare = typeof key === 'object' && key !== null ? (key as { key: unknown }).key : key;
            const value = valueFromJson({ kind: type }, bare);
            // A key may be beyond what can be written (a far timestamp): it is missing then, as no such row was stored.
            const canonical = attempt(() => jsonFromValue({ kind: type }, value));
            if (result.status === 'found') {
              found += 1;
              expect(result.rows.map((row) => row.echo)).toEqual([canonical]);
            } else {
              expect(result.status).toBe('missing');
              expect((stored.get(type) ?? []).map(({ json }) => json)).not.toContain(canonical);
            }
          });
        }),
        { numRuns: 60 },
      );
      expect(found).toBeGreaterThan(0);
    },
  );

  it('does not hold up the event loop over a hostile body of the largest size', async () => {
    const size = defaultBounds.bodyBytes - 100;
    const bodies: [ScalarName, string][] = [
      ['text', `{"keys":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`],
      ['text', `{"keys":["${'x'.repeat(size)}"]}`],
      ['varint', `{"keys":["${'9'.repeat(size)}"]}`],
      ['decimal', `{"keys":["1e${'9'.repeat(size)}"]}`],
      [
        'decimal',
        `{"keys":[${Array(900)
          .fill(`"${'9'.repeat(1_000)}"`)
          .join(',')}]}`,
      ],
      ['blob', `{"keys":["0x${'ff'.repeat(size / 2 - 10)}"]}`],
      ['text', `{"keys":[{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(',')}}]}`],
      ['text', `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(',')}}`],
      ['text', `{"keys":["a"],"columns":[${Array(80_000).fill('"no-such"').join(',')}]}`],
    ];
    for (const [type, body] of bodies) {
      let longestMs = 0;
      let lastMs = performance.now();
      const watch = setInterval(() => {
        longestMs = Math.max(longestMs, performance.now() - lastMs);
        lastMs = performance.now();
      }, 1);
      const response = await ask(type, body);
      await new Promise((resolve) => setTimeout(resolve, 5));
      clearInterval(watch);
      expect(response.statusCode).toBeLessThan(500);
      // No count can show this; the bound is a guess on the generous side, not a measured figure.
      expect(longestMs, `${type}: ${body.slice(0, 20)}`).toBeLessThan(1_000);
    }
  });
});
