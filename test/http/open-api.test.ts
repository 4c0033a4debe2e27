import { beforeAll, describe, expect, it } from 'vitest';
import { type ProblemSlug, problems, RequestError } from '../../src/core/errors.ts';
import { curlRequests } from '../support/curl-example.ts';
import { fencedBlocks } from '../support/markdown.ts';
import {
  type OpenApiDocument,
  type Operation,
  openApiFaults,
  operationsOf,
  schemaFaults,
} from '../support/open-api-document.ts';
import { readProjectFile } from '../support/project-files.ts';
import { adminProblems } from '../support/reference/problem-table.ts';
import { readShownAnswer } from '../support/shown-answer.ts';
import { createDataApp, type DataAppFixture } from './data-app-fixture.ts';

const foreignSlugs: readonly string[] = adminProblems;

let port: DataAppFixture;
let document: OpenApiDocument;

beforeAll(async () => {
  port = createDataApp();
  document = (await port.app.inject({ method: 'GET', url: '/openapi.json' })).json();
});

const operationAt = (path: string, method: string): Operation => {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not in the document`);
  return operation;
};

/** `get /v1/{keyspace}/{table}` and the like, from the framework's tree of its routes; HEAD goes with GET. */
function servedRoutes(tree: string): string[] {
  const parents: string[] = [];
  return tree
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods = ''] = /^(.*)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line) ?? [];
      const depth = indent.length / 4;
      const path = (parents[depth - 1] ?? '') + part;
      parents[depth] = path;
      const named = methods.split(', ').filter((method) => method !== 'HEAD');
      return named.map((method) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
}

describe('/openapi.json', () => {
  it('keeps the rules of OpenAPI 3.1, and its examples fit its schemas', () => {
    expect(openApiFaults(document)).toEqual([]);
  });

  it('would tell of a fault: the check of the rules sees one', () => {
    const broken = structuredClone(document);
    Object.assign(broken.paths['/livez']?.['get'] ?? {}, { responses: {} });
    Object.assign(broken.components.schemas, { Broken: { $ref: '#/components/schemas/Nowhere' } });
    expect(openApiFaults(broken)).toEqual([
      '#/components/schemas/Nowhere leads nowhere',
      'get /livez: no responses',
    ]);
  });

  it('has every route but its own and the page that shows it', () => {
    const described = operationsOf(document).map(({ path, method }) => `${method} ${path}`);
    const served = servedRoutes(port.app.printRoutes({ commonPrefix: false }));
    const own = served.filter((route) => /^get \/(openapi\.json|docs)/.test(route));
    expect(own).toHaveLength(4);
    expect(described.toSorted()).toEqual(served.filter((route) => !own.includes(route)).toSorted());
    expect(described).toContain('post /v1/{keyspace}/{table}/lookup');
  });

  it('is of this version', () => {
    expect(document.info).toMatchObject({ title: 'Weir, data port', version: '1.2.3' });
  });

  it('says of routes of applications how they are asked for, and of the others that anyone may', () => {
    for (const { path, operation } of operationsOf(document)) {
      const expected = path.startsWith('/v1/') ? [{ key: [] }, { application: [] }] : undefined;
      expect(operation.security, path).toEqual(expected);
    }
    expect(document.components.securitySchemes).toMatchObject({
      key: { type: 'http', scheme: 'bearer' },
      application: { type: 'apiKey', in: 'header', name: 'X-Weir-App' },
    });
  });

  it('tells of each problem where it may come, with its status', () => {
    const told = new Map<string, Set<string>>();
    for (const { operation } of operationsOf(document)) {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        for (const slug of Object.keys(content['application/problem+json']?.examples ?? {})) {
          told.set(slug, new Set([...(told.get(slug) ?? []), status]));
        }
      }
    }
    const expected = Object.entries(problems)
      .filter(([slug]) => !foreignSlugs.includes(slug))
      .map(([slug, { status }]) => [slug, new Set([String(status)])] as const);
    expect(told).toEqual(new Map(expected));
  });

  it.each(Object.keys(problems) as ProblemSlug[])('describes the problem %s as it is told', async (slug) => {
    const { lookUp } = createDataApp(async () => {
      throw new RequestError(slug, 'what and why', [{ pointer: '/keys/0', detail: 'is bad' }]);
    });
    expect(schemaFaults(document, { $ref: '#/components/schemas/Problem' }, (await lookUp()).json())).toEqual(
      [],
    );
  });

  it('describes answers of the other routes as they are given', async () => {
    const unready = { name: 'cluster', state: 'failed', reason: 'no node is up', ageMs: 5 } as const;
    const { app } = createDataApp(undefined, { readiness: () => ({ ready: false, conditions: [unready] }) });
    const given = [
      ['/livez', '/livez', 200],
      ['/readyz', '/readyz?verbose', 503],
      ['/problems/{slug}', '/problems/overload', 200],
    ] as const;
    for (const [path, url, status] of given) {
      const response = await app.inject({ method: 'GET', url });
      const schema = operationAt(path, 'get').responses[status]?.content?.['application/json']?.schema ?? {};
      expect(response.statusCode).toBe(status);
      expect(Object.keys(schema)).not.toEqual([]);
      expect(schemaFaults(document, schema, response.json()), path).toEqual([]);
    }
  });
});

describe('the examples of the reference', () => {
  const blocks = fencedBlocks(readProjectFile('docs/reference/http.md'));
  const examples = blocks.flatMap(({ language, text }, index) => {
    const next = blocks[index + 1];
    if (language !== 'sh' || next?.language !== 'http') return [];
    const shown = readShownAnswer(next.text);
    return curlRequests(text).map((request) => ({ request, shown }));
  });
  const lookUps = examples.filter(({ request }) => request.url.endsWith('/lookup'));

  it('of look-ups are seen by this test', () => {
    expect(lookUps.length).toBeGreaterThan(0);
  });

  it.each(lookUps)('fit the document: $shown.statusLine', ({ shown }) => {
    const [, status = ''] = shown.statusLine.split(' ');
    const { content = {} } = operationAt('/v1/{keyspace}/{table}/lookup', 'post').responses[status] ?? {};
    const schema = Object.values(content)[0]?.schema ?? { not: {} };
    expect(schemaFaults(document, schema, shown.json)).toEqual([]);
  });

  it.each(lookUps.filter(({ shown }) => shown.statusLine.includes(' 200 ')))(
    'that succeed have bodies that fit the document',
    ({ request }) => {
      const schema = { $ref: '#/components/schemas/LookUpRequest' };
      expect(schemaFaults(document, schema, JSON.parse(request.body ?? ''))).toEqual([]);
    },
  );
});

describe('/docs', () => {
  it('is a page that a browser may fill from this port alone', async () => {
    const response = await port.app.inject({ method: 'GET', url: '/docs' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = String(response.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe/);
  });

  it('names no other host, and neither does its script', async () => {
    for (const url of ['/docs', '/docs/start.js', '/openapi.json']) {
      const { body } = await port.app.inject({ method: 'GET', url });
      expect(body, url).not.toMatch(/(https?:)?\/\/[a-z]/i);
    }
  });

  it('finds everything that it loads on this port, with its media type', async () => {
    const { body } = await port.app.inject({ method: 'GET', url: '/docs' });
    const loaded = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
    const types: Record<string, string> = {
      css: 'text/css',
      js: 'text/javascript',
      png: 'image/png',
      json: 'application/json',
    };
    expect(loaded).toContain('/docs/swagger-ui-bundle.js');
    for (const url of loaded) {
      const response = await port.app.inject({ method: 'GET', url });
      expect(response.statusCode, url).toBe(200);
      expect(response.headers['content-type'], url).toContain(types[url.split('.').at(-1) ?? '']);
      expect(response.rawPayload.length, url).toBeGreaterThan(100);
    }
  });

  it.each([
    '/docs/index.html',
    '/docs/swagger-ui.js',
    '/docs/..%2fpackage.json',
    '/docs/toString',
    '/docs/a/b',
  ])('%s is 404: nothing else of the folder is served', async (url) => {
    expect((await port.app.inject({ method: 'GET', url })).statusCode).toBe(404);
  });
});
