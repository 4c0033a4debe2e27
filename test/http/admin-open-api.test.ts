import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { problems } from '../../src/core/errors.ts';
import { closedAccess, createAdminApp } from './admin-app-fixture.ts';
import { exchanges } from './admin-exchanges.ts';

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

const json = 'application/json';
const yaml = 'application/yaml';

describe('/openapi.json of the admin port', () => {
  it('is OpenAPI 3.1 and has every address, each operation with a name of its own', async () => {
    const document = await readDocument();
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/admin/v1/applications/{application}/pause',
      '/admin/v1/applications/{application}/resume',
      '/admin/v1/cache',
      '/admin/v1/cache/{keyspace}/{table}',
      '/admin/v1/config',
      '/admin/v1/config/reload',
      '/admin/v1/config/validate',
      '/admin/v1/drain',
      '/admin/v1/explain',
      '/admin/v1/guard',
      '/admin/v1/limits',
      '/admin/v1/limits-history',
      '/admin/v1/limits/{subject}/{operation}',
      '/admin/v1/log-level',
      '/admin/v1/topology',
      '/admin/v1/usage',
      '/livez',
      '/metrics',
      '/problems/{slug}',
      '/readyz',
    ]);
    const names = Object.entries(document.paths)
      .filter(([address]) => address.startsWith('/admin/'))
      .flatMap(([, methods]) => Object.values(methods))
      .map(({ operationId }) => operationId);
    expect(names).toHaveLength(21);
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
    expect(mediaOf('/admin/v1/guard', 'put')).toEqual([json]);
    expect(mediaOf('/admin/v1/cache/{keyspace}/{table}', 'delete')).toEqual([json]);
    expect(mediaOf('/admin/v1/limits', 'put')).toEqual([json]);
    expect(mediaOf('/admin/v1/limits/{subject}/{operation}', 'put')).toEqual([json]);
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
