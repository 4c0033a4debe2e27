import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { problems } from '../../src/core/errors.ts';
import { type AdminAppSetup, closedAccess, createAdminApp, viewerKey } from './admin-app-fixture.ts';

interface Operation {
  readonly operationId: string;
  readonly security: unknown;
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

async function readDocument(): Promise<Document> {
  return (await createAdminApp().ask('GET', '/openapi.json', { key: undefined })).json();
}

/** References resolved and objects closed, so that a member which the document does not know is found. */
function closeSchema(schema: unknown, document: Document): unknown {
  if (Array.isArray(schema)) return schema.map((item) => closeSchema(item, document));
  if (typeof schema !== 'object' || schema === null) return schema;
  if ('$ref' in schema) {
    const name = String(schema.$ref).replace('#/components/schemas/', '');
    return closeSchema(document.components.schemas[name], document);
  }
  const closed = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closeSchema(value, document)]),
  );
  return 'properties' in closed ? { ...closed, additionalProperties: false } : closed;
}

interface Exchange {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** In the document; the url without its query when left out. */
  readonly address?: string;
  readonly media?: string;
  readonly payload?: string;
  readonly key?: string | undefined;
  readonly setup?: AdminAppSetup;
  readonly status: number;
}

const json = 'application/json';
const yaml = 'application/yaml';
const faults = [
  { file: 'weir.yaml', line: 3, column: 9, path: ['a'], what: 'w', why: 'y', nearest: 'b' },
  { file: 'flag', path: [], what: 'w', why: 'y' },
];
const explainBody = '{"application":"a","keyspace":"k","table":"t","lookup":{}}';
const exchanges: readonly Exchange[] = [
  { what: 'live', method: 'GET', url: '/livez', status: 200 },
  { what: 'ready', method: 'GET', url: '/readyz', status: 200 },
  { what: 'ready, in words', method: 'GET', url: '/readyz?verbose', status: 200 },
  {
    what: 'unready, in words',
    method: 'GET',
    url: '/readyz?verbose',
    setup: {
      readiness: () => ({
        ready: false,
        conditions: [{ name: 'cluster', state: 'failed', reason: 'no node is up', ageMs: 3 }],
      }),
    },
    status: 503,
  },
  { what: 'a configuration', method: 'GET', url: '/admin/v1/config', status: 200 },
  {
    what: 'a good configuration',
    method: 'POST',
    url: '/admin/v1/config/validate',
    media: yaml,
    payload: 'x',
    status: 200,
  },
  {
    what: 'a bad configuration',
    method: 'POST',
    url: '/admin/v1/config/validate',
    media: yaml,
    payload: 'x',
    setup: { administration: { validateConfig: () => faults } },
    status: 200,
  },
  {
    what: 'no configuration',
    method: 'POST',
    url: '/admin/v1/config/validate',
    media: json,
    payload: '{}',
    status: 415,
  },
  { what: 'a reload', method: 'POST', url: '/admin/v1/config/reload', status: 200 },
  {
    what: 'a refused reload',
    method: 'POST',
    url: '/admin/v1/config/reload',
    setup: { administration: { reloadConfig: async () => ({ outcome: 'refused', faults }) } },
    status: 422,
  },
  { what: 'a topology', method: 'GET', url: '/admin/v1/topology', status: 200 },
  {
    what: 'an explanation',
    method: 'POST',
    url: '/admin/v1/explain',
    media: json,
    payload: explainBody,
    status: 200,
  },
  {
    what: 'a look-up that is malformed',
    method: 'POST',
    url: '/admin/v1/explain',
    media: json,
    payload: '{}',
    status: 400,
  },
  { what: 'a cache', method: 'GET', url: '/admin/v1/cache', status: 200 },
  ...[undefined, '{"keys":["a",{"sku":"b"}]}'].map(
    (payload): Exchange => ({
      what: `a purge of ${payload ?? 'a table'}`,
      method: 'DELETE',
      url: '/admin/v1/cache/shop/products',
      address: '/admin/v1/cache/{keyspace}/{table}',
      ...(payload === undefined ? {} : { media: json, payload }),
      status: 200,
    }),
  ),
  {
    what: 'a purge of no key',
    method: 'DELETE',
    url: '/admin/v1/cache/shop/products',
    address: '/admin/v1/cache/{keyspace}/{table}',
    media: json,
    payload: '{"keys":[]}',
    status: 400,
  },
  { what: 'a log level', method: 'GET', url: '/admin/v1/log-level', status: 200 },
  {
    what: 'a new log level',
    method: 'PUT',
    url: '/admin/v1/log-level',
    media: json,
    payload: '{"level":"warn"}',
    status: 200,
  },
  { what: 'a drain', method: 'POST', url: '/admin/v1/drain', status: 202 },
  { what: 'a drain without a key', method: 'POST', url: '/admin/v1/drain', key: undefined, status: 401 },
  { what: 'a drain by a viewer', method: 'POST', url: '/admin/v1/drain', key: viewerKey, status: 403 },
  {
    what: 'metrics that fail',
    method: 'GET',
    url: '/metrics',
    setup: { metricsText: () => Promise.reject(new Error('x')) },
    status: 500,
  },
];

describe('/openapi.json of the admin port', () => {
  it('is OpenAPI 3.1 and has every address, each operation with a name of its own', async () => {
    const document = await readDocument();
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/admin/v1/cache',
      '/admin/v1/cache/{keyspace}/{table}',
      '/admin/v1/config',
      '/admin/v1/config/reload',
      '/admin/v1/config/validate',
      '/admin/v1/drain',
      '/admin/v1/explain',
      '/admin/v1/log-level',
      '/admin/v1/topology',
      '/livez',
      '/metrics',
      '/problems/{slug}',
      '/readyz',
    ]);
    const names = Object.entries(document.paths)
      .filter(([address]) => address.startsWith('/admin/'))
      .flatMap(([, methods]) => Object.values(methods))
      .map(({ operationId }) => operationId);
    expect(names).toHaveLength(10);
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain(undefined);
  });

  it('says of each address under /admin/v1 that it needs a key and what it refuses', async () => {
    const { paths } = await readDocument();
    for (const [address, methods] of Object.entries(paths)) {
      if (!address.startsWith('/admin/')) continue;
      for (const operation of Object.values(methods)) {
        expect(operation.security).toEqual([{ key: [] }]);
        for (const slug of ['unauthenticated', 'cross-origin', 'host-not-allowed', 'internal'] as const) {
          expect(Object.keys(operation.responses)).toContain(String(problems[slug].status));
        }
      }
    }
  });

  it('names the media type of each body', async () => {
    const { paths } = await readDocument();
    const mediaOf = (address: string, method: string) =>
      Object.keys(paths[address]?.[method]?.requestBody?.content ?? {});
    expect(mediaOf('/admin/v1/explain', 'post')).toEqual([json]);
    expect(mediaOf('/admin/v1/log-level', 'put')).toEqual([json]);
    expect(mediaOf('/admin/v1/cache/{keyspace}/{table}', 'delete')).toEqual([json]);
    expect(mediaOf('/admin/v1/config/validate', 'post')).toEqual([yaml, 'text/yaml']);
  });

  it.each(exchanges)(
    'describes $what',
    async ({ method, url, address, media, payload, setup, status, ...rest }) => {
      const document = await readDocument();
      const { ask } = createAdminApp({ access: () => closedAccess, ...setup });
      const response = await ask(method, url, {
        ...('key' in rest ? { key: rest.key } : {}),
        ...(media === undefined ? {} : { headers: { 'content-type': media } }),
        ...(payload === undefined ? {} : { payload }),
      });
      expect(response.statusCode).toBe(status);
      const operation = document.paths[address ?? url.replace(/\?.*/, '')]?.[method.toLowerCase()];
      const content = operation?.responses[String(status)]?.content ?? {};
      const schema = content[String(response.headers['content-type'])]?.schema;
      expect(schema).toBeDefined();
      const [fits, errors] = Compile(closeSchema(schema, document) as object).Errors(response.json());
      expect(errors).toEqual([]);
      expect(fits).toBe(true);
    },
  );
});
